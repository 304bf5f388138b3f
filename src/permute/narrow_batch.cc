// SPDX-License-Identifier: Apache-2.0
#include "permute/narrow_batch.h"

namespace portolan::permute {
namespace internal {
namespace {

NarrowBatch widest() {
  if (const NarrowBatch eight = narrow_batch_avx512()) return eight;
  if (const NarrowBatch four = narrow_batch_avx2()) return four;
  return narrow_batch_plain;
}

}  // namespace

void narrow_batch_plain(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items) {
  for (uint64_t& item : items) item = narrow_walk(keys, last, narrow_forward(&keys, item));
}

}  // namespace internal

void narrow_batch(const FeistelKeys& keys, uint64_t last, std::span<uint64_t> items) {
  static const internal::NarrowBatch batch = internal::widest();
  batch(keys, last, items);
}

}  // namespace portolan::permute
