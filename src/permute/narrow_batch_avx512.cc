// SPDX-License-Identifier: Apache-2.0
// narrow_batch() with AVX-512: the form of narrow_batch_avx2.cc with eight words a vector, and a minimum of unsigned
// words to take the modulus by.
#include "base/lanes.h"
#include "permute/narrow_batch.h"

namespace portolan::permute::internal {

#if defined(__x86_64__)
namespace {

using base::kLanes8;
using base::Lanes8;
using base::multiply;
using base::splat8;

constexpr size_t kVectors = 4;

// narrow_mix() without its last mask: the upper half of each word is left dirty.
PORTOLAN_AVX512 inline Lanes8 mix(Lanes8 half, uint64_t key) {
  Lanes8 v = multiply(half + splat8(key), splat8(0x9e3779b1));
  v = multiply(v ^ (v >> 32) ^ splat8(key >> 32), splat8(0x846ca68b));
  return v ^ (v >> 32);
}

// (high + scale(mix(low))) mod (high_last + 1). The sum is below twice the modulus; less it, it is the smaller of the
// two, unless it went below zero, which makes it the greater.
PORTOLAN_AVX512 inline Lanes8 move_high(Lanes8 high, Lanes8 low, uint64_t key, Lanes8 last) {
  const Lanes8 hash = mix(low, key) & splat8(0xffffffff);
  const Lanes8 sum = high + ((multiply(hash, last) + hash) >> 32);
  return base::smaller(sum, sum - (last + splat8(1)));
}

// One step of kVectors vectors; true when an item is above `last`.
PORTOLAN_AVX512 bool step(const FeistelKeys& keys, uint64_t last, uint64_t* items) {
  const Lanes8 high_last = splat8(keys.high_last);
  const Lanes8 mask = splat8(keys.low_mask);
  const Lanes8 shift = splat8(keys.half_bits);
  Lanes8 high[kVectors], low[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    const Lanes8 item = base::load8(items + v * kLanes8);
    high[v] = item >> shift;
    low[v] = item & mask;
  }
  for (uint64_t r = 0; r < keys.rounds; r += 2) {
    for (size_t v = 0; v < kVectors; ++v) high[v] = move_high(high[v], low[v], keys.key[r], high_last);
    for (size_t v = 0; v < kVectors; ++v) low[v] = (low[v] + mix(high[v], keys.key[r + 1])) & mask;
  }
  unsigned above = 0;
  for (size_t v = 0; v < kVectors; ++v) {
    const Lanes8 item = high[v] << shift | low[v];
    base::store8(items + v * kLanes8, item);
    above |= base::is_above(item, splat8(last));
  }
  return above != 0;
}

void batch(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items) {
  in_blocks<kLanes8 * kVectors>(keys, last, items, [&](uint64_t* words) { return step(keys, last, words); });
}

}  // namespace

NarrowBatch narrow_batch_avx512() { return base::has_avx512() ? batch : nullptr; }
#else
NarrowBatch narrow_batch_avx512() { return nullptr; }
#endif

}  // namespace portolan::permute::internal
