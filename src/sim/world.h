// SPDX-License-Identifier: Apache-2.0
// World: a whole scan in one process and in virtual time: its lanes, their network, and the clock between them.
//
// run() turns both until the lanes end, and moves the clock to the next event whenever neither has anything to do, so
// an hour's scan takes as long as its packets. Collects the observations. For tests and benchmarks. Single-threaded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/vantage.h"
#include "pktio/port.h"
#include "result/observation.h"
#include "scan/lane_group.h"
#include "scan/plan.h"
#include "sim/fake_bulk.h"
#include "sim/junction.h"
#include "sim/network.h"

namespace portolan::sim {

// One Ethernet interface (index 1, "sim0", 10.0.0.1 and fd00::1), with 10.0.0.0/16 and fd00::/64 on the link and
// everything else behind the routers 10.0.0.254 and fd00::fe.
host::Vantage simple_vantage();

// How many lanes a scan has, and to which of them a frame goes that arrives; by default all to the first.
struct WorldLanes {
  uint32_t count = 1;
  Junction::Steering steering = [](base::Bytes) { return size_t{0}; };
  std::vector<base::u128> remembered = {};  // LaneGroup::remember()
  bool bulk = false;                        // the lane, which must be alone, sends and receives over a FakeBulk
};

class World {
 public:
  // REQUIRES: plan outlives the world. Fails (see error()) when the plan's egress cannot be made.
  World(const scan::Plan& plan, const host::Vantage& vantage, NetworkOptions options, const WorldLanes& lanes = {})
      : World(plan, std::span(&vantage, 1), std::move(options), lanes) {}
  // Several adapters, a vantage for each. Where they use several links, lane k's end of link l is number
  // k * links + l to the lanes' steering.
  World(const scan::Plan& plan, std::span<const host::Vantage> vantages, NetworkOptions options,
        const WorldLanes& lanes = {});
  World(const scan::Plan& plan, const host::Vantage& vantage, NetworkOptions options, bool bulk)
      : World(plan, vantage, std::move(options), WorldLanes{.bulk = bulk}) {}

  const std::string& error() const { return error_; }

  // Turns until the lanes end or virtual time reaches the limit (a test that would never end fails instead).
  scan::Lane::End run(base::Nanos limit = 24 * 3600 * base::kSecond);
  // Turns until virtual time reaches `until` or the lanes end; true while they go on.
  bool run_until(base::Nanos until);

  scan::LaneGroup& lane() { return *lane_; }  // all of them, which count as one
  Network& network() { return *network_; }
  const FakeBulk* bulk() const { return bulk_; }
  const base::VirtualClock& clock() const { return clock_; }
  const std::vector<result::Observation>& observations() const { return observations_; }
  uint64_t count(scan::Count c) const { return lane_->counters().scan[c]; }

 private:
  void collect();

  base::VirtualClock clock_;
  std::string error_;
  std::vector<std::unique_ptr<pktio::Port>> near_;
  FakeBulk* bulk_ = nullptr;  // it is near_.front()
  std::unique_ptr<Junction> far_;
  std::unique_ptr<scan::LaneGroup> lane_;
  std::unique_ptr<Network> network_;
  std::vector<result::Observation> observations_;
};

}  // namespace portolan::sim
