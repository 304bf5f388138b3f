// SPDX-License-Identifier: Apache-2.0
// Shard x/y: every y-th index of a scan, from the x-th on. Shards 1/y to y/y partition [0, n) exactly, for any n.
//
// The k-th probe of shard x/y has index x - 1 + k * y; Permutation takes the index to a target. A shard is a fact about
// indexes alone, so it needs no coordination: machines that agree on targets, seed and y cover each target once,
// each at its own rate. The default is the whole scan. index() and position() divide by nothing; size() does, and is
// for setting up. A value: any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/int128.h"

namespace portolan::permute {

struct Shard {
  uint64_t x = 1;  // counted from 1, as people write it
  uint64_t y = 1;

  constexpr bool operator==(const Shard&) const = default;
  // The functions below REQUIRE a valid shard.
  constexpr bool valid() const { return 1 <= x && x <= y; }

  // How many of n indexes are this shard's.
  constexpr base::u128 size(base::u128 n) const { return n < x ? 0 : (n - x) / y + 1; }

  // The index of this shard's k-th probe. REQUIRES: k < size(n) for some n; then nothing wraps.
  constexpr base::u128 index(base::u128 k) const { return base::u128{x - 1} + k * y; }

  // The k with index(k) == i, or nullopt when another shard has i.
  //
  // An exact quotient needs no division (H. Warren: "Hacker's Delight", exact division by constants): with y = odd *
  // 2^s it is the distance times the inverse of odd modulo 2^128, if the s low bits are zero and the product is true.
  constexpr std::optional<base::u128> position(base::u128 i) const {
    if (i < x - 1) return std::nullopt;
    const base::u128 distance = i - (x - 1);
    const int s = __builtin_ctzll(y);
    if ((distance & ((base::u128{1} << s) - 1)) != 0) return std::nullopt;
    const base::u128 k = (distance >> s) * inverse_of_odd(y >> s);
    if (base::hi64(product_from_bit_64(k, y)) != 0 || k * y != distance) return std::nullopt;
    return k;
  }

 private:
  // Newton's iteration doubles the correct low bits: 3 at first, for v * v = 1 mod 8 if v is odd; 192 after six steps.
  static constexpr base::u128 inverse_of_odd(uint64_t v) {
    base::u128 inverse = v;
    for (int step = 0; step < 6; ++step) inverse *= 2 - v * inverse;
    return inverse;
  }
  // Bits 64 and up of a * b: below 2^64 if and only if the product fits 128 bits.
  static constexpr base::u128 product_from_bit_64(base::u128 a, uint64_t b) {
    return base::u128{base::hi64(a)} * b + base::mul_hi(base::lo64(a), b);
  }
};

}  // namespace portolan::permute
