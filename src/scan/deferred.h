// SPDX-License-Identifier: Apache-2.0
// Deferred: probes that wait for a neighbour's MAC address.
//
// A fixed pool, so waiting costs no allocation; when it is empty the sender waits too (a dead subnet slows a scan, it
// does not grow it). Each neighbour has a list of its probes; a resolved list is appended whole to the ready list.
// Not thread-safe: the lane's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "addr/target.h"
#include "base/int128.h"
#include "stack/neighbor_table.h"

namespace portolan::scan {

struct DeferredProbe {
  addr::Target target;
  stack::NeighborTable::Slot neighbor = 0;
  base::u128 position = 0;  // among the lane's
};

class Deferred {
 public:
  static constexpr uint32_t kNone = stack::NeighborTable::kNoList;

  explicit Deferred(uint32_t capacity = 1 << 16);

  bool full() const { return free_ == kNone && entries_.size() == capacity_; }
  uint32_t waiting() const { return waiting_; }  // in neighbours' lists
  uint32_t ready() const { return ready_; }      // in the ready list

  // The least position of all, waiting and ready; nullopt: there are none.
  std::optional<base::u128> oldest() const {
    return first_ == kNone ? std::nullopt : std::optional(entries_[first_].probe.position);
  }

  // REQUIRES: !full(). Appends to the neighbour's list.
  void wait(stack::NeighborTable::Neighbor& neighbor, const DeferredProbe& probe);
  // The neighbour was resolved: its probes become ready, behind those that already are.
  void resolved(stack::NeighborTable::Neighbor& neighbor);
  // The neighbour was given up: its probes are gone. Returns how many.
  uint32_t drop(stack::NeighborTable::Neighbor& neighbor);

  // REQUIRES: ready() > 0. take_ready() gives the entry's place back.
  const DeferredProbe& front() const { return entries_[ready_head_].probe; }
  void pop_ready();

 private:
  struct Entry {
    DeferredProbe probe;
    uint32_t next = kNone;
    uint32_t before = kNone, after = kNone;  // by position, of all that wait or are ready
  };

  uint32_t take_place();
  void enter(uint32_t i);
  void leave(uint32_t i);

  uint32_t capacity_;
  std::vector<Entry> entries_;  // those that were ever used; the memory of the others is not touched
  uint32_t free_ = kNone;       // of those
  uint32_t ready_head_ = kNone;
  uint32_t ready_tail_ = kNone;
  uint32_t first_ = kNone, last_ = kNone;  // by position
  uint32_t waiting_ = 0;
  uint32_t ready_ = 0;
};

}  // namespace portolan::scan
