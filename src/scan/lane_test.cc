// SPDX-License-Identifier: Apache-2.0
// A lane in its own thread, watched and stopped from others, as the program runs it. For TSan; what a lane finds is
// tested in sim, in virtual time.
#include "scan/lane.h"

#include <gtest/gtest.h>

#include <thread>

#include "addr/target_set_builder.h"
#include "pktio/null_port.h"

namespace portolan::scan {
namespace {

using addr::IpAddress;

Plan plan_of(uint32_t targets, pace::Rate rate) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0b000000 + targets - 1);
  b.add_service({addr::Protocol::kTcp, 80});
  Plan p;
  p.targets = std::move(std::move(b).build()->set);
  p.rate = rate;
  p.wait = 0;
  p.source_ports = {61000, 61007};
  return p;
}

Egress to_nowhere(const Plan& plan) {
  host::Vantage v;
  v.interfaces.push_back({1, "null", host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {}});
  v.hops = {{IpAddress::v4(0), IpAddress::v4(~0u), 1, IpAddress::v4(0xc0000201), {}}};
  Egress e = std::move(*Egress::make(plan, v));
  for (Path& p : e.paths()) p.next_hop = addr::MacAddress::broadcast();
  return e;
}

struct Running {
  Running(uint32_t targets, pace::Rate rate)
      : plan(plan_of(targets, rate)), lane(plan, to_nowhere(plan), ports, clock, ring) {}

  Plan plan;
  base::SystemClock clock;
  pktio::NullPort port;
  std::array<pktio::Port*, 1> ports{&port};
  Receiver::Ring ring{64};
  Lane lane;
};

TEST(Lane, IsWatchedWhileItRuns) {
  Running r(200'000, pace::Rate::unlimited());
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    double last = 0;
    while (!done) {
      const double fraction = r.lane.progress().fraction;
      EXPECT_GE(fraction, last);
      last = fraction;
      EXPECT_LE(r.lane.counters().scan[Count::kProbes], 200'000u);
      EXPECT_LE(r.lane.port_stats().sent, 200'000u);
    }
  });
  std::thread packets([&] { EXPECT_EQ(r.lane.run(), Lane::End::kComplete); });
  packets.join();
  done = true;
  watcher.join();
  EXPECT_EQ(r.lane.port_stats().sent, 200'000u);
  EXPECT_TRUE(r.lane.covered_everything());
}

TEST(Lane, IsStoppedByAnotherThread) {
  Running r(1'000'000, pace::Rate::per_second(1'000));
  std::thread packets([&] { EXPECT_EQ(r.lane.run(), Lane::End::kStopped); });
  while (r.lane.counters().scan[Count::kProbes] == 0) std::this_thread::yield();
  r.lane.request_stop();
  packets.join();
  EXPECT_LT(r.lane.counters().scan[Count::kProbes], 1'000'000u);
  EXPECT_FALSE(r.lane.covered_everything());
}

}  // namespace
}  // namespace portolan::scan
