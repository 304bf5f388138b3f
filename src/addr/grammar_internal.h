// SPDX-License-Identifier: Apache-2.0
// What the parts of the grammar share: errors that know their place, numbers, the first look at a text.
// Only for grammar*.cc and list_reader.cc.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "addr/grammar.h"

namespace portolan::addr::grammar_internal {

using Failure = tl::unexpected<TextError>;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Fit for a message: in quotes, bytes that do not print as \xNN, long texts cut.
std::string quoted(std::string_view text);

// The text being parsed, so that an error in any piece of it knows its offset.
class Source {
 public:
  explicit Source(std::string_view whole) : whole_(whole) {}

  // REQUIRES: part is a piece of the whole.
  Failure fail(std::string_view part, std::string what, std::string cure) const {
    return Failure(
        TextError{static_cast<size_t>(part.data() - whole_.data()), part.size(), std::move(what), std::move(cure)});
  }
  std::string_view whole() const { return whole_; }

 private:
  std::string_view whole_;
};

// A decimal number up to max, without leading zeros. `thing` names it in messages: "port".
Parsed<uint32_t> parse_number(const Source& source, std::string_view part, uint32_t max, std::string_view thing);

// A port with a protocol, as in "80" or "80/udp".
Parsed<ProtoPort> parse_endpoint_port(const Source& source, std::string_view part);

// An address without brackets.
Parsed<IpAddress> parse_plain_address(const Source& source, std::string_view part);

// Refuses dashes that are none, control characters and bytes beyond ASCII, with a cure for the known ones.
std::optional<TextError> refuse_characters(const Source& source, std::string_view part);

// Calls take(item) -> std::optional<TextError> for each item between commas and white space, up to the first error.
// `thing` and `example` name the items in messages.
template <class Take>
std::optional<TextError> for_each_item(const Source& source, std::string_view thing, std::string_view example,
                                       Take take) {
  const std::string_view text = source.whole();
  bool wants_item = true;  // at the start, and after a comma
  for (size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text[at] == ',') {
      if (wants_item)
        return source.fail(text.substr(at, 1), fmt::format("a comma has no {} before it", thing), "remove it").value();
      wants_item = true;
      ++at;
    } else {
      const size_t end = std::min(text.find_first_of(", \t\r\n", at), text.size());
      if (auto error = take(text.substr(at, end - at))) return error;
      wants_item = false;
      at = end;
    }
  }
  if (!wants_item) return std::nullopt;
  const size_t comma = text.rfind(',');
  if (comma == text.npos)
    return source.fail(text, fmt::format("a {} is missing", thing), fmt::format("write {}", example)).value();
  return source.fail(text.substr(comma, 1), fmt::format("no {} follows the last comma", thing), "remove it").value();
}

// Reads a dotted quad and returns what follows it; null when none stands there. The fast path of long lists.
inline const char* scan_quad(const char* p, const char* end, uint32_t* address) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i != 0 && (p == end || *p++ != '.')) return nullptr;
    if (p == end || !is_digit(*p)) return nullptr;
    uint32_t octet = static_cast<uint32_t>(*p++ - '0');
    if (octet != 0) {  // a leading zero ends the number: what follows it is then refused as no separator
      if (p != end && is_digit(*p)) octet = octet * 10 + static_cast<uint32_t>(*p++ - '0');
      if (p != end && is_digit(*p)) octet = octet * 10 + static_cast<uint32_t>(*p++ - '0');
      if (octet > 255) return nullptr;
    }
    value = value << 8 | octet;
  }
  *address = value;
  return p;
}

}  // namespace portolan::addr::grammar_internal
