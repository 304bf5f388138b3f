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
#define PORTOLAN_STEP static inline __attribute__((always_inline))
#endif

#ifdef __bpf__
// One instruction in place of two shifts, which the compiler prefers.
#define PORTOLAN_STEP_LOW_HALF(v)   \
  ({                                \
    uint32_t half_ = (uint32_t)(v); \
    asm("" : "+w"(half_));          \
    (uint64_t) half_;               \
  })
#else
#define PORTOLAN_STEP_LOW_HALF(v) ((v)&0xffffffffu)
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

// Hashes half (32 bits) to 32 bits: two multiplications whose upper and lower words are folded together. "Open": the
// upper half of the result is left dirty, for those who mask it anyway.
PORTOLAN_STEP uint64_t narrow_mix_open(uint64_t half, uint64_t key) {
  uint64_t v = PORTOLAN_STEP_LOW_HALF(half + key) * 0x9e3779b1u;
  v = PORTOLAN_STEP_LOW_HALF(v ^ (v >> 32) ^ (key >> 32)) * 0x846ca68bu;
  return v ^ (v >> 32);
}

PORTOLAN_STEP uint64_t narrow_mix(uint64_t half, uint64_t key) {
  return PORTOLAN_STEP_LOW_HALF(narrow_mix_open(half, key));
}

// floor(hash * (last + 1) / 2^32): a hash made a number in [0, last], without a division.
PORTOLAN_STEP uint64_t narrow_scale(uint64_t hash, uint64_t last) { return (hash * last + hash) >> 32; }

// (high + by) mod (last + 1), for by <= last, without a branch, which nobody could predict.
PORTOLAN_STEP uint64_t narrow_add(uint64_t high, uint64_t by, uint64_t last) {
#ifdef __bpf__
  const uint64_t over = high + by - (last + 1);
  uint64_t below = over >> 63;  // what went below zero gets the modulus back
  // The verifier would follow both values of a bit that it knows to be one, and so 2^n ways.
  asm volatile("" : "+r"(below));
  return over + (last + 1) * below;
#else
  const uint64_t sum = high + by;
  return sum - (sum > last ? last + 1 : 0);
#endif
}

PORTOLAN_STEP uint64_t narrow_forward(const struct FeistelKeys* keys, uint64_t item) {
  uint64_t high = item >> keys->half_bits;
  uint64_t low = item & keys->low_mask;
  for (uint64_t i = 0; i + 1 < kMaxRounds && i < keys->rounds; i += 2) {
    high = narrow_add(high, narrow_scale(narrow_mix(low, keys->key[i]), keys->high_last), keys->high_last);
    low = (low + narrow_mix_open(high, keys->key[i + 1])) & keys->low_mask;
  }
  return (high << keys->half_bits) | low;
}

enum { kNarrowLanes = 4 };

// out[k] = narrow_forward(keys, first + k * stride): round by round over a few items at once, since each is one long
// chain of products. For those who have no vectors; narrow_batch.h has.
PORTOLAN_STEP void narrow_forward_lanes(const struct FeistelKeys* keys, uint64_t first, uint64_t stride,
                                        uint64_t* out) {
  uint64_t high[kNarrowLanes] = {0}, low[kNarrowLanes] = {0};
  const uint64_t last = keys->high_last, mask = keys->low_mask;
  for (int k = 0; k < kNarrowLanes; ++k, first += stride) {
    high[k] = first >> keys->half_bits;
    low[k] = first & mask;
  }
  for (uint64_t i = 0; i + 1 < kMaxRounds && i < keys->rounds; i += 2) {
    for (int k = 0; k < kNarrowLanes; ++k) {
      high[k] = narrow_add(high[k], narrow_scale(narrow_mix(low[k], keys->key[i]), last), last);
    }
    for (int k = 0; k < kNarrowLanes; ++k) low[k] = (low[k] + narrow_mix_open(high[k], keys->key[i + 1])) & mask;
  }
  for (int k = 0; k < kNarrowLanes; ++k) out[k] = high[k] << keys->half_bits | low[k];
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
