// SPDX-License-Identifier: Apache-2.0
#include "stack/neighbor_table.h"

#include <algorithm>

namespace portolan::stack {

void NeighborTable::schedule(int queue, Slot s, base::Nanos when) {
  queues_[queue].push_back({when, s, generations_[s]});
}

NeighborTable::Slot NeighborTable::find(uint16_t link, const addr::IpAddress& address, base::Nanos now) {
  const auto [it, is_new] = index_.try_emplace(Key{link, address}, static_cast<Slot>(neighbors_.size()));
  const Slot s = it->second;
  if (is_new) {
    Neighbor& n = neighbors_.emplace_back();
    n.address = address;
    n.link = link;
    n.changed = now;
    generations_.push_back(generation_);
    schedule(0, s, now);
  } else if (neighbors_[s].state == State::kFailed && generations_[s] != generation_) {
    neighbors_[s].state = State::kWaiting;
    neighbors_[s].attempts = 0;
    neighbors_[s].changed = now;
    generations_[s] = generation_;
    schedule(0, s, now);
  }
  return s;
}

const NeighborTable::Neighbor* NeighborTable::known(uint16_t link, const addr::IpAddress& address) const {
  const auto it = index_.find(Key{link, address});
  return it == index_.end() ? nullptr : &neighbors_[it->second];
}

bool NeighborTable::still_waiting(const Due& d) const {
  return neighbors_[d.slot].state == State::kWaiting && generations_[d.slot] == d.generation;
}

void NeighborTable::drop_settled() {
  for (auto& q : queues_) {
    while (!q.empty() && !still_waiting(q.front())) q.pop_front();
  }
}

std::optional<NeighborTable::Slot> NeighborTable::take_request(base::Nanos now) {
  drop_settled();
  for (int a = 0; a < kAttempts; ++a) {
    auto& q = queues_[a];
    if (q.empty() || q.front().when > now) continue;
    const Slot s = q.front().slot;
    q.pop_front();
    ++neighbors_[s].attempts;
    schedule(a + 1, s, now + kPause[a]);
    return s;
  }
  return std::nullopt;
}

std::optional<NeighborTable::Slot> NeighborTable::take_failure(base::Nanos now) {
  drop_settled();
  auto& q = queues_[kAttempts];
  if (q.empty() || q.front().when > now) return std::nullopt;
  const Slot s = q.front().slot;
  q.pop_front();
  neighbors_[s].state = State::kFailed;
  neighbors_[s].changed = now;
  return s;
}

// Settled entries may still stand in front of a queue; they only make these earlier than need be, never later.
std::optional<base::Nanos> NeighborTable::next_request() const {
  std::optional<base::Nanos> next;
  for (int a = 0; a < kAttempts; ++a) {
    const auto& q = queues_[a];
    if (!q.empty()) next = next ? std::min(*next, q.front().when) : q.front().when;
  }
  return next;
}

std::optional<base::Nanos> NeighborTable::next_failure() const {
  const auto& q = queues_[kAttempts];
  return q.empty() ? std::nullopt : std::optional(q.front().when);
}

std::optional<NeighborTable::Slot> NeighborTable::learn(uint16_t link, const addr::IpAddress& address,
                                                        const addr::MacAddress& mac, base::Nanos now) {
  const auto it = index_.find(Key{link, address});
  if (it == index_.end()) return std::nullopt;
  Neighbor& n = neighbors_[it->second];
  if (n.state == State::kReachable) return std::nullopt;  // the first answer stands: a later one may be an impostor's
  n.mac = mac;
  n.state = State::kReachable;
  n.changed = now;
  return it->second;
}

}  // namespace portolan::stack
