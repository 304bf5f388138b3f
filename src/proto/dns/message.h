// SPDX-License-Identifier: Apache-2.0
// DNS queries (RFC 1035, 4; RFC 6891): names, questions, and the check that a message is one to its last byte.
//
// Pure functions, any thread, no allocation. A compressed name points backwards only, so reading one always ends.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::dns {

inline constexpr size_t kHeader = 12;
inline constexpr uint16_t kResponse = 0x8000;
inline constexpr uint16_t kAuthoritative = 0x0400;
inline constexpr uint16_t kTruncated = 0x0200;
inline constexpr uint16_t kRecursionDesired = 0x0100;
inline constexpr uint16_t kRecursionAvailable = 0x0080;
inline constexpr uint16_t kOpcode = 0x7800;
inline constexpr uint16_t kReserved = 0x0040;

enum class Type : uint16_t {
  kA = 1,
  kNs = 2,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kOpt = 41,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};
enum class Class : uint16_t { kIn = 1, kChaos = 3, kAny = 255 };

// A name in wire form, without compression.
class Name {
 public:
  static constexpr size_t kMost = 255;

  // From position `at` of the message, which moves behind the name. False: there is no name.
  bool read(base::Bytes message, size_t& at);
  base::Bytes wire() const { return base::Bytes(bytes_).first(size_); }
  // Where in wire() the last `labels` of them begin; 0 when there are no more.
  size_t tail(size_t labels) const;
  bool is(std::string_view dotted) const;  // ignoring case

 private:
  std::array<uint8_t, kMost> bytes_{};
  size_t size_ = 0;
};

// A name for people: labels and dots, "." for the root, anything but letters, digits and marks as \DDD.
class NameText {
 public:
  explicit NameText(const Name& name);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  void put(char c) { text_[size_++] = c; }
  std::array<char, 4 * Name::kMost> text_;
  size_t size_ = 0;
};

// "AAAA", or as RFC 3597 writes those without a name: "TYPE65534".
class TypeText {
 public:
  explicit TypeText(Type type);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 12> text_;
  size_t size_ = 0;
};

struct Question {
  Name name;
  Type type{};
  Class klass{};
};
// From position `at` of the message, which moves behind the question.
std::optional<Question> read_question(base::Bytes message, size_t& at);

struct Query {
  uint16_t id = 0;
  uint16_t flags = 0;
  uint16_t questions = 0;
  size_t questions_end = kHeader;  // in the message
  bool edns = false;
  uint8_t edns_version = 0;
  uint16_t udp_size = 512;  // what the client can take

  uint16_t opcode() const { return flags & kOpcode; }
};
// nullopt: the message is a response, or its records do not fill it exactly.
std::optional<Query> parse_query(base::Bytes message);

}  // namespace portolan::proto::dns
