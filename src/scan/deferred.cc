// SPDX-License-Identifier: Apache-2.0
#include "scan/deferred.h"

namespace portolan::scan {

Deferred::Deferred(uint32_t capacity) : capacity_(capacity) { entries_.reserve(capacity); }

uint32_t Deferred::take_place() {
  const uint32_t i = free_;
  if (i == kNone) {
    entries_.emplace_back();  // there is room: reserved
    return static_cast<uint32_t>(entries_.size() - 1);
  }
  free_ = entries_[i].next;
  return i;
}

void Deferred::wait(stack::NeighborTable::Neighbor& neighbor, const DeferredProbe& probe) {
  const uint32_t i = take_place();
  entries_[i] = {probe};
  enter(i);
  if (neighbor.list_head == kNone) {
    neighbor.list_head = i;
  } else {
    entries_[neighbor.list_tail].next = i;
  }
  neighbor.list_tail = i;
  ++waiting_;
}

// Positions come in ascending order, but for what several slices of a bulk sender leave over: nearly so.
void Deferred::enter(uint32_t i) {
  uint32_t before = last_;
  while (before != kNone && entries_[before].probe.position > entries_[i].probe.position)
    before = entries_[before].before;
  const uint32_t after = before == kNone ? first_ : entries_[before].after;
  entries_[i].before = before;
  entries_[i].after = after;
  (before == kNone ? first_ : entries_[before].after) = i;
  (after == kNone ? last_ : entries_[after].before) = i;
}

void Deferred::leave(uint32_t i) {
  const Entry& e = entries_[i];
  (e.before == kNone ? first_ : entries_[e.before].after) = e.after;
  (e.after == kNone ? last_ : entries_[e.after].before) = e.before;
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
    leave(i);
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
  leave(i);
  if (ready_head_ == kNone) ready_tail_ = kNone;
  entries_[i].next = free_;
  free_ = i;
  --ready_;
}

}  // namespace portolan::scan
