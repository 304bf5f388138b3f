// SPDX-License-Identifier: Apache-2.0
// The lanes' shares partition the plan, what is handed over arrives, and a group in its own threads is watched and
// stopped from others, as the program runs it: for TSan too. What lanes find is tested in sim, in virtual time.
#include "scan/lane_group.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "addr/target_set_builder.h"
#include "base/random.h"
#include "pktio/fanout.h"
#include "pktio/null_port.h"
#include "pktio/pair_port.h"
#include "scan/probe_identity.h"
#include "scan/technique.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/wire.h"

namespace portolan::scan::lane_group_test {
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

// shards x lanes x ports: every index is one lane's, which knows its position, and the port that it is asked from names
// the lane.
RC_GTEST_PROP(LaneShare, ShardsAndLanesPartitionTheScan, ()) {
  Plan plan;
  const auto n = *rc::gen::inRange<uint32_t>(0, 500);
  const auto lanes = *rc::gen::inRange<uint32_t>(1, kMostLanes + 1);
  plan.shard.y = *rc::gen::inRange<uint64_t>(1, 9);
  const auto first_port = *rc::gen::inRange<uint16_t>(1, 65'000);
  plan.source_ports = {first_port, static_cast<uint16_t>(first_port + lanes - 1 + *rc::gen::inRange(0, 400))};
  std::map<base::u128, int> times;
  for (plan.shard.x = 1; plan.shard.x <= plan.shard.y; ++plan.shard.x) {
    for (uint32_t lane = 0; lane < lanes; ++lane) {
      const LaneShare share(plan, lane, lanes);
      RC_ASSERT(share.shard.valid());
      for (base::u128 k = 0; k < share.shard.size(n); ++k) {
        const base::u128 index = share.shard.index(k);
        RC_ASSERT(index < n);
        ++times[index];
        const auto place = LaneShare(plan, *rc::gen::inRange<uint32_t>(0, lanes), lanes).place(index);
        RC_ASSERT(place && place->lane == lane && place->position == k);
      }
      for (base::u128 index = 0; index < n; ++index) {
        RC_ASSERT(share.place(index).has_value() == ((base::lo64(index) % plan.shard.y) + 1 == plan.shard.x));
      }
    }
  }
  RC_ASSERT(times.size() == n);
  for (const auto& [index, count] : times) RC_ASSERT(count == 1);
}

TEST(LaneShare, HoldsForNumbersBeyond64Bits) {
  Plan plan;
  plan.shard = {1'000'003, 4'000'000'007};
  plan.source_ports = {1000, 1999};
  const base::u128 n = base::kU128Max;
  for (uint32_t lane = 0; lane < 64; ++lane) {
    const LaneShare share(plan, lane, 64);
    const base::u128 last = share.shard.size(n) - 1;
    for (const base::u128 k : {base::u128{0}, base::u128{1} << 64, last}) {
      const auto place = share.place(share.shard.index(k));
      ASSERT_TRUE(place);
      EXPECT_EQ(place->lane, lane);
      EXPECT_TRUE(place->position == k);
    }
  }
}

RC_GTEST_PROP(PortSlices, CutAllPortsWithoutGaps, ()) {
  const auto first = *rc::gen::inRange<uint32_t>(0, 65'000);
  const auto last = *rc::gen::inRange<uint32_t>(first, 65'536);
  const uint32_t size = last - first + 1;
  const auto count = *rc::gen::inRange<uint32_t>(1, std::min(size, kMostLanes) + 1);
  const PortSlices slices({static_cast<uint16_t>(first), static_cast<uint16_t>(last)}, count);
  uint32_t next = first;
  for (uint32_t i = 0; i < count; ++i) {
    const SourcePorts slice = slices.slice(i);
    RC_ASSERT(slice.first() == next);
    RC_ASSERT(slice.last() >= slice.first());
    RC_ASSERT(slices.slice_at(*slices.offset_of(slice.first())) == i);
    RC_ASSERT(slices.slice_at(*slices.offset_of(slice.last())) == i);
    next = uint32_t{slice.last()} + 1;
  }
  RC_ASSERT(next == last + 1);
}

// The kernel deals by the same slices.
RC_GTEST_PROP(PortSlices, AreThoseOfTheFanout, ()) {
  const auto size = *rc::gen::inRange<uint32_t>(1, 65'536);
  const auto count = *rc::gen::inRange<uint32_t>(1, std::min(size, kMostLanes) + 1);
  const PortSlices slices({1, static_cast<uint16_t>(size)}, count);
  for (uint32_t i = 0; i < count; ++i) {
    const auto dealt = pktio::fanout_slice(i, count, size);
    RC_ASSERT(slices.slice(i).first() == dealt.first + 1);
    RC_ASSERT(slices.slice(i).size() == dealt.size);
  }
  const auto offset = *rc::gen::inRange<uint32_t>(0, size);
  RC_ASSERT(slices.slice_at(offset) == pktio::fanout_member(offset, count, size));
}

RC_GTEST_PROP(LaneShare, RatesMakeUpTheWhole, ()) {
  Plan plan;
  plan.source_ports = {1000, 1999};
  const auto lanes = *rc::gen::inRange<uint32_t>(1, kMostLanes + 1);
  plan.rate = pace::Rate::from_millis(*rc::gen::inRange<uint64_t>(lanes, pace::Rate::kMaxMillis));
  uint64_t sum = 0;
  for (uint32_t lane = 0; lane < lanes; ++lane) sum += LaneShare(plan, lane, lanes).rate.millis();
  RC_ASSERT(sum == plan.rate.millis());
  plan.rate = pace::Rate::unlimited();
  RC_ASSERT(LaneShare(plan, 0, lanes).rate.is_unlimited());
}

// Of each pass a probe leaves from a port of its lane, and only that lane's slice proves the answer.
RC_GTEST_PROP(LaneShare, AnAnswersPortNamesItsLane, ()) {
  Plan plan;
  plan.key = {*rc::gen::arbitrary<uint64_t>(), 2};
  const auto lanes = *rc::gen::inRange<uint32_t>(1, 9);
  plan.source_ports = {61000, static_cast<uint16_t>(61000 + lanes - 1 + *rc::gen::inRange(0, 100))};
  plan.retries = *rc::gen::inRange<uint32_t>(0, 4);
  const IpAddress us = IpAddress::v4(0x0a000001);
  const addr::Target target{IpAddress::v4(*rc::gen::arbitrary<uint32_t>()), {addr::Protocol::kTcp, 80}};
  const auto lane = *rc::gen::inRange<uint32_t>(0, lanes);
  const LaneShare share(plan, lane, lanes);
  const auto cookie = cookie_of(plan.key, us, target);
  for (uint32_t pass = 0; pass <= plan.retries; ++pass) {
    const uint16_t port = source_port_of(cookie, share.ports, pass % share.ports.size());
    RC_ASSERT(share.ports.contains(port));
    const auto claim =
        port_claim(addr::Protocol::kTcp, us, port, target.address, 80, {plan.key, share.slices, plan.retries});
    RC_ASSERT(claim.has_value());
    RC_ASSERT(claim->slice == lane);
    RC_ASSERT(claim->pass == pass % share.ports.size());
  }
}

TEST(LaneShare, RefusesWhatCannotBeCut) {
  const SourcePorts kTwo{61000, 61001}, kMany{1000, 1999};
  const pace::Rate rate, slow = pace::Rate::from_millis(2);
  EXPECT_FALSE(unfit_for_lanes(2, kTwo, rate, {}));
  EXPECT_NE(unfit_for_lanes(3, kTwo, rate, {})->what.find("source ports"), std::string::npos);
  EXPECT_FALSE(unfit_for_lanes(kMostLanes, kMany, rate, {}));
  EXPECT_NE(unfit_for_lanes(kMostLanes + 1, kMany, rate, {})->what.find("65 lanes"), std::string::npos);
  EXPECT_FALSE(unfit_for_lanes(2, kMany, slow, {}));
  EXPECT_NE(unfit_for_lanes(3, kMany, slow, {})->what.find("0.002"), std::string::npos);
  const permute::Shard tiny{1, uint64_t{1} << 63};
  EXPECT_FALSE(unfit_for_lanes(1, kMany, rate, tiny));
  EXPECT_NE(unfit_for_lanes(2, kMany, rate, tiny)->what.find("shards"), std::string::npos);
}

TEST(Mesh, GivesToEachWhatWasHandedToIt) {
  Mesh mesh(3);
  for (uint32_t lane = 0; lane < 3; ++lane) mesh.open(lane);
  for (uint32_t from = 0; from < 3; ++from) {
    for (uint32_t to = 0; to < 3; ++to) {
      if (from == to) continue;
      Finding finding;
      finding.index = from * 10 + to;
      EXPECT_TRUE(mesh.hand(from, to, finding));
    }
  }
  for (uint32_t lane = 0; lane < 3; ++lane) {
    EXPECT_TRUE(mesh.waiting(lane));
    EXPECT_FALSE(mesh.lie_down(lane));
    mesh.get_up(lane);
    std::vector<uint64_t> seen;
    mesh.take(lane, 64, [&](const Mesh::Handover& h) { seen.push_back(base::lo64(std::get<Finding>(h).index)); });
    std::vector<uint64_t> expected;
    for (uint64_t from = 0; from < 3; ++from) {
      if (from != lane) expected.push_back(from * 10 + lane);
    }
    EXPECT_EQ(seen, expected);
    EXPECT_TRUE(mesh.lie_down(lane));
    mesh.get_up(lane);
  }
}

TEST(Mesh, RefusesWhenItIsFullAndTakesAgainAfterwards) {
  Mesh mesh(2);
  mesh.open(0);
  mesh.open(1);
  size_t room = 0;
  while (mesh.hand(0, 1, NeighborNews{})) ++room;
  EXPECT_GE(room, 1'024u);
  EXPECT_EQ(mesh.take(1, 1, [](const auto&) {}), 1u);
  EXPECT_TRUE(mesh.hand(0, 1, NeighborNews{}));
  EXPECT_FALSE(mesh.hand(0, 1, NeighborNews{}));
}

// Lanes that sleep whenever nothing waits for them, and are handed things all the time: nobody oversleeps. A lane that
// did would hang here, and the test with it.
TEST(Mesh, NobodyOversleeps) {
  constexpr uint32_t kLanes = 3;
  constexpr uint64_t kEach = 20'000;
  Mesh mesh(kLanes);
  for (uint32_t lane = 0; lane < kLanes; ++lane) mesh.open(lane);
  std::vector<std::thread> threads;
  for (uint32_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&mesh, lane] {
      uint64_t sent = 0, got = 0, sum = 0;
      const uint32_t to = (lane + 1) % kLanes;
      while (got < kEach || sent < kEach) {
        Finding finding;
        finding.index = sent;
        if (sent < kEach && sent <= got + 100 && mesh.hand(lane, to, finding)) ++sent;
        got += mesh.take(lane, 64, [&](const auto& h) { sum += base::lo64(std::get<Finding>(h).index); });
        if (sent < kEach && sent <= got + 100) continue;
        if (got < kEach && mesh.lie_down(lane)) {
          pollfd fd{mesh.wake_fd(lane), POLLIN, 0};
          ::poll(&fd, 1, -1);
        }
        mesh.get_up(lane);
      }
      EXPECT_EQ(sum, kEach * (kEach - 1) / 2);
    });
  }
  for (std::thread& t : threads) t.join();
}

struct Running {
  Running(uint32_t targets, pace::Rate rate, uint32_t lanes)
      : plan(plan_of(targets, rate)), ports(lanes), group(plan, to_nowhere(plan), pointers(), clock, {}, 64) {}

  LaneGroup::LanePorts pointers() {
    LaneGroup::LanePorts all;
    for (auto& port : ports) all.push_back({&port});
    return all;
  }

  Plan plan;
  base::SystemClock clock;
  std::vector<pktio::NullPort> ports;
  LaneGroup group;
};

class Lanes : public ::testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(OneAndSeveral, Lanes, ::testing::Values(1, 3));

TEST_P(Lanes, AreWatchedWhileTheyRun) {
  Running r(200'000, pace::Rate::unlimited(), GetParam());
  std::vector<std::thread::id> housed(GetParam());
  r.group.move_in([&](uint32_t lane) { housed[lane] = std::this_thread::get_id(); });
  EXPECT_EQ(r.group.rings().size(), GetParam());
  r.group.start();
  double last = 0;
  while (r.group.running()) {
    const double fraction = r.group.progress().fraction;
    EXPECT_GE(fraction, last);
    last = fraction;
    EXPECT_LE(r.group.counters().scan[Count::kProbes], 200'000u);
    EXPECT_LE(r.group.port_stats().sent, 200'000u);
  }
  EXPECT_EQ(r.group.join(), Lane::End::kComplete);
  EXPECT_EQ(r.group.port_stats().sent, 200'000u);
  EXPECT_EQ(r.group.progress().fraction, 1);
  EXPECT_TRUE(r.group.covered_everything());
  for (const auto& id : housed) EXPECT_NE(id, std::this_thread::get_id());
}

TEST_P(Lanes, AreStoppedByAnotherThread) {
  Running r(1'000'000, pace::Rate::per_second(1'000), GetParam());
  r.group.move_in([](uint32_t) {});
  r.group.start();
  while (r.group.counters().scan[Count::kProbes] == 0) std::this_thread::yield();
  r.group.request_stop();
  EXPECT_EQ(r.group.join(), Lane::End::kStopped);
  EXPECT_LT(r.group.counters().scan[Count::kProbes], 1'000'000u);
  EXPECT_FALSE(r.group.covered_everything());
}

TEST_P(Lanes, ThatNeverStartedSendNothing) {
  Running r(1'000, pace::Rate::unlimited(), GetParam());
  r.group.move_in([](uint32_t) {});
}

// The far side of several lanes in a thread of its own: every SYN is answered, at a lane that chance names.
class Street {
 public:
  explicit Street(uint32_t lanes) {
    for (uint32_t lane = 0; lane < lanes; ++lane) {
      auto [near_end, far_end] = pktio::make_port_pair({.capacity = 256});
      near_.push_back(std::move(near_end));
      far_.push_back(std::move(far_end));
    }
    thread_ = std::thread([this] {
      while (!done_) {
        for (auto& end : far_) {
          for (const pktio::RxFrame& frame : end->receive(64)) answer(frame.bytes);
        }
      }
    });
  }
  ~Street() {
    done_ = true;
    thread_.join();
  }

  LaneGroup::LanePorts ports() {
    LaneGroup::LanePorts all;
    for (auto& port : near_) all.push_back({port.get()});
    return all;
  }

 private:
  void answer(base::Bytes bytes) {
    const auto probe = wire::FrameView::check(bytes, wire::LinkType::kEthernet, false);
    if (!probe || probe->transport() != wire::FrameView::Transport::kTcp || probe->tcp().is_rst()) return;
    wire::Tcp tcp;
    tcp.source_port = probe->tcp().destination_port();
    tcp.destination_port = probe->tcp().source_port();
    tcp.acknowledgment = base::SeqNum(probe->tcp().sequence().value() + 1);
    tcp.flags = wire::tcp_flag::kSyn | wire::tcp_flag::kAck;
    const auto tcp_bytes = static_cast<uint16_t>(size_of(tcp));
    const wire::Ipv4 ip{.source = probe->destination(),
                        .destination = probe->source(),
                        .protocol = wire::ip_protocol::kTcp,
                        .payload_length = tcp_bytes};
    pktio::Port& end = *far_[random_.next() % far_.size()];
    std::span<pktio::TxSlot> slot;
    while ((slot = end.acquire(1)).empty() && !done_) std::this_thread::yield();
    if (slot.empty()) return;
    const base::MutableBytes out(slot[0].data, 14 + size_of(ip) + tcp_bytes);
    emit(wire::Ethernet{probe->source_mac(), {}, wire::ether_type::kIpv4}, out);
    emit(ip, out.subspan(14));
    emit(tcp, {ip.source, ip.destination}, out.subspan(14 + size_of(ip)));
    slot[0].length = static_cast<uint16_t>(out.size());
    end.commit(1);
  }

  std::vector<std::unique_ptr<pktio::Port>> near_, far_;
  base::SplitMix64 random_{1};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

TEST_P(Lanes, HandOverInThreadsWhatIsAnothers) {
  constexpr uint32_t kTargets = 5'000;
  Plan plan = plan_of(kTargets, pace::Rate::per_second(50'000));
  plan.wait = 30 * base::kSecond;  // it ends when all have answered
  const base::SystemClock clock;
  Street street(GetParam());
  LaneGroup group(plan, to_nowhere(plan), street.ports(), clock, {}, 64);
  group.move_in([](uint32_t) {});
  group.start();
  std::set<addr::Target> found;
  uint64_t results = 0;
  const auto take_results = [&] {
    result::Observation o;
    for (Receiver::Ring* ring : group.rings()) {
      for (; ring->pop(o); ++results) found.insert(o.target);
    }
  };
  while (group.running()) take_results();
  EXPECT_EQ(group.join(), Lane::End::kComplete);
  take_results();
  const auto counters = group.counters();
  EXPECT_EQ(counters.scan[Count::kOpen] + counters.scan[Count::kUnjudged], kTargets);
  EXPECT_EQ(counters.scan[Count::kReceived], kTargets);
  EXPECT_EQ(results, counters.scan[Count::kOpen]);
  EXPECT_EQ(found.size(), results);
  EXPECT_EQ(counters.scan[Count::kHandedOver] != 0, GetParam() != 1);
  for (uint32_t lane = 0; lane < GetParam(); ++lane) {
    EXPECT_GT(group.lane(lane).counters().scan[Count::kOpen], kTargets / GetParam() / 2);
  }
}

}  // namespace
}  // namespace portolan::scan::lane_group_test
