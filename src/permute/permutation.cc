// SPDX-License-Identifier: Apache-2.0
#include "permute/permutation.h"

#include <cassert>

#include "base/random.h"
#include "permute/narrow_batch.h"
#include "permute/wide_step.h"

namespace portolan::permute {
namespace {

// By measurement (quality_test.cc): four rounds still show in the distances of pairs below 2^24 items, six show
// nowhere. Eight leave a margin where speed counts; smaller domains mix more slowly and are soon scanned at any cost.
uint64_t rounds_for(int item_bits) { return item_bits <= 16 ? 24 : item_bits <= 24 ? 12 : 8; }

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
  base::u128 item = wide_forward(keys_, i);
  while (item > last_) item = wide_forward(keys_, item);
  return item;
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

void Permutation::at(base::u128 first, base::u128 stride, std::span<base::u128> out) const {
  if (narrow()) {
    narrow_batch(keys_, base::lo64(last_), base::lo64(first), base::lo64(stride), out);
    return;
  }
  for (base::u128& item : out) {
    item = at(first);
    first += stride;
  }
}

}  // namespace portolan::permute
