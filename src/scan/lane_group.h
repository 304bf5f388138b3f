// SPDX-License-Identifier: Apache-2.0
// LaneGroup: the lanes of one scan, of which there may be one. It is made from a plan, runs, and counts as a whole.
//
// Every lane is a thread with memory, ports, counters and a ring to the writer of its own; plan and targets are shared
// and constant. The packet path writes nothing that another lane reads, but for what came to the wrong lane (mesh.h).
//   threads:       move_in(), then start(), running() now and then, join()
//   virtual time:  move_in_here(), then step() until it is false (see sim)
// The group ends when all lanes are through, at once when one fails.
//
// Threads: one controls; request_stop() and what is asked after move_in() may be called by any.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "scan/crew.h"
#include "scan/lane.h"

namespace portolan::scan {

class LaneGroup {
 public:
  using End = Lane::End;
  static constexpr size_t kRingRoom = size_t{1} << 16;  // results to the writer, of each lane

  // Of each lane one port per egress.links(), in order.
  using LanePorts = std::vector<std::vector<pktio::Port*>>;

  // REQUIRES: plan, ports, clock and what bulk names outlive the group; as many lanes as there are in `ports`, at least
  // one, and the plan is not unfit for so many (lane_share.h); with a bulk, which takes a whole plan, one.
  LaneGroup(const Plan& plan, Egress egress, LanePorts ports, const base::Clock& clock, Bulk bulk = {},
            size_t ring_room = kRingRoom);
  ~LaneGroup();  // REQUIRES: not between start() and join()

  // Makes the threads and, in each, its lane's memory; before that the thread calls moving_in(lane), to be put on a
  // CPU. Nothing is sent. From now on rings() are there.
  void move_in(const std::function<void(uint32_t lane)>& moving_in);
  // REQUIRES: move_in().
  void start();
  bool running() const { return alive_.load(std::memory_order_acquire) != 0; }
  End join();

  // All on the caller's thread.
  void move_in_here();
  bool step(base::Nanos& wake);  // a turn of each lane, as Lane::step()

  // The first asks to stop sending and to listen for the plan's wait; the second, to end now. Any thread, and signal
  // handlers: one atomic store.
  void request_stop() { crew_.request_stop(); }

  uint32_t size() const { return static_cast<uint32_t>(ports_.size()); }
  std::vector<Receiver::Ring*> rings() const;
  const Egress& egress() const { return egress_; }  // as it was given: routers are found by the lanes

  // As of Lane, of all lanes together; what is said of one lane is said of each. REQUIRES: start() or step().
  End end() const;
  const std::string& error() const;
  CounterTotals counters() const;
  Progress progress() const;
  bool sending_done() const;
  base::Nanos sending_time() const;  // of the longest
  bool covered_everything() const;
  uint64_t writer_waits() const;
  size_t answered_memory_bytes() const;
  pktio::PortStats port_stats() const;
  const Lane& lane(uint32_t number) const { return *lanes_[number]; }

 private:
  void make_room(uint32_t lane);
  void make_lane(uint32_t lane);
  void live(uint32_t lane, const std::function<void(uint32_t lane)>& moving_in);
  void settle_rest();
  template <class F>
  bool all(F&& f) const;

  const Plan& plan_;
  Egress egress_;
  LanePorts ports_;
  const base::Clock& clock_;
  Bulk bulk_;
  size_t ring_room_;
  Crew crew_;
  std::vector<std::unique_ptr<Receiver::Ring>> rings_;
  std::vector<std::unique_ptr<Lane>> lanes_;

  std::latch moved_in_;  // every thread has its memory
  std::latch go_{1};
  std::latch made_;  // every thread has its lane
  std::atomic<uint32_t> alive_{0};
  std::vector<std::thread> threads_;
  std::vector<bool> going_on_;  // in virtual time
};

}  // namespace portolan::scan
