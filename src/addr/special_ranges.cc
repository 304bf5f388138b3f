// SPDX-License-Identifier: Apache-2.0
#include "addr/special_ranges.h"

#include <fmt/format.h>

#include <array>
#include <type_traits>

namespace portolan::addr {
namespace {

using base::u128;
using V4 = SpecialRange<uint32_t>;
using V6 = SpecialRange<u128>;
using enum SpecialKind;

constexpr uint32_t quad(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

// The first four groups of an IPv6 address; the rest zero.
constexpr u128 groups(uint64_t a, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
  return base::make_u128(a << 48 | b << 32 | c << 16 | d, 0);
}

constexpr auto kV4 = std::to_array<V4>({
    {quad(0, 0, 0, 0), 32, kNeverOnWire, "Unspecified", "RFC 1122"},
    {quad(255, 255, 255, 255), 32, kNeverOnWire, "Limited Broadcast", "RFC 919"},
    {quad(224, 0, 0, 0), 4, kNeverOnWire, "Multicast", "RFC 5771"},
    {quad(240, 0, 0, 0), 4, kReserved, "Reserved", "RFC 1112"},
    {quad(0, 0, 0, 0), 8, kReserved, "\"This network\"", "RFC 791"},
    {quad(10, 0, 0, 0), 8, kPrivate, "Private-Use", "RFC 1918"},
    {quad(127, 0, 0, 0), 8, kLoopback, "Loopback", "RFC 1122"},
    {quad(100, 64, 0, 0), 10, kPrivate, "Shared Address Space", "RFC 6598"},
    {quad(172, 16, 0, 0), 12, kPrivate, "Private-Use", "RFC 1918"},
    {quad(198, 18, 0, 0), 15, kReserved, "Benchmarking", "RFC 2544"},
    {quad(169, 254, 0, 0), 16, kPrivate, "Link Local", "RFC 3927"},
    {quad(192, 168, 0, 0), 16, kPrivate, "Private-Use", "RFC 1918"},
    {quad(192, 0, 0, 0), 24, kReserved, "IETF Protocol Assignments", "RFC 6890"},
    {quad(192, 0, 2, 0), 24, kReserved, "Documentation (TEST-NET-1)", "RFC 5737"},
    {quad(192, 31, 196, 0), 24, kReserved, "AS112-v4", "RFC 7535"},
    {quad(192, 52, 193, 0), 24, kReserved, "AMT", "RFC 7450"},
    {quad(192, 88, 99, 0), 24, kReserved, "Deprecated (6to4 Relay Anycast)", "RFC 7526"},
    {quad(192, 175, 48, 0), 24, kReserved, "Direct Delegation AS112 Service", "RFC 7534"},
    {quad(198, 51, 100, 0), 24, kReserved, "Documentation (TEST-NET-2)", "RFC 5737"},
    {quad(203, 0, 113, 0), 24, kReserved, "Documentation (TEST-NET-3)", "RFC 5737"},
    {quad(192, 0, 0, 0), 29, kReserved, "IPv4 Service Continuity Prefix", "RFC 7335"},
    {quad(192, 0, 0, 170), 31, kReserved, "NAT64/DNS64 Discovery", "RFC 8880"},
    {quad(192, 0, 0, 8), 32, kReserved, "IPv4 dummy address", "RFC 7600"},
    {quad(192, 0, 0, 9), 32, kReserved, "Port Control Protocol Anycast", "RFC 7723"},
    {quad(192, 0, 0, 10), 32, kReserved, "Traversal Using Relays around NAT Anycast", "RFC 8155"},
});

constexpr auto kV6 = std::to_array<V6>({
    {0, 128, kNeverOnWire, "Unspecified Address", "RFC 4291"},
    {u128{0xffff} << 32, 96, kNeverOnWire, "IPv4-mapped Address", "RFC 4291"},
    {groups(0xff00), 8, kNeverOnWire, "Multicast", "RFC 4291"},
    {groups(0x4000), 2, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0x8000), 2, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xc000), 3, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0x0000), 3, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xe000), 4, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xf000), 5, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xf800), 6, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xfc00), 7, kPrivate, "Unique-Local", "RFC 4193"},
    {groups(0xfe00), 9, kReserved, "Reserved by IETF", "RFC 4291"},
    {groups(0xfe80), 10, kPrivate, "Link-Local Unicast", "RFC 4291"},
    {groups(0xfec0), 10, kReserved, "Site-Local (deprecated)", "RFC 3879"},
    {groups(0x2002), 16, kReserved, "6to4", "RFC 3056"},
    {groups(0x5f00), 16, kReserved, "Segment Routing (SRv6) SIDs", "RFC 9602"},
    {groups(0x3fff), 20, kReserved, "Documentation", "RFC 9637"},
    {groups(0x2001), 23, kReserved, "IETF Protocol Assignments", "RFC 2928"},
    {groups(0x2001, 0x10), 28, kReserved, "Deprecated (previously ORCHID)", "RFC 4843"},
    {groups(0x2001, 0x20), 28, kReserved, "ORCHIDv2", "RFC 7343"},
    {groups(0x2001, 0x30), 28, kReserved, "Drone Remote ID Protocol Entity Tags (DETs)", "RFC 9374"},
    {groups(0x2001), 32, kReserved, "TEREDO", "RFC 4380"},
    {groups(0x2001, 0x3), 32, kReserved, "AMT", "RFC 7450"},
    {groups(0x2001, 0xdb8), 32, kReserved, "Documentation", "RFC 3849"},
    {groups(0x64, 0xff9b, 1), 48, kReserved, "IPv4-IPv6 Translation (local use)", "RFC 8215"},
    {groups(0x2001, 0x2), 48, kReserved, "Benchmarking", "RFC 5180"},
    {groups(0x2001, 0x4, 0x112), 48, kReserved, "AS112-v6", "RFC 7535"},
    {groups(0x2620, 0x4f, 0x8000), 48, kReserved, "Direct Delegation AS112 Service", "RFC 7534"},
    {groups(0x100), 64, kReserved, "Discard-Only Address Block", "RFC 6666"},
    {groups(0x100, 0, 0, 1), 64, kReserved, "Dummy IPv6 Prefix", "RFC 9780"},
    {groups(0x64, 0xff9b), 96, kReserved, "IPv4-IPv6 Translation", "RFC 6052"},
    {1, 128, kLoopback, "Loopback Address", "RFC 4291"},
    {groups(0x2001, 1) | 1, 128, kReserved, "Port Control Protocol Anycast", "RFC 7723"},
    {groups(0x2001, 1) | 2, 128, kReserved, "Traversal Using Relays around NAT Anycast", "RFC 8155"},
    {groups(0x2001, 1) | 3, 128, kReserved, "DNS-SD Service Registration Protocol Anycast", "RFC 9665"},
});

