// SPDX-License-Identifier: Apache-2.0
// World: a whole scan in one process and in virtual time: a lane, its network, and the clock between them.
//
// run() turns both until the lane ends, and moves the clock to the next event whenever neither has anything to do, so
// an hour's scan takes as long as its packets. Collects the observations. For tests and benchmarks. Single-threaded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/vantage.h"
#include "pktio/pair_port.h"
#include "pktio/port.h"
#include "result/observation.h"
#include "scan/lane.h"
#include "scan/plan.h"
#include "sim/fake_bulk.h"
#include "sim/network.h"

namespace portolan::sim {

// One Ethernet interface (index 1, "sim0", 10.0.0.1 and fd00::1), with 10.0.0.0/16 and fd00::/64 on the link and
// everything else behind the routers 10.0.0.254 and fd00::fe.
host::Vantage simple_vantage();

class World {
 public:
  // REQUIRES: plan outlives the world. Fails (see error()) when the plan's egress cannot be made.
  // With `bulk` the lane sends and receives over a FakeBulk.
  World(const scan::Plan& plan, const host::Vantage& vantage, NetworkOptions options, bool bulk = false);

  const std::string& error() const { return error_; }

  // Turns until the lane ends or virtual time reaches the limit (a test that would never end fails instead).
  scan::Lane::End run(base::Nanos limit = 24 * 3600 * base::kSecond);
  // Turns until virtual time reaches `until` or the lane ends; true while it goes on.
  bool run_until(base::Nanos until);

  scan::Lane& lane() { return *lane_; }
  Network& network() { return *network_; }
  const FakeBulk* bulk() const { return bulk_; }
  const base::VirtualClock& clock() const { return clock_; }
  const std::vector<result::Observation>& observations() const { return observations_; }
  uint64_t count(scan::Count c) const { return lane_->counters().scan[c]; }

 private:
  void collect();

  base::VirtualClock clock_;
  std::string error_;
  std::unique_ptr<pktio::Port> near_;
  std::unique_ptr<pktio::Port> far_;
  FakeBulk* bulk_ = nullptr;  // it is near_
  std::vector<pktio::Port*> ports_;
  scan::Receiver::Ring ring_{1 << 16};
  std::unique_ptr<scan::Lane> lane_;
  std::unique_ptr<Network> network_;
  std::vector<result::Observation> observations_;
};

}  // namespace portolan::sim
