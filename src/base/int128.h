// SPDX-License-Identifier: Apache-2.0
// 128-bit unsigned integers: the width of an IPv6 address and of a scan index (addresses x ports).
//
// The compiler's own type is used; this header gives it a name, its limits, and its text form, which the standard
// library does not provide. Wide products (64x64 -> 128, 128x128 -> high 128) stand here so that every one of them
// can be proven wide enough in one place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::base {

__extension__ typedef unsigned __int128 u128;

inline constexpr u128 kU128Max = ~u128{0};

constexpr u128 make_u128(uint64_t hi, uint64_t lo) { return (u128{hi} << 64) | lo; }
constexpr uint64_t hi64(u128 v) { return static_cast<uint64_t>(v >> 64); }
constexpr uint64_t lo64(u128 v) { return static_cast<uint64_t>(v); }

// Number of bits needed to write v; 0 for 0.
constexpr int bit_width(u128 v) {
  return hi64(v) != 0 ? 128 - __builtin_clzll(hi64(v)) : lo64(v) != 0 ? 64 - __builtin_clzll(lo64(v)) : 0;
}

// The high half of the full product. floor(a * b / 2^64).
constexpr uint64_t mul_hi(uint64_t a, uint64_t b) { return hi64(u128{a} * b); }

// Decimal digits, without sign or separators.
std::string to_string(u128 v);

// Parses decimal digits only; nullopt when empty, not all digits, or above 2^128 - 1.
std::optional<u128> parse_u128(std::string_view text);

}  // namespace portolan::base
