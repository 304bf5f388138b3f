// SPDX-License-Identifier: Apache-2.0
#include "permute/narrow_batch.h"

#include <algorithm>
#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace portolan::permute {
namespace internal {
namespace {

uint64_t walk(const FeistelKeys& keys, uint64_t last, uint64_t item) {
  while (item > last) item = narrow_forward(&keys, item);
  return item;
}

#if defined(__x86_64__)
#define PORTOLAN_AVX2 __attribute__((target("avx2")))

// Four 64-bit words a vector; vpmuludq multiplies their lower halves, which is all the narrow step ever needs.
constexpr size_t kWords = 4;
constexpr size_t kVectors = 8;
constexpr size_t kLanes = kWords * kVectors;

PORTOLAN_AVX2 inline __m256i fold(__m256i v) { return _mm256_xor_si256(v, _mm256_srli_epi64(v, 32)); }

// narrow_mix() without its last mask: the upper half of each word is left dirty.
PORTOLAN_AVX2 inline __m256i mix(__m256i half, uint64_t key) {
  const __m256i k = _mm256_set1_epi64x(static_cast<int64_t>(key));
  __m256i v = _mm256_mul_epu32(_mm256_add_epi64(half, k), _mm256_set1_epi64x(0x9e3779b1));
  v = _mm256_xor_si256(fold(v), _mm256_srli_epi64(k, 32));
  return fold(_mm256_mul_epu32(v, _mm256_set1_epi64x(0x846ca68b)));
}

// (high + scale(mix(low))) mod (high_last + 1). The sum is below 2^33, so bits 32 to 63 of sum - (high_last + 1) are
// all ones when it went below zero and all zeros when not: they select what is added back.
PORTOLAN_AVX2 inline __m256i move_high(__m256i high, __m256i low, uint64_t key, __m256i last) {
  const __m256i lower = _mm256_set1_epi64x(0xffffffff);
  const __m256i hash = _mm256_and_si256(mix(low, key), lower);
  const __m256i by = _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(hash, last), hash), 32);
  const __m256i count = _mm256_add_epi64(last, _mm256_set1_epi64x(1));
  const __m256i over = _mm256_sub_epi64(_mm256_add_epi64(high, by), count);
  const __m256i restore = _mm256_and_si256(count, _mm256_srli_epi64(over, 32));
  return _mm256_and_si256(_mm256_add_epi64(over, restore), lower);
}

PORTOLAN_AVX2 void steps_avx2(const FeistelKeys& keys, uint64_t first, uint64_t stride, uint64_t* items) {
  const __m256i last = _mm256_set1_epi64x(static_cast<int64_t>(keys.high_last));
  const __m256i mask = _mm256_set1_epi64x(static_cast<int64_t>(keys.low_mask));
  const __m128i shift = _mm_cvtsi64_si128(static_cast<int64_t>(keys.half_bits));
  __m256i high[kVectors], low[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    alignas(32) std::array<uint64_t, kWords> index;
    for (size_t w = 0; w < kWords; ++w) index[w] = first + (v * kWords + w) * stride;
    const __m256i item = _mm256_load_si256(reinterpret_cast<const __m256i*>(index.data()));
    high[v] = _mm256_srl_epi64(item, shift);
    low[v] = _mm256_and_si256(item, mask);
  }
  for (uint64_t r = 0; r < keys.rounds; r += 2) {
    for (size_t v = 0; v < kVectors; ++v) high[v] = move_high(high[v], low[v], keys.key[r], last);
    for (size_t v = 0; v < kVectors; ++v) {
      low[v] = _mm256_and_si256(_mm256_add_epi64(low[v], mix(high[v], keys.key[r + 1])), mask);
    }
  }
  for (size_t v = 0; v < kVectors; ++v) {
    const __m256i item = _mm256_or_si256(_mm256_sll_epi64(high[v], shift), low[v]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(items + v * kWords), item);
  }
}

void batch_avx2(const FeistelKeys& keys, uint64_t last, uint64_t first, uint64_t stride, std::span<base::u128> out) {
  std::array<uint64_t, kLanes> items;
  while (!out.empty()) {
    const size_t count = std::min(out.size(), kLanes);
    steps_avx2(keys, first, stride, items.data());
    for (size_t k = 0; k < count; ++k) out[k] = walk(keys, last, items[k]);
    first += kLanes * stride;
    out = out.subspan(count);
  }
}
#endif

}  // namespace

void narrow_batch_plain(const FeistelKeys& keys, uint64_t last, uint64_t first, uint64_t stride,
                        std::span<base::u128> out) {
  for (base::u128& item : out) {
    item = walk(keys, last, narrow_forward(&keys, first));
    first += stride;
  }
}

NarrowBatch narrow_batch_avx2() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return batch_avx2;
#endif
  return nullptr;
}

}  // namespace internal

void narrow_batch(const FeistelKeys& keys, uint64_t last, uint64_t first, uint64_t stride, std::span<base::u128> out) {
  static const internal::NarrowBatch fast = internal::narrow_batch_avx2();
  (fast != nullptr ? fast : internal::narrow_batch_plain)(keys, last, first, stride, out);
}

}  // namespace portolan::permute
