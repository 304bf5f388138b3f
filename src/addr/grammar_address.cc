// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "addr/grammar.h"
#include "addr/grammar_internal.h"

namespace portolan::addr {
namespace grammar_internal {

std::string quoted(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string out = "'";
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return out + (text.size() > kLongest ? "...'" : "'");
}

namespace {

struct Lookalike {
  std::string_view bytes;
  std::string_view name;
};

// What editors and web pages put in place of '-', in UTF-8; and the dash of Windows' own character set.
constexpr std::array<Lookalike, 10> kDashes = {{{"\xe2\x80\x90", "U+2010"},
                                                {"\xe2\x80\x91", "U+2011"},
                                                {"\xe2\x80\x92", "U+2012"},
                                                {"\xe2\x80\x93", "U+2013"},
                                                {"\xe2\x80\x94", "U+2014"},
                                                {"\xe2\x80\x95", "U+2015"},
                                                {"\xe2\x88\x92", "U+2212"},
                                                {"\xef\xbc\x8d", "U+FF0D"},
                                                {"\x96", "byte 0x96"},
                                                {"\x97", "byte 0x97"}}};

constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

constexpr uint16_t hex_value(std::string_view digits) {
  uint16_t value = 0;
  for (const char c : digits) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = static_cast<uint16_t>(value << 4 | digit);
  }
  return value;
}

Failure refuse_octet(const Source& source, std::string_view octet, std::string_view quad) {
  if (octet.empty()) {
    return source.fail(quad, fmt::format("{} has an empty place between its dots", quoted(quad)),
                       "write four numbers from 0 to 255, such as 192.0.2.1");
  }
  if (!std::all_of(octet.begin(), octet.end(), is_digit)) {
    return source.fail(octet, fmt::format("{} is not a number from 0 to 255", quoted(octet)),
                       octet == "*" ? "write a prefix such as 192.0.2.0/24 for all addresses of a network"
                                    : "write four numbers from 0 to 255, such as 192.0.2.1");
  }
  const auto number = parse_number(source, octet, 255, "a part of an IPv4 address");
  return Failure(number.error());
}

// Fewer than four numbers: some programs read 10.1 as 10.0.0.1, others as 10.1.0.0/16.
Failure refuse_short_quad(const Source& source, std::string_view quad, size_t octets) {
  std::string net(quad);
  for (size_t i = octets; i < 4; ++i) net += ".0";
  return source.fail(quad, fmt::format("{} is not a whole IPv4 address: it has {} of 4 numbers", quoted(quad), octets),
                     fmt::format("write {}/{} for the network", net, 8 * octets));
}

// The slow way, for its message.
Failure refuse_quad(const Source& source, std::string_view quad) {
  size_t octets = 0;
  for (size_t at = 0; at <= quad.size();) {
    const size_t dot = std::min(quad.find('.', at), quad.size());
    const std::string_view octet = quad.substr(at, dot - at);
    uint32_t ignored = 0;
    const std::string probe = fmt::format("0.0.0.{}", octet);
    const char* end = probe.data() + probe.size();
    if (scan_quad(probe.data(), end, &ignored) != end) return refuse_octet(source, octet, quad);
    ++octets;
    at = dot + 1;
  }
  if (octets < 4) return refuse_short_quad(source, quad, octets);
  return source.fail(quad, fmt::format("{} has {} numbers; an IPv4 address has 4", quoted(quad), octets),
                     "write four numbers from 0 to 255, such as 192.0.2.1");
}

Parsed<uint32_t> parse_quad(const Source& source, std::string_view part) {
  uint32_t address = 0;
  const char* end = part.data() + part.size();
  if (!part.empty() && scan_quad(part.data(), end, &address) == end) return address;
  return refuse_quad(source, part);
}

// The groups of an IPv6 address as they are read, and where "::" stood.
struct Groups {
  std::array<uint16_t, 8> value{};
  size_t count = 0;
  std::optional<size_t> gap;

