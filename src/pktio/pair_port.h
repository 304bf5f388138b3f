// SPDX-License-Identifier: Apache-2.0
// PairPort: one of two ends joined in memory: what one commits, the other receives, in order and without loss.
//
// For tests and simulated networks, not for production traffic. Frames are written into the other end's queue
// directly. A queue is bounded: while it is full, acquire() lends nothing; a full queue is never a lost frame (put a
// FaultPort around an end for that). When one end is gone, the other may go on sending until its queue is full.
//
// Lifetime: the ends share their queues, either may die first. Threads: each end has its own thread, or both one.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "pktio/port_counters.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

struct PairOptions {
  size_t capacity = 1024;  // frames under way in each direction; rounded up to a power of two
  const base::Clock* clock =
      nullptr;  // tells RxFrame::wall, read at commit(); must outlive the pair. nullptr: the machine's
  wire::LinkType link = wire::LinkType::kEthernet;
};

class FrameQueue;

class PairPort final : public Port {
 public:
  PairPort(const PairOptions& options, std::shared_ptr<FrameQueue> out, std::shared_ptr<FrameQueue> in);
  ~PairPort() override;

  wire::LinkType link() const override { return link_; }
  std::span<TxSlot> acquire(size_t want) override;
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;
  int wait_fd() const override { return -1; }
  PortStats stats() const override { return counters_.stats(); }

 private:
  wire::LinkType link_;
  const base::Clock* clock_;
  std::shared_ptr<FrameQueue> out_;
  std::shared_ptr<FrameQueue> in_;
  std::vector<TxSlot> lent_;
  std::vector<RxFrame> received_;
  PortCounters counters_;
};

// Two ends. Each is the other's far side.
std::pair<std::unique_ptr<PairPort>, std::unique_ptr<PairPort>> make_port_pair(const PairOptions& options = {});

}  // namespace portolan::pktio
