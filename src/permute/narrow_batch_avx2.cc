// SPDX-License-Identifier: Apache-2.0
// narrow_batch() with AVX2: four 64-bit words a vector. vpmuludq multiplies their lower halves, which is all the narrow
// step ever needs. Eight vectors at once, so that their multiplications overlap.
#include "base/lanes.h"
#include "permute/narrow_batch.h"

namespace portolan::permute::internal {

#if defined(__x86_64__)
namespace {

constexpr size_t kWords = 4;
constexpr size_t kVectors = 8;

PORTOLAN_AVX2 inline __m256i splat(uint64_t v) { return _mm256_set1_epi64x(static_cast<int64_t>(v)); }
PORTOLAN_AVX2 inline __m256i fold(__m256i v) { return _mm256_xor_si256(v, _mm256_srli_epi64(v, 32)); }

// narrow_mix() without its last mask: the upper half of each word is left dirty.
PORTOLAN_AVX2 inline __m256i mix(__m256i half, uint64_t key) {
  const __m256i k = splat(key);
  __m256i v = _mm256_mul_epu32(_mm256_add_epi64(half, k), splat(0x9e3779b1));
  v = _mm256_xor_si256(fold(v), _mm256_srli_epi64(k, 32));
  return fold(_mm256_mul_epu32(v, splat(0x846ca68b)));
}

// (high + scale(mix(low))) mod (high_last + 1). The sum is below 2^33, so bits 32 to 63 of sum - (high_last + 1) are
// all ones when it went below zero and all zeros when not: they select what is added back.
PORTOLAN_AVX2 inline __m256i move_high(__m256i high, __m256i low, uint64_t key, __m256i last) {
  const __m256i lower = splat(0xffffffff);
  const __m256i hash = _mm256_and_si256(mix(low, key), lower);
  const __m256i by = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(hash, last), hash), 32);
  const __m256i count = _mm256_add_epi64(last, splat(1));
  const __m256i over = _mm256_sub_epi64(_mm256_add_epi64(high, by), count);
  const __m256i restore = _mm256_and_si256(count, _mm256_srli_epi64(over, 32));
  return _mm256_and_si256(_mm256_add_epi64(over, restore), lower);
}

// One step of kVectors vectors; true when an item is above `last`.
PORTOLAN_AVX2 bool step(const FeistelKeys& keys, uint64_t last, uint64_t* items) {
  const __m256i high_last = splat(keys.high_last);
  const __m256i mask = splat(keys.low_mask);
  const __m128i shift = _mm_cvtsi64_si128(static_cast<int64_t>(keys.half_bits));
  __m256i high[kVectors], low[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    const __m256i item = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(items + v * kWords));
    high[v] = _mm256_srl_epi64(item, shift);
    low[v] = _mm256_and_si256(item, mask);
  }
  for (uint64_t r = 0; r < keys.rounds; r += 2) {
    for (size_t v = 0; v < kVectors; ++v) high[v] = move_high(high[v], low[v], keys.key[r], high_last);
    for (size_t v = 0; v < kVectors; ++v) {
      low[v] = _mm256_and_si256(_mm256_add_epi64(low[v], mix(high[v], keys.key[r + 1])), mask);
    }
  }
  const __m256i sign = splat(uint64_t{1} << 63);  // turns the order of unsigned words into that of signed ones
  const __m256i signed_last = _mm256_xor_si256(splat(last), sign);
  __m256i above = _mm256_setzero_si256();
  for (size_t v = 0; v < kVectors; ++v) {
    const __m256i item = _mm256_or_si256(_mm256_sll_epi64(high[v], shift), low[v]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(items + v * kWords), item);
    above = _mm256_or_si256(above, _mm256_cmpgt_epi64(_mm256_xor_si256(item, sign), signed_last));
  }
  return _mm256_testz_si256(above, above) == 0;
}

void batch(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items) {
  in_blocks<kWords * kVectors>(keys, last, items, [&](uint64_t* words) { return step(keys, last, words); });
}

}  // namespace

NarrowBatch narrow_batch_avx2() { return __builtin_cpu_supports("avx2") ? batch : nullptr; }
#else
NarrowBatch narrow_batch_avx2() { return nullptr; }
#endif

}  // namespace portolan::permute::internal
