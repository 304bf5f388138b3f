// SPDX-License-Identifier: Apache-2.0
// Divider: division by a number that is fixed at run time, by multiplication with its reciprocal.
//
// T. Granlund, P. Montgomery: "Division by invariant integers using multiplication" (PLDI 1994). Exact, not rounded.
// With l = ceil(log2 d) and m = floor(2^(63+l) / d) + 1, m fits in 64 bits, and m*d exceeds 2^(63+l) by at most
// d <= 2^l; so floor(n*m / 2^(63+l)) is the quotient for every n with n * 2^l < 2^(63+l), that is n < 2^63.
// For dividers below 2^31 the 128-bit form goes 32 bits at a time, as on paper: the remainder with the next 32 bits
// stays below 2^63. Constant after construction: any thread.
#pragma once

#include <bit>
#include <cstdint>

#include "addr/pick_step.h"
#include "base/int128.h"

namespace portolan::addr {

class Divider {
 public:
  struct Parts {
    base::u128 quotient;
    uint32_t remainder;
  };

  // REQUIRES: 1 <= divisor < 2^31.
  explicit constexpr Divider(uint32_t divisor = 1)
      : by_{static_cast<uint64_t>((base::u128{1} << (63 + shift_of(divisor))) / divisor) + 1, shift_of(divisor),
            divisor} {}

  constexpr uint32_t divisor() const { return static_cast<uint32_t>(by_.divisor); }
  constexpr const PickDivider& by() const { return by_; }  // for those who divide by themselves

  constexpr Parts divide(base::u128 n) const { return (n >> 63) == 0 ? divide_short(base::lo64(n)) : divide_long(n); }

 private:
  static constexpr uint64_t shift_of(uint32_t divisor) { return static_cast<uint64_t>(std::bit_width(divisor - 1)); }

  constexpr Parts divide_short(uint64_t n) const {
    const uint64_t q = pick_quotient(&by_, n);
    return {q, static_cast<uint32_t>(n - q * by_.divisor)};
  }

  constexpr Parts divide_long(base::u128 n) const {
    base::u128 q = 0;
    uint64_t rest = 0;
    for (int bit = 96; bit >= 0; bit -= 32) {
      const uint64_t part = (rest << 32) | static_cast<uint32_t>(n >> bit);
      const uint64_t digit = pick_quotient(&by_, part);
      rest = part - digit * by_.divisor;
      q = (q << 32) | digit;
    }
    return {q, static_cast<uint32_t>(rest)};
  }

  PickDivider by_;
};

}  // namespace portolan::addr
