// SPDX-License-Identifier: Apache-2.0
// LaneGroup: the lanes of one scan, of which there may be one. It is made from a plan, runs, and counts as a whole.
//
// Every lane is a thread with memory, ports, counters and a ring to the writer of its own; plan and targets are shared
// and constant. The packet path writes nothing that another lane reads, but for what came to the wrong lane (mesh.h).
//   threads:       move_in(), then start(), running() now and then, join()
//   virtual time:  move_in_here(), then step() until it is false (see sim)
// The group ends when all lanes are through, at once when one fails. Ports outlive it, and another may be made on them.
//
// A long scan is steered (set_rate(), pause(), exclude()) and written down (covered()) while it runs; a later one goes
// on where it was by Plan::resume and remember().
//
// Threads: one controls; request_stop() and what is asked after move_in() may be called by any.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <tl/expected.hpp>
#include <vector>

#include "scan/coverage.h"
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

  // Target indexes (of Plan::targets) that answered in an earlier run: not asked again, and never reported again.
  // Before move_in(), at most once. REQUIRES: Plan::resume.answers, all below targets.size().
  void remember(std::vector<base::u128> answered) { remembered_ = std::move(answered); }

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

  // Any thread, from now on; each is obeyed within a lane's turn, a tenth of a second at most.
  void set_rate(pace::Rate rate) { crew_.steering().set_rate(rate); }  // also ends listen_only()
  void listen_only() { crew_.steering().set_rate(std::nullopt); }      // as Plan::listen_only
  void pause(bool paused) { crew_.steering().pause(paused); }
  // Targets in these ranges are not sent to any more, once exclusions_in_force() is true; neither probes nor resets.
  // The error says why this scan cannot (a bulk sender has its targets for good).
  tl::expected<void, std::string> exclude(std::span<const AddressRange> ranges);
  // What was ordered until now, exclusions and all else, is obeyed by every lane.
  bool exclusions_in_force() const { return crew_.steering().in_force(); }

  // Up to where everything was sent, skipped or given up at least `lag` before `now`, in all lanes; what waits for a
  // neighbour is not covered. Pass retries + 1: everything. Any thread, cheap. REQUIRES: start() or step().
  Covered covered(base::Nanos lag, base::Nanos now) const;

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
  std::vector<base::u128> remembered_;
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
