// SPDX-License-Identifier: Apache-2.0
// Many narrow steps at once, for permute::Permutation and for nobody else.
//
// narrow_batch() replaces each index by its item, in place, walking until it is at most `last`. It takes the widest
// form that the processor has (found at run time): eight lanes with AVX-512, four with AVX2, else one after another.
// All give the same results, as a test shows. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "permute/step.h"

namespace portolan::permute {

// REQUIRES: each word of `items` is at most `last`; keys made for last + 1 items.
void narrow_batch(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items);

namespace internal {

using NarrowBatch = void (*)(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items);
void narrow_batch_plain(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items);
// Null where the processor, or the compiler's target, cannot.
NarrowBatch narrow_batch_avx2();
NarrowBatch narrow_batch_avx512();

// `item` after one step, walked on until it is at most `last`.
constexpr uint64_t narrow_walk(const FeistelKeys& keys, uint64_t last, uint64_t item) {
  while (item > last) item = narrow_forward(&keys, item);
  return item;
}

// Takes each kBlock words of `items` one step by step(words), the last ones in a copy that is filled up with zeros, and
// then walks on, if step() said that a word is above `last`.
template <size_t kBlock, class Step>
[[gnu::always_inline]] inline void in_blocks(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items,
                                             Step&& step) {
  const auto whole = [&](std::span<uint64_t, kBlock> block) {
    if (!step(block.data())) return;
    for (uint64_t& item : block) item = narrow_walk(keys, last, item);
  };
  for (; items.size() >= kBlock; items = items.subspan(kBlock)) whole(items.template first<kBlock>());
  if (items.empty()) return;
  std::array<uint64_t, kBlock> rest{};
  std::copy(items.begin(), items.end(), rest.begin());
  whole(rest);
  std::copy_n(rest.begin(), items.size(), items.begin());
}

}  // namespace internal
}  // namespace portolan::permute
