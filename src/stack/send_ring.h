// SPDX-License-Identifier: Apache-2.0
// SendRing: the bytes of a connection that are sent or to be sent and not acknowledged yet, in one borrowed block.
//
// Holds a block only while it holds bytes. Offsets count from the first unacknowledged byte. Single-threaded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/buffer_pool.h"

namespace portolan::stack {

class SendRing {
 public:
  static constexpr uint32_t kCapacity = base::BufferPool::kBlock;
  static_assert((kCapacity & (kCapacity - 1)) == 0);

  uint32_t size() const { return size_; }
  bool has_block() const { return bool(block_); }
  void lend(base::BufferPool::Block block) { block_ = std::move(block); }

  // As many as there is room for. REQUIRES: has_block().
  size_t append(base::Bytes bytes) {
    const size_t n = std::min<size_t>(bytes.size(), kCapacity - size_);
    if (n == 0) return 0;
    const uint32_t at = (head_ + size_) & kMask;
    const size_t before_wrap = std::min<size_t>(n, kCapacity - at);
    std::memcpy(block_.whole().data() + at, bytes.data(), before_wrap);
    std::memcpy(block_.whole().data(), bytes.data() + before_wrap, n - before_wrap);
    size_ += static_cast<uint32_t>(n);
    return n;
  }

  // n bytes from `offset` on in one piece: in place, or in `scratch` where they run over the end of the block.
  // REQUIRES: offset + n <= size(), n <= scratch.size().
  base::Bytes piece(uint32_t offset, uint32_t n, base::MutableBytes scratch) {
    if (n == 0) return {};
    const uint32_t at = (head_ + offset) & kMask;
    const uint32_t before_wrap = std::min(n, kCapacity - at);
    const base::MutableBytes all = block_.whole();
    if (before_wrap == n) return all.subspan(at, n);
    std::memcpy(scratch.data(), all.data() + at, before_wrap);
    std::memcpy(scratch.data() + before_wrap, all.data(), n - before_wrap);
    return scratch.first(n);
  }

  // The first n are acknowledged. REQUIRES: n <= size().
  void consume(uint32_t n) {
    head_ = (head_ + n) & kMask;
    size_ -= n;
    if (size_ == 0) clear();
  }
  void clear() {
    block_.release();
    head_ = size_ = 0;
  }

 private:
  static constexpr uint32_t kMask = kCapacity - 1;

  base::BufferPool::Block block_{};
  uint32_t head_ = 0;
  uint32_t size_ = 0;
};

}  // namespace portolan::stack
