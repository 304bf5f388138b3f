// SPDX-License-Identifier: Apache-2.0
#include "permute/permutation.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/random.h"
#include "permute/narrow_batch.h"
#include "permute/wide_step.h"

namespace portolan::permute {
namespace {

// By measurement (quality_test.cc): four rounds still show in the distances of pairs below 2^24 items, six show
// nowhere. Eight leave a margin where speed counts; smaller domains mix more slowly and are soon scanned at any cost.
uint64_t rounds_for(int item_bits) { return item_bits <= 16 ? 24 : item_bits <= 24 ? 12 : 8; }

// Round by round over a few items at once, so that their multiplications overlap.
constexpr size_t kWideLanes = 4;
constexpr size_t kNarrowBlock = 64;

std::array<base::u128, kWideLanes> wide_steps(const FeistelKeys& keys, base::u128 first, base::u128 stride) {
  std::array<uint64_t, kWideLanes> high, low;
  for (size_t k = 0; k < kWideLanes; ++k) {
    const base::u128 index = first + k * stride;
    high[k] = static_cast<uint64_t>(index >> keys.half_bits);
    low[k] = base::lo64(index) & keys.low_mask;
  }
  for (uint64_t i = 0; i < keys.rounds; i += 2) {
    for (size_t k = 0; k < kWideLanes; ++k) {
      high[k] = add_modulo(high[k], wide_scale(wide_mix(low[k], keys.key[i]), keys.high_last), keys.high_last);
    }
    for (size_t k = 0; k < kWideLanes; ++k) {
      low[k] = (low[k] + wide_mix(high[k], keys.key[i + 1])) & keys.low_mask;
    }
  }
  std::array<base::u128, kWideLanes> items;
  for (size_t k = 0; k < kWideLanes; ++k) items[k] = (base::u128{high[k]} << keys.half_bits) | low[k];
  return items;
}

base::u128 walk(const FeistelKeys& keys, base::u128 last, base::u128 item) {
  while (item > last) item = wide_forward(keys, item);
  return item;
}

}  // namespace

FeistelKeys make_keys(base::u128 n, uint64_t seed) {
  const base::u128 last = n == 0 ? 0 : n - 1;
  const int bits = base::bit_width(last);
  FeistelKeys keys{};
  keys.half_bits = static_cast<uint64_t>(bits / 2);
  keys.low_mask = base::lo64((base::u128{1} << keys.half_bits) - 1);
  keys.high_last = base::lo64(last >> keys.half_bits);
  keys.rounds = rounds_for(bits);
  uint64_t state = base::SplitMix64(seed).next();
  state = base::SplitMix64(state ^ base::lo64(n)).next();
  base::SplitMix64 draw(state ^ base::hi64(n));
  for (uint64_t i = 0; i < keys.rounds; ++i) keys.key[i] = draw.next();
  return keys;
}

Permutation::Permutation(base::u128 n, uint64_t seed)
    : size_(n), last_(n == 0 ? 0 : n - 1), keys_(make_keys(n, seed)) {}

base::u128 Permutation::at(base::u128 i) const {
  assert(i < size_);
  if (narrow()) {
    uint64_t item = narrow_forward(&keys_, base::lo64(i));
    while (item > base::lo64(last_)) item = narrow_forward(&keys_, item);
    return item;
  }
  return walk(keys_, last_, wide_forward(keys_, i));
}

base::u128 Permutation::inverse(base::u128 j) const {
  assert(j < size_);
  if (narrow()) {
    uint64_t item = narrow_backward(&keys_, base::lo64(j));
    while (item > base::lo64(last_)) item = narrow_backward(&keys_, item);
    return item;
  }
  base::u128 item = wide_backward(keys_, j);
  while (item > last_) item = wide_backward(keys_, item);
  return item;
}

void Permutation::at(uint64_t first, uint64_t stride, std::span<uint64_t> out) const {
  for (uint64_t& index : out) {
    index = first;
    first += stride;
  }
  at(out);
}

void Permutation::at(std::span<uint64_t> indexes) const { narrow_batch(keys_, base::lo64(last_), indexes); }

void Permutation::at(base::u128 first, base::u128 stride, std::span<base::u128> out) const {
  if (narrow()) {
    std::array<uint64_t, kNarrowBlock> items;
    while (!out.empty()) {
      const size_t count = std::min(out.size(), kNarrowBlock);
      at(base::lo64(first), base::lo64(stride), std::span(items).first(count));
      std::copy_n(items.begin(), count, out.begin());
      first += count * stride;
      out = out.subspan(count);
    }
    return;
  }
  while (!out.empty()) {
    const size_t count = std::min(out.size(), kWideLanes);
    const auto items = wide_steps(keys_, first, stride);
    for (size_t k = 0; k < count; ++k) out[k] = walk(keys_, last_, items[k]);
    first += kWideLanes * stride;
    out = out.subspan(count);
  }
}

}  // namespace portolan::permute
