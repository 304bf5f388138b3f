// SPDX-License-Identifier: Apache-2.0
// ListReader: target and exclusion lists of any length, read piece by piece into a TargetSetBuilder.
//
// It does no input: the caller feeds it what it read, in pieces cut anywhere, and calls finish() at the end. Items are
// those of parse_target() (grammar.h), any number a line, between spaces, tabs, commas and new lines; here, unlike on
// the command line, separators may be repeated. '#' and ';' begin a comment wherever they stand, "//" where an item
// could begin; comments reach to the end of the line. CR LF and a UTF-8 byte order mark are fine.
//
// A mistake does not stop the reading, so that the user sees all of them at once; a list with a mistake must not be
// used (an exclusion that cannot be read fails closed): ask error_count() after finish().
// A line with one IPv4 address costs about 40 ns, of which most is the branches that random digits mislead. Keeps one
// unfinished item, nothing else of the text. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "addr/grammar.h"
#include "addr/target_set_builder.h"

namespace portolan::addr {

enum class ListPurpose : uint8_t {
  kTargets,
  kExclusions,  // whole addresses only: no ports
};

// Both from 1; the column counts bytes.
struct ListPlace {
  uint64_t line = 1;
  uint64_t column = 1;
};

struct ListError {
  ListPlace place;
  TextError error;

  std::string to_string() const;  // "3:14: 256 is above 255; a part of an IPv4 address is a number from 0 to 255"
};

struct ListedName {
  ListPlace place;
  HostName host;
};

class ListReader {
 public:
  // REQUIRES: into outlives this.
  ListReader(TargetSetBuilder& into, ListPurpose purpose) : into_(into), purpose_(purpose) {}

  void feed(std::string_view piece);
  void finish();

  // The rest is complete after finish().

  // The first mistakes, in the list's order, at most kErrorsKept; and how many there are in all.
  static constexpr size_t kErrorsKept = 20;
  const std::vector<ListError>& errors() const { return errors_; }
  uint64_t error_count() const { return error_count_; }

  // Host names, which are not in the builder: the caller resolves them and adds what they stand for.
  const std::vector<ListedName>& names() const { return names_; }

  uint64_t item_count() const { return item_count_; }  // addresses, ranges, pairs and names; not mistakes
  uint64_t line_count() const { return line_; }

 private:
  static constexpr size_t kLongestItem = 512;  // a host name with a port has 265

  const char* skip_mark(const char* p, const char* end);
  const char* resume(const char* p, const char* end);
  const char* read(const char* p, const char* end);
  const char* read_item(const char* p, const char* end);
  void add_quad(uint32_t address);
  void take(std::string_view item, uint64_t offset);
  void take(const AddressRange& range);
  void take_with_place(TargetItem item, std::string_view text, const ListPlace& place);
  void fail(TextError error, const ListPlace& place);
  uint64_t offset_of(const char* p) const { return piece_offset_ + static_cast<uint64_t>(p - piece_); }

  TargetSetBuilder& into_;
  const ListPurpose purpose_;
  bool in_comment_ = false;
  bool at_start_ = true;    // a byte order mark may follow
  size_t mark_length_ = 0;  // bytes of it seen
  std::string unfinished_;  // an item whose end is not seen yet, cut after kLongestItem
  uint64_t unfinished_offset_ = 0;
  const char* piece_ = nullptr;  // the piece being read, and its place in the list
  uint64_t piece_offset_ = 0;
  uint64_t line_ = 1;
  uint64_t line_offset_ = 0;
  uint64_t item_count_ = 0;
  uint64_t error_count_ = 0;
  std::vector<ListError> errors_;
  std::vector<ListedName> names_;
};

}  // namespace portolan::addr
