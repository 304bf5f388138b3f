// SPDX-License-Identifier: Apache-2.0
// The step of the permutation for up to 2^64 items: plain C on 64-bit words, so that C++, C and a kernel program (BPF)
// compile the same lines. Use permute::Permutation in C++; this header is for those who cannot.
//
// An item is split in two halves: low = item mod 2^half_bits, and high = item >> half_bits in [0, high_last]. A round
// moves one half by a keyed hash of the other, so the inverse is the same rounds backwards with the sign changed:
//     high = (high + scale(mix(low, key), high_last)) mod (high_last + 1)
//     low  = (low + mix(high, key')) mod 2^half_bits
// Both halves are below 2^32, so every product here is of two 32-bit numbers and fits its 64-bit word; what could
// wrap is proven in step_test.cc. No division. Pure functions, any thread. A step permutes (high_last + 1) *
// 2^half_bits items, up to sqrt(n) more than n: the caller steps again until the result is below n ("cycle walking").
#pragma once

#include <stdint.h>

#ifdef __cplusplus
#define PORTOLAN_STEP constexpr
namespace portolan::permute {
#else
#define PORTOLAN_STEP static inline
#endif

enum { kMaxRounds = 24 };

// Filled by permute::make_keys(). All words, so that it can be a BPF map's value as it is.
struct FeistelKeys {
  uint64_t half_bits;        // of the low half
  uint64_t low_mask;         // 2^half_bits - 1
  uint64_t high_last;        // the greatest value of the high half
  uint64_t rounds;           // even, at most kMaxRounds
  uint64_t key[kMaxRounds];  // even places move the high half, odd places the low one
};

// Hashes half (32 bits) to 32 bits: two multiplications whose upper and lower words are folded together.
PORTOLAN_STEP uint64_t narrow_mix(uint64_t half, uint64_t key) {
  uint64_t v = ((half + key) & 0xffffffffu) * 0x9e3779b1u;
  v = ((v ^ (v >> 32) ^ (key >> 32)) & 0xffffffffu) * 0x846ca68bu;
  return (v ^ (v >> 32)) & 0xffffffffu;
}

// floor(hash * (last + 1) / 2^32): a hash made a number in [0, last], without a division.
PORTOLAN_STEP uint64_t narrow_scale(uint64_t hash, uint64_t last) { return (hash * last + hash) >> 32; }

PORTOLAN_STEP uint64_t narrow_forward(const struct FeistelKeys* keys, uint64_t item) {
  uint64_t high = item >> keys->half_bits;
  uint64_t low = item & keys->low_mask;
  for (uint64_t i = 0; i + 1 < kMaxRounds && i < keys->rounds; i += 2) {
    high += narrow_scale(narrow_mix(low, keys->key[i]), keys->high_last);
    high -= high > keys->high_last ? keys->high_last + 1 : 0;
    low = (low + narrow_mix(high, keys->key[i + 1])) & keys->low_mask;
  }
  return (high << keys->half_bits) | low;
}

// The item that narrow_forward() takes to this one.
PORTOLAN_STEP uint64_t narrow_backward(const struct FeistelKeys* keys, uint64_t item) {
  uint64_t high = item >> keys->half_bits;
  uint64_t low = item & keys->low_mask;
  for (uint64_t i = keys->rounds; i >= 2 && i <= kMaxRounds; i -= 2) {
    low = (low - narrow_mix(high, keys->key[i - 1])) & keys->low_mask;
    const uint64_t back = narrow_scale(narrow_mix(low, keys->key[i - 2]), keys->high_last);
    high += high < back ? keys->high_last + 1 - back : 0 - back;
  }
  return (high << keys->half_bits) | low;
}

#ifdef __cplusplus
}  // namespace portolan::permute
#endif
