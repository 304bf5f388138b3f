// SPDX-License-Identifier: Apache-2.0
// narrow_batch() with AVX-512: the form of narrow_batch_avx2.cc with eight words a vector, and a minimum of unsigned
// words to take the modulus by.
#include <cstring>

#include "permute/narrow_batch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace portolan::permute::internal {

#if defined(__x86_64__)
#define PORTOLAN_AVX512 __attribute__((target("avx512f")))

namespace {

typedef uint64_t Lanes __attribute__((vector_size(64)));
constexpr size_t kWords = 8;
constexpr size_t kVectors = 4;

PORTOLAN_AVX512 inline Lanes multiply(Lanes a, Lanes b) {
  return reinterpret_cast<Lanes>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
}
PORTOLAN_AVX512 inline Lanes smaller(Lanes a, Lanes b) {
  return reinterpret_cast<Lanes>(_mm512_min_epu64(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
}
PORTOLAN_AVX512 inline Lanes splat(uint64_t v) {
  return reinterpret_cast<Lanes>(_mm512_set1_epi64(static_cast<int64_t>(v)));
}

// narrow_mix() without its last mask: the upper half of each word is left dirty.
PORTOLAN_AVX512 inline Lanes mix(Lanes half, uint64_t key) {
  Lanes v = multiply(half + splat(key), splat(0x9e3779b1));
  v = multiply(v ^ (v >> 32) ^ splat(key >> 32), splat(0x846ca68b));
  return v ^ (v >> 32);
}

// (high + scale(mix(low))) mod (high_last + 1). The sum is below twice the modulus; less it, it is the smaller of the
// two, unless it went below zero, which makes it the greater.
PORTOLAN_AVX512 inline Lanes move_high(Lanes high, Lanes low, uint64_t key, Lanes last) {
  const Lanes hash = mix(low, key) & splat(0xffffffff);
  const Lanes sum = high + ((multiply(hash, last) + hash) >> 32);
  return smaller(sum, sum - (last + splat(1)));
}

// One step of kVectors vectors; true when an item is above `last`.
PORTOLAN_AVX512 bool step(const FeistelKeys& keys, uint64_t last, uint64_t* items) {
  const Lanes high_last = splat(keys.high_last);
  const Lanes mask = splat(keys.low_mask);
  const Lanes shift = splat(keys.half_bits);
  Lanes high[kVectors], low[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    std::memcpy(&low[v], items + v * kWords, sizeof low[v]);
    high[v] = low[v] >> shift;
    low[v] &= mask;
  }
  for (uint64_t r = 0; r < keys.rounds; r += 2) {
    for (size_t v = 0; v < kVectors; ++v) high[v] = move_high(high[v], low[v], keys.key[r], high_last);
    for (size_t v = 0; v < kVectors; ++v) low[v] = (low[v] + mix(high[v], keys.key[r + 1])) & mask;
  }
  unsigned above = 0;
  for (size_t v = 0; v < kVectors; ++v) {
    low[v] |= high[v] << shift;
    std::memcpy(items + v * kWords, &low[v], sizeof low[v]);
    above |= _mm512_cmpgt_epu64_mask(reinterpret_cast<__m512i>(low[v]), reinterpret_cast<__m512i>(splat(last)));
  }
  return above != 0;
}

void batch(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items) {
  in_blocks<kWords * kVectors>(keys, last, items, [&](uint64_t* words) { return step(keys, last, words); });
}

}  // namespace

NarrowBatch narrow_batch_avx512() { return __builtin_cpu_supports("avx512f") ? batch : nullptr; }
#else
NarrowBatch narrow_batch_avx512() { return nullptr; }
#endif

}  // namespace portolan::permute::internal