template <class Word>
constexpr auto& table() {
  if constexpr (std::is_same_v<Word, uint32_t>) {
    return kV4;
  } else {
    return kV6;
  }
}

template <class Word>
constexpr size_t top_byte(Word word) {
  return static_cast<size_t>(word >> (8 * sizeof(Word) - 8));
}

// For each value of an address's first byte, whether any row begins there.
template <class Word>
constexpr std::array<bool, 256> top_bytes() {
  std::array<bool, 256> any{};
  for (const auto& row : table<Word>()) {
    for (size_t b = top_byte(row.first); b <= top_byte(row.last()); ++b) any[b] = true;
  }
  return any;
}

template <class Word>
constexpr std::array<bool, 256> kTopBytes = top_bytes<Word>();

template <class Word>
std::string text_of(const SpecialRange<Word>* row) {
  if (row == nullptr) return {};
  return fmt::format("{} {} ({})", row->prefix(), row->name, row->reference);
}

}  // namespace

std::string_view name(SpecialKind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"private", "reserved", "loopback", "never-sent"};
  return kNames[static_cast<size_t>(kind)];
}

template <class Word>
std::string SpecialRange<Word>::prefix() const {
  // The mapped prefix would print as 0.0.0.0: IpAddress holds IPv4 in that form.
  if (first == (base::u128{0xffff} << 32)) return "::ffff:0:0/96";
  return fmt::format("{}/{}", IpAddress::of_word(first).to_string(), prefix_length);
}

template <class Word>
std::span<const SpecialRange<Word>> special_ranges() {
  return table<Word>();
}

template <class Word>
const SpecialRange<Word>* special_range_of(Word first, Word last) {
  if (!kTopBytes<Word>[top_byte(first)]) return nullptr;
  const SpecialRange<Word>* innermost = nullptr;
  for (const auto& row : table<Word>()) {
    if (!row.covers(first, last)) continue;
    if (innermost == nullptr || row.prefix_length > innermost->prefix_length) innermost = &row;
  }
  return innermost;
}

std::string special_range_text(const IpAddress& address) {
  if (address.is_v4()) return text_of(special_range_of(address.v4_bits(), address.v4_bits()));
  return text_of(special_range_of(address.v6_bits(), address.v6_bits()));
}

template struct SpecialRange<uint32_t>;
template struct SpecialRange<u128>;
template std::span<const V4> special_ranges<uint32_t>();
template std::span<const V6> special_ranges<u128>();
template const V4* special_range_of<uint32_t>(uint32_t, uint32_t);
template const V6* special_range_of<u128>(u128, u128);

}  // namespace portolan::addr
