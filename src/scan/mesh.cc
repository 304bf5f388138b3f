// SPDX-License-Identifier: Apache-2.0
#include "scan/mesh.h"

#include <sys/eventfd.h>

#include <algorithm>

namespace portolan::scan {

Mesh::Mesh(uint32_t lanes) : lanes_(lanes), seats_(std::make_unique<Seat[]>(lanes)) {}

void Mesh::open(uint32_t lane) {
  if (lanes_ == 1) return;
  Seat& seat = seats_[lane];
  seat.bell = base::UniqueFd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  seat.from.resize(lanes_);
  for (uint32_t from = 0; from < lanes_; ++from) {
    if (from != lane) seat.from[from] = std::make_unique<Ring>(std::max(kRoom / lanes_, kLeastRoom));
  }
}

bool Mesh::hand(uint32_t from, uint32_t to, const Handover& what) {
  const bool room = ring(from, to).push(what);
  wake(seats_[to]);
  return room;
}

bool Mesh::waiting(uint32_t lane) const {
  const auto& from = seats_[lane].from;
  return std::any_of(from.begin(), from.end(), [](const auto& ring) { return ring && ring->size() != 0; });
}

// Both sides exchange, so one comes after the other: either it is seen that the lane sleeps, or the lane sees what was
// handed over.
bool Mesh::lie_down(uint32_t lane) {
  seats_[lane].asleep.exchange(true, std::memory_order_acq_rel);
  return !waiting(lane);
}

void Mesh::wake(Seat& seat) {
  if (seat.asleep.exchange(false, std::memory_order_acq_rel) && seat.bell) eventfd_write(seat.bell.get(), 1);
}

void Mesh::get_up(uint32_t lane) {
  Seat& seat = seats_[lane];
  seat.asleep.exchange(false, std::memory_order_acq_rel);
  eventfd_t count = 0;
  if (seat.bell) eventfd_read(seat.bell.get(), &count);
}

void Mesh::wake_all() {
  for (uint32_t lane = 0; lane < lanes_; ++lane) wake(seats_[lane]);
}

}  // namespace portolan::scan
