// SPDX-License-Identifier: Apache-2.0
// Reassembly: bytes that arrived behind a gap, in one borrowed block and at most kRanges pieces.
//
// A byte lies in the block at its sequence number modulo the block's size, so nothing moves when the gap closes. Bytes
// that overlap what is here already do not replace it: who comes later cannot change what was said.
// Borrows a block when the first bytes come and gives it back with the last. Single-threaded.
#pragma once

#include <array>
#include <cstdint>

#include "base/buffer_pool.h"
#include "base/seqnum.h"

namespace portolan::stack {

class Reassembly {
 public:
  static constexpr uint32_t kCapacity = base::BufferPool::kBlock;
  static constexpr size_t kRanges = 4;

  bool empty() const { return count_ == 0; }
  bool has_block() const { return bool(block_); }

  // Keeps bytes that begin at `at`, where `next` is the next one in order. False when not all could be kept: too far
  // ahead, too many pieces, no block. REQUIRES: `at` is after `next` by less than 2^31.
  bool keep(base::BufferPool& pool, base::SeqNum next, base::SeqNum at, base::Bytes bytes);

  // The number behind the bytes that follow `next` without a gap; `next` itself when there is a gap.
  base::SeqNum reach(base::SeqNum next) const;
  // What can be read in one piece of [from, until). REQUIRES: all of it is here, and it is not empty.
  base::Bytes piece(base::SeqNum from, base::SeqNum until);
  // All before `next` has been read, or came another way.
  void forget_before(base::SeqNum next);
  void clear();

 private:
  static constexpr uint32_t kMask = kCapacity - 1;
  static_assert((kCapacity & kMask) == 0);
  struct Range {
    base::SeqNum begin;
    base::SeqNum end;
  };

  void copy(base::SeqNum at, base::Bytes bytes);
  void copy_new(base::SeqNum at, base::Bytes bytes);

  base::BufferPool::Block block_{};
  std::array<Range, kRanges> ranges_{};  // the first count_, in order, not touching
  uint32_t count_ = 0;
};

}  // namespace portolan::stack
