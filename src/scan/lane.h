// SPDX-License-Identifier: Apache-2.0
// Lane: one thread's part of a scan: its share of a plan, its ways out, and the loop that sends and receives in turn.
//
// One thread does both halves, so they share their state without a lock: what has arrived is taken in, what the stack
// owes is answered, then probes are sent as the pace allows, and the loop sleeps until the next of these is due. Lanes
// are made and run by a LaneGroup, which is what others use, also for one lane: that a scan has several shows nowhere
// but in the Crew.
// Threads: made and turned in one; progress(), sending_done(), counters and port statistics may be read by any.
#pragma once

#include <atomic>
#include <string>

#include "base/clock.h"
#include "scan/crew.h"
#include "scan/receiver.h"
#include "scan/sender.h"
#include "scan/state.h"

namespace portolan::scan {

class Lane {
 public:
  enum class End : uint8_t {
    kComplete,  // every position of every pass, and the wait after it
    kStopped,   // a request to stop came first
    kFailed,    // see error(); when that is empty, another lane failed
  };

  // REQUIRES: plan, ports, clock, crew, out and what bulk names outlive the lane; ports are one per egress.links(), in
  // order.
  Lane(const Plan& plan, const LaneShare& share, Egress egress, std::span<pktio::Port* const> ports,
       const base::Clock& clock, Crew& crew, Receiver::Ring& out, Bulk bulk = {},
       std::span<const base::u128> remembered = {});

  // One turn. True while the scan goes on; `wake` is then when the next turn is due, at the latest.
  bool step(base::Nanos& wake);

  // Turns until the end, sleeping in poll(2) between them.
  End run();

  // What the others handed over after the last turn. True when there was anything. REQUIRES: the lane has ended.
  bool settle_rest() { return receiver_.take_handed(); }

  End end() const { return end_; }
  const std::string& error() const { return sender_.error(); }
  const Counters& counters() const { return state_.counters; }
  Progress progress() const { return sender_.progress(); }
  Covered covered(base::Nanos lag, base::Nanos now) const { return sender_.coverage().at_least(lag, now); }
  bool sending_done() const { return listening_.load(std::memory_order_relaxed); }
  // From the first turn to the last probe. REQUIRES: the lane has ended.
  base::Nanos sending_time() const { return sending_time_; }
  bool covered_everything() const { return sender_.complete(); }
  // Times that a result had to wait for the writer; nothing is lost by it. REQUIRES: the lane has ended.
  uint64_t writer_waits() const { return receiver_.ring_full_waits(); }
  size_t answered_memory_bytes() const { return state_.answered.memory_bytes(); }
  // Of all ports together.
  pktio::PortStats port_stats() const;

 private:
  void remember(std::span<const base::u128> answered);
  void steer(base::Nanos now);
  void sleep_until(base::Nanos wake);
  void note_progress(base::Nanos now);
  base::Nanos listen_until(base::Nanos now) const;
  bool finish(End end, bool waited);

  const base::Clock& clock_;
  Crew& crew_;
  LaneState state_;
  Sender sender_;
  Receiver receiver_;
  std::atomic<bool> listening_{false};
  uint64_t steered_ = 0;   // the number of the orders that are obeyed
  bool answered_ = false;  // the crew knows that all our targets have
  base::Nanos begin_;
  base::Nanos sending_time_ = 0;
  End end_ = End::kComplete;
};

}  // namespace portolan::scan
