// SPDX-License-Identifier: Apache-2.0
// Junction: one far end for several near ones: what any of them sends arrives here, and what is sent from here goes to
// the one that a function names. As a network card with several queues deals frames to lanes. Nothing is lost: while
// one of the near ends has no room, nothing is taken. For tests, in virtual time. Single-threaded.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "pktio/port.h"

namespace portolan::sim {

class Junction final : public pktio::Port {
 public:
  // Which of the ends a frame goes to.
  using Steering = std::function<size_t(base::Bytes frame)>;

  // REQUIRES: at least one end, all with the same link type; steering returns numbers below ends.size().
  Junction(std::vector<std::unique_ptr<pktio::Port>> ends, Steering steering)
      : ends_(std::move(ends)), steering_(std::move(steering)) {}

  wire::LinkType link() const override { return ends_.front()->link(); }
  std::span<pktio::TxSlot> acquire(size_t want) override;
  void commit(size_t count) override;
  std::span<const pktio::RxFrame> receive(size_t want) override;
  int wait_fd() const override { return -1; }
  pktio::PortStats stats() const override;

 private:
  std::vector<std::unique_ptr<pktio::Port>> ends_;
  Steering steering_;
  std::array<uint8_t, 2 * pktio::kMinSlot> frame_{};
  pktio::TxSlot slot_;
  std::vector<pktio::RxFrame> received_;
};

}  // namespace portolan::sim
