// SPDX-License-Identifier: Apache-2.0
// TxSlots: the memory behind acquire(): a fixed number of slots, made once and lent again and again.
//
// For makers of ports that hand frames on in commit() and are done with them then. The slots stand 25 cache lines
// apart: an odd number, so that the first bytes of the frames of a burst spread over all sets of the cache, where a
// power of two would put them all in two sets. Owned by its port; the lane's thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "pktio/port.h"

namespace portolan::pktio {

inline constexpr size_t kCacheLine = 64;
inline constexpr uint16_t kSlotStride = 25 * kCacheLine;  // bytes; also the capacity of a slot
static_assert(kSlotStride >= kMinSlot && (kSlotStride / kCacheLine) % 2 == 1);

inline constexpr size_t kDefaultBurst = 256;  // frames a commit

class TxSlots {
 public:
  // REQUIRES: count > 0.
  explicit TxSlots(size_t count = kDefaultBurst) : memory_(count), slots_(count) {
    for (size_t i = 0; i < count; ++i) slots_[i] = {.data = memory_[i].bytes, .capacity = kSlotStride, .length = 0};
  }

  std::span<TxSlot> lend(size_t want) { return {slots_.data(), std::min(want, slots_.size())}; }
  TxSlot& operator[](size_t i) { return slots_[i]; }
  size_t size() const { return slots_.size(); }

 private:
  struct alignas(kCacheLine) Frame {
    uint8_t bytes[kSlotStride];
  };

  std::vector<Frame> memory_;
  std::vector<TxSlot> slots_;
};

}  // namespace portolan::pktio
