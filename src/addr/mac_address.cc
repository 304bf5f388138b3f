// SPDX-License-Identifier: Apache-2.0
#include "addr/mac_address.h"

#include <fmt/format.h>

namespace portolan::addr {
namespace {

std::optional<uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

// Six bytes in hexadecimal, with `separator` after each `group` bytes and nowhere else.
std::optional<MacAddress> parse_grouped(std::string_view text, char separator, size_t group) {
  MacAddress mac;
  size_t at = 0;
  for (size_t i = 0; i < 6; ++i) {
    if (i != 0 && i % group == 0 && (at >= text.size() || text[at++] != separator)) return std::nullopt;
    if (text.size() - at < 2) return std::nullopt;
    const auto high = hex_digit(text[at]);
    const auto low = hex_digit(text[at + 1]);
    if (!high || !low) return std::nullopt;
    mac.bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
    at += 2;
  }
  if (at != text.size()) return std::nullopt;
  return mac;
}

}  // namespace

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.size() == 14) return parse_grouped(text, '.', 2);
  if (text.size() != 17) return std::nullopt;
  return parse_grouped(text, text[2] == '-' ? '-' : ':', 1);
}

std::string MacAddress::to_string() const { return fmt::format("{:02x}", fmt::join(bytes, ":")); }

}  // namespace portolan::addr