  base::u128 address() const {
    std::array<uint16_t, 8> all{};
    const size_t before = gap.value_or(count);
    std::copy_n(value.begin(), before, all.begin());
    std::copy(value.begin() + static_cast<std::ptrdiff_t>(before), value.begin() + static_cast<std::ptrdiff_t>(count),
              all.end() - static_cast<std::ptrdiff_t>(count - before));
    base::u128 bits = 0;
    for (const uint16_t group : all) bits = bits << 16 | group;
    return bits;
  }
};

constexpr const char* kV6Cure = "write up to eight groups of up to four hexadecimal digits, such as 2001:db8::1";

// One group, or the IPv4 tail that stands for two.
std::optional<TextError> read_group(const Source& source, std::string_view part, bool at_end, Groups& groups) {
  const auto fail = [&](std::string what) { return source.fail(part, std::move(what), kV6Cure).value(); };
  const bool quad = part.find('.') != part.npos;
  if (part.empty()) return source.fail(source.whole(), "a ':' has no group of digits beside it", kV6Cure).value();
  if (groups.count + (quad ? 2 : 1) > 8) return fail("an IPv6 address has no more than eight groups");
  if (quad && !at_end) return fail(fmt::format("the IPv4 part {} is not at the end", quoted(part)));
  if (quad) {
    const auto address = parse_quad(source, part);
    if (!address) return address.error();
    groups.value[groups.count++] = static_cast<uint16_t>(*address >> 16);
    groups.value[groups.count++] = static_cast<uint16_t>(*address);
    return std::nullopt;
  }
  if (part.size() > 4 || !std::all_of(part.begin(), part.end(), is_hex)) {
    return fail(fmt::format("{} is not a group of up to four hexadecimal digits", quoted(part)));
  }
  groups.value[groups.count++] = hex_value(part);
  return std::nullopt;
}

Parsed<base::u128> parse_groups(const Source& source, std::string_view text) {
  Groups groups;
  size_t at = 0;
  if (text.starts_with("::")) groups.gap = 0, at = 2;
  while (at < text.size()) {
    const size_t colon = std::min(text.find(':', at), text.size());
    const bool at_end = colon == text.size();
    if (auto error = read_group(source, text.substr(at, colon - at), at_end, groups)) return Failure(*std::move(error));
    if (at_end) break;
    const bool twice = colon + 1 < text.size() && text[colon + 1] == ':';
    if (twice && groups.gap) return source.fail(text, fmt::format("{} has '::' twice", quoted(text)), kV6Cure);
    if (twice) groups.gap = groups.count;
    if (!twice && colon + 1 == text.size())
      return source.fail(text, fmt::format("{} ends in ':'", quoted(text)), kV6Cure);
    at = colon + (twice ? 2 : 1);
  }
  if (groups.gap ? groups.count > 7 : groups.count != 8) {
    return source.fail(text,
                       fmt::format("{} has {} groups{}", quoted(text), groups.count,
                                   groups.gap ? " beside its '::'" : "; an IPv6 address has 8"),
                       kV6Cure);
  }
  return groups.address();
}

Parsed<IpAddress> parse_v6(const Source& source, std::string_view part) {
  const auto bits = parse_groups(source, part);
  if (!bits) return Failure(bits.error());
  const IpAddress address = IpAddress::v6(*bits);
  if (!address.is_v4()) return address;
  return source.fail(part, fmt::format("{} is an IPv4-mapped address, which no network carries", quoted(part)),
                     fmt::format("write {}", address.to_string()));
}

}  // namespace

Parsed<uint32_t> parse_number(const Source& source, std::string_view part, uint32_t max, std::string_view thing) {
  if (part.empty() || part.size() > 1000 || !std::all_of(part.begin(), part.end(), is_digit)) {
    return source.fail(part, fmt::format("{} is not {}", quoted(part), thing),
                       fmt::format("write a number from 0 to {}", max));
  }
  if (part.size() > 1 && part[0] == '0') {
    const std::string_view digits = part.substr(std::min(part.find_first_not_of('0'), part.size() - 1));
    return source.fail(part, fmt::format("{} has a leading zero, which some programs read as octal", quoted(part)),
                       fmt::format("write {}", digits));
  }
  uint64_t value = 0;
  for (const char c : part) value = std::min<uint64_t>(value * 10 + static_cast<uint64_t>(c - '0'), uint64_t{1} << 40);
  if (value <= max) return static_cast<uint32_t>(value);
  return source.fail(part, fmt::format("{} is above {}", part.substr(0, 40), max),
                     fmt::format("{} is a number from 0 to {}", thing, max));
}

Parsed<IpAddress> parse_plain_address(const Source& source, std::string_view part) {
  if (part.empty()) return source.fail(part, "an address is missing", "write one, such as 192.0.2.1 or 2001:db8::1");
  if (const size_t zone = part.find('%'); zone != part.npos) {
    return source.fail(part.substr(zone), fmt::format("{} names a zone", quoted(part)),
                       fmt::format("write {} and name the interface with -e", part.substr(0, zone)));
  }
  if (part.find(':') != part.npos) return parse_v6(source, part);
  return parse_quad(source, part).map([](uint32_t a) { return IpAddress::v4(a); });
}

std::optional<TextError> refuse_characters(const Source& source, std::string_view part) {
  const auto odd = std::find_if(part.begin(), part.end(), [](char c) { return c <= ' ' || c >= 0x7f; });
  if (odd == part.end()) return std::nullopt;
  const std::string_view rest = part.substr(static_cast<size_t>(odd - part.begin()));
  for (const Lookalike& dash : kDashes) {
    if (!rest.starts_with(dash.bytes)) continue;
    return source
        .fail(rest.substr(0, dash.bytes.size()), fmt::format("a typographic dash ({}) stands for '-'", dash.name),
              "write '-'")
        .value();
  }
  return source
      .fail(rest.substr(0, 1), fmt::format("the byte 0x{:02x} may not stand here", static_cast<uint8_t>(rest[0])),
            "use plain ASCII, separated by spaces, commas or new lines")
      .value();
}

}  // namespace grammar_internal

Parsed<IpAddress> parse_address(std::string_view text) {
  using namespace grammar_internal;
  const Source source(text);
  if (auto error = refuse_characters(source, text)) return Failure(*std::move(error));
  if (!text.starts_with('[')) return parse_plain_address(source, text);
  if (!text.ends_with(']')) return source.fail(text, "a '[' has no ']' at the end", "write [2001:db8::1]");
  const std::string_view inside = text.substr(1, text.size() - 2);
  if (inside.find(':') == inside.npos) {
    return source.fail(text, fmt::format("{} is not an IPv6 address in brackets", quoted(text)),
                       "brackets are for IPv6 only");
  }
  return parse_plain_address(source, inside);
}

}  // namespace portolan::addr
