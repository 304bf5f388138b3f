// SPDX-License-Identifier: Apache-2.0
// Bytes as text: what the protocols that talk in lines have in common.
//
// Views only, nothing is copied or allocated; letters are ASCII, whatever the locale. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "proto/answer.h"

namespace portolan::proto {

inline std::string_view text_of(base::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline base::Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// Whether a text begins with `head`, or could once there is more of it.
enum class Head : uint8_t { kNo, kPart, kWhole };
constexpr Head head_of(std::string_view text, std::string_view head) {
  const size_t both = std::min(text.size(), head.size());
  if (text.substr(0, both) != head.substr(0, both)) return Head::kNo;
  return both == head.size() ? Head::kWhole : Head::kPart;
}

// Without spaces and tabs at either end.
constexpr std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

// All of it a number in the base; nullopt: it is not, or does not fit.
inline std::optional<uint64_t> number_of(std::string_view s, int base = 10) {
  uint64_t value = 0;
  const char* const end = s.data() + s.size();
  const auto [stop, error] = std::from_chars(s.data(), end, value, base);
  if (s.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

inline void put_number(Answer& out, uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.text({digits.data(), static_cast<size_t>(end - digits.data())});
}

}  // namespace portolan::proto
