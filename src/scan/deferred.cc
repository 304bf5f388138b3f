// SPDX-License-Identifier: Apache-2.0
#include "scan/deferred.h"

namespace portolan::scan {

Deferred::Deferred(uint32_t capacity) : entries_(capacity) {
  for (uint32_t i = 0; i + 1 < capacity; ++i) entries_[i].next = i + 1;
}

void Deferred::wait(stack::NeighborTable::Neighbor& neighbor, const DeferredProbe& probe) {
  const uint32_t i = free_;
  free_ = entries_[i].next;
  entries_[i] = {probe, kNone};
  if (neighbor.list_head == kNone) {
    neighbor.list_head = i;
  } else {
    entries_[neighbor.list_tail].next = i;
  }
  neighbor.list_tail = i;
  ++waiting_;
}

void Deferred::resolved(stack::NeighborTable::Neighbor& neighbor) {
  if (neighbor.list_head == kNone) return;
  for (uint32_t i = neighbor.list_head; i != kNone; i = entries_[i].next) {
    --waiting_;
    ++ready_;
  }
  if (ready_head_ == kNone) {
    ready_head_ = neighbor.list_head;
  } else {
    entries_[ready_tail_].next = neighbor.list_head;
  }
  ready_tail_ = neighbor.list_tail;
  neighbor.list_head = neighbor.list_tail = kNone;
}

uint32_t Deferred::drop(stack::NeighborTable::Neighbor& neighbor) {
  uint32_t dropped = 0;
  for (uint32_t i = neighbor.list_head; i != kNone; ++dropped) {
    const uint32_t next = entries_[i].next;
    entries_[i].next = free_;
    free_ = i;
    i = next;
  }
  neighbor.list_head = neighbor.list_tail = kNone;
  waiting_ -= dropped;
  return dropped;
}

void Deferred::pop_ready() {
  const uint32_t i = ready_head_;
  ready_head_ = entries_[i].next;
  if (ready_head_ == kNone) ready_tail_ = kNone;
  entries_[i].next = free_;
  free_ = i;
  --ready_;
}

}  // namespace portolan::scan
