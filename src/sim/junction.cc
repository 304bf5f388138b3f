// SPDX-License-Identifier: Apache-2.0
#include "sim/junction.h"

#include <algorithm>
#include <cstring>

namespace portolan::sim {

std::span<pktio::TxSlot> Junction::acquire(size_t want) {
  const bool room = std::all_of(ends_.begin(), ends_.end(), [](auto& end) { return !end->acquire(1).empty(); });
  if (!room || want == 0) return {};
  slot_ = {frame_.data(), static_cast<uint16_t>(frame_.size()), 0};
  return {&slot_, 1};
}

void Junction::commit(size_t count) {
  if (count == 0) return;
  pktio::Port& end = *ends_[steering_({slot_.data, slot_.length})];
  const auto slots = end.acquire(1);
  std::memcpy(slots[0].data, slot_.data, slot_.length);
  slots[0].length = slot_.length;
  end.commit(1);
}

std::span<const pktio::RxFrame> Junction::receive(size_t want) {
  received_.clear();
  for (auto& end : ends_) {
    const auto frames = end->receive(want);
    received_.insert(received_.end(), frames.begin(), frames.end());
  }
  return received_;
}

pktio::PortStats Junction::stats() const {
  pktio::PortStats sum;
  for (const auto& end : ends_) sum += end->stats();
  return sum;
}

}  // namespace portolan::sim
