// SPDX-License-Identifier: Apache-2.0
// Many narrow steps at once, for permute::Permutation and for nobody else.
//
// narrow_batch() fills out[k] with the item of index first + k * stride, walking each until it is at most `last`.
// It takes AVX2 where the processor has it (found at run time) and the plain loop elsewhere: same results, as a test
// shows. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/int128.h"
#include "permute/step.h"

namespace portolan::permute {

// REQUIRES: first + k * stride <= last for every k < out.size(), with keys made for last + 1 items.
void narrow_batch(const FeistelKeys& keys, uint64_t last, uint64_t first, uint64_t stride, std::span<base::u128> out);

namespace internal {
void narrow_batch_plain(const FeistelKeys& keys, uint64_t last, uint64_t first, uint64_t stride,
                        std::span<base::u128> out);
// Null where the processor, or the compiler's target, has no AVX2.
using NarrowBatch = decltype(&narrow_batch_plain);
NarrowBatch narrow_batch_avx2();
}  // namespace internal

}  // namespace portolan::permute
