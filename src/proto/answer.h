// SPDX-License-Identifier: Apache-2.0
// Answer: what a server has to say to the bytes it was given, and what it tells the log about them.
//
// Writes into room that the caller lends, never allocates. When the room is too small nothing is lost silently: ok()
// turns false and the caller says nothing and counts it. Facts are copied into the caller's arena; those that do not
// fit are left out and `facts_cut` says so. Single-threaded; refilled for each serve.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/cursor.h"

namespace portolan::proto {

// One fact about a conversation. Views into the arena of the FactList (value) and constants (name).
struct Fact {
  std::string_view name;
  std::string_view value;  // any bytes: the log escapes them
};

// The facts of one conversation, of bounded size, without allocation.
class FactList {
 public:
  static constexpr size_t kMostFacts = 24;
  static constexpr size_t kMostBytes = 2048;
  static constexpr size_t kMostValue = 512;  // longer values are cut

  // `name` is a constant (Server::facts). A name that is there already is not added again.
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, uint64_t value);

  std::span<const Fact> all() const { return {facts_.data(), count_}; }
  bool cut() const { return cut_; }
  void clear() { count_ = used_ = 0, cut_ = false; }

 private:
  std::array<Fact, kMostFacts> facts_{};
  std::array<char, kMostBytes> arena_;
  size_t count_ = 0;
  size_t used_ = 0;
  bool cut_ = false;

 public:
  FactList() = default;
  FactList(const FactList&) = delete;  // its facts are views into itself
  FactList& operator=(const FactList&) = delete;
};

class Answer {
 public:
  static constexpr size_t kNoLimit = SIZE_MAX;

  // `limit`: the most bytes that may be said now (over UDP, what the source has deserved). A server that has a shorter
  // form (DNS's truncation, SNMP's tooBig) says it when the longer does not fit; what is longer in the end is not sent.
  Answer(base::MutableBytes room, FactList& facts, size_t limit = kNoLimit)
      : out_(room), facts_(&facts), limit_(limit), room_(room) {}

  // The bytes, in order. Big-endian integers: out().be16(...).
  base::Writer& out() { return out_; }
  void text(std::string_view s) { out_.bytes({reinterpret_cast<const uint8_t*>(s.data()), s.size()}); }
  void bytes(base::Bytes b) { out_.bytes(b); }
  // Begins again: forgets the bytes said so far, not the facts.
  void rewind() { out_ = base::Writer(room_); }

  size_t limit() const { return limit_; }
  FactList& facts() { return *facts_; }
  void fact(std::string_view name, std::string_view value) { facts_->add(name, value); }
  void fact(std::string_view name, uint64_t value) { facts_->add(name, value); }

  // After these bytes the server closes the connection (FIN), or tears it down (RST).
  void close() { close_ = true; }
  void abort() { abort_ = true; }
  // STUN's CHANGE-REQUEST: the datagram leaves from this port of ours.
  void from_port(uint16_t port) { from_port_ = port; }
  // A constant of a few words that says what was answered, for the log: "401", "negotiate".
  void said(std::string_view what) { said_ = what; }

  // For the caller.
  base::Bytes written() const { return {room_.data(), out_.size()}; }
  bool ok() const { return out_.ok() && out_.size() <= limit_; }
  bool closes() const { return close_; }
  bool aborts() const { return abort_; }
  uint16_t port() const { return from_port_; }  // 0: the one that was asked
  std::string_view what() const { return said_; }

 private:
  base::Writer out_;
  FactList* facts_;
  size_t limit_;
  base::MutableBytes room_;
  std::string_view said_;
  uint16_t from_port_ = 0;
  bool close_ = false;
  bool abort_ = false;
};

}  // namespace portolan::proto
