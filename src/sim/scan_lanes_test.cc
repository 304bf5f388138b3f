// SPDX-License-Identifier: Apache-2.0
// However many lanes a scan has, and to whichever of them an answer comes, it finds the same and its books balance.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "scan/lane_share.h"
#include "sim/answers.h"
#include "sim/testing.h"
#include "wire/wire.h"

namespace portolan::sim::scan_lanes_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kMillisecond;
using base::kSecond;
using result::State;
using scan::Count;
using scan::Lane;
using Kind = Answer::Kind;

constexpr uint32_t kOnLink = 0x0a000100;         // 10.0.1.0
constexpr uint32_t kRouted = 0xc6120000;         // 198.18.0.0
constexpr uint64_t kNet6 = 0xfd00000000000000u;  // fd00::/64, on the link

bool is_link(const addr::Target& t) {
  return t.service.protocol == Protocol::kArp || t.service.protocol == Protocol::kNdp;
}

// A street with every kind of house: some answer, some refuse, some have a firewall, some are empty.
Answer street(const addr::Target& t) {
  const bool router = t.address == v4(0x0a0000fe) || t.address == v6(kNet6, 0xfe);
  const bool lives = router || t.address.lo() % 16 < 12;
  if (!lives || is_link(t)) return {lives ? Kind::kPositive : Kind::kSilence};
  Answer a{static_cast<Kind>((t.address.lo() * 7 + t.service.port) % 4)};
  if (!t.address.is_v4()) a.icmp_type = 1, a.icmp_code = 1;
  return a;
}

NetworkOptions street_of(double loss, uint64_t seed) {
  NetworkOptions o;
  o.behaviour = street;
  o.probe_loss = o.answer_loss = loss;
  o.seed = seed;
  return o;
}

// As the kernel deals: TCP, UDP and SCTP by our port, all else to the first.
Junction::Steering by_port(const scan::Plan& plan, uint32_t lanes) {
  const scan::PortSlices slices(plan.source_ports, lanes);
  return [slices](base::Bytes bytes) -> size_t {
    const auto frame = wire::FrameView::check(bytes, wire::LinkType::kEthernet, false);
    if (!frame) return 0;
    const auto lane = [&](uint16_t port) -> size_t {
      const auto offset = slices.offset_of(port);
      return offset ? slices.slice_at(*offset) : 0;
    };
    switch (frame->transport()) {
      case wire::FrameView::Transport::kTcp:
        return lane(frame->tcp().destination_port());
      case wire::FrameView::Transport::kUdp:
        return lane(frame->udp().destination_port());
      case wire::FrameView::Transport::kSctp:
        return lane(frame->sctp().destination_port());
      default:
        return 0;
    }
  };
}

// As nobody should.
Junction::Steering at_random(uint64_t seed, uint32_t lanes) {
  return [random = base::SplitMix64(seed), lanes](base::Bytes) mutable { return size_t{random.next() % lanes}; };
}

scan::Plan street_plan() {
  return plan_of(
      {{v4(kRouted), v4(kRouted + 31)}, {v4(kOnLink), v4(kOnLink + 31)}, {v6(kNet6, 0x100), v6(kNet6, 0x117)}},
      {{Protocol::kTcp, 80},
       {Protocol::kTcp, 81},
       {Protocol::kUdp, 53},
       {Protocol::kSctp, 9},
       {Protocol::kIcmpEcho, 0},
       {Protocol::kIp, 47}},
      {{v4(kOnLink + 1), {Protocol::kArp, 0}}, {v4(kOnLink + 2), {Protocol::kArp, 0}}});
}

using Found = std::map<addr::Target, State>;

Found found_by(World& w) {
  Found found;
  for (const auto& o : w.observations()) EXPECT_TRUE(found.emplace(o.target, o.state).second) << "reported twice";
  return found;
}

Found scan_street(const scan::Plan& plan, const WorldLanes& lanes, double loss = 0, uint64_t seed = 1) {
  World w(plan, simple_vantage(), street_of(loss, seed), lanes);
  EXPECT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_TRUE(w.lane().covered_everything());
  expect_books_to_balance(w);
  EXPECT_EQ(w.count(Count::kHandoverFull), 0u);
  return found_by(w);
}

class SeveralLanes : public ::testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Lanes, SeveralLanes, ::testing::Values(1, 2, 3, 5));

TEST_P(SeveralLanes, FindWhatOneFinds) {
  const auto plan = street_plan();
  const Found truth = scan_street(plan, {});
  EXPECT_GT(truth.size(), 250u);
  EXPECT_EQ(scan_street(plan, {GetParam(), by_port(plan, GetParam())}), truth);
  EXPECT_EQ(scan_street(plan, {GetParam(), at_random(7, GetParam())}), truth);
}

// Enough passes that nothing stays unheard, so that what is found is the truth again; most probes are needed once.
TEST_P(SeveralLanes, FindWhatIsThereOnALossyStreet) {
  auto plan = street_plan();
  const Found truth = scan_street(plan, {});
  plan.retries = 30;
  plan.retry_spacing = 3 * kSecond;
  plan.wait = 3 * kSecond;
  for (const uint64_t seed : {1, 2}) {
    EXPECT_EQ(scan_street(plan, {GetParam(), by_port(plan, GetParam())}, 0.2, seed), truth);
    EXPECT_EQ(scan_street(plan, {GetParam(), at_random(seed, GetParam())}, 0.2, seed), truth);
  }
}

TEST_P(SeveralLanes, AskEveryTargetOnceAndHearEachAnswerOnce) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 999)}}, {{Protocol::kTcp, 80}, {Protocol::kIcmpEcho, 0}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{.kind = Kind::kPositive, .copies = 2}; };
  World w(plan, simple_vantage(), o, {GetParam(), at_random(3, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  size_t asked = 0;
  for (const auto& [target, times] : w.network().asked()) {
    if (is_link(target)) continue;
    ++asked;
    EXPECT_EQ(times.size(), 1u);
  }
  EXPECT_EQ(asked, 2'000u);
  EXPECT_EQ(w.count(Count::kOpen), 2'000u);
  EXPECT_EQ(found_by(w).size(), 2'000u);
  EXPECT_EQ(w.network().resets_seen(), w.count(Count::kResets));
  EXPECT_EQ(w.count(Count::kHandedOver) != 0, GetParam() != 1);
  expect_books_to_balance(w);
}

TEST_P(SeveralLanes, MeasureTheSameRoundTrips) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}}, {{Protocol::kTcp, 80}, {Protocol::kUdp, 9999}});
  plan.retries = 2;
  plan.rate = pace::Rate::per_second(500);
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.delay = 37 * kMillisecond;
  o.probe_loss = 0.3;
  World w(plan, simple_vantage(), o, {GetParam(), at_random(5, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_GT(w.observations().size(), 480u);
  for (const auto& obs : w.observations()) EXPECT_EQ(obs.rtt, 37 * kMillisecond);
}

TEST_P(SeveralLanes, KeepTheRateTogether) {
  for (const double rate : {10.0, 1'000.0}) {
    auto plan = plan_of({{v4(kRouted), v4(kRouted + 65'535)}}, {{Protocol::kTcp, 80}});
    plan.rate = pace::Rate::per_second(rate);
    World w(plan, simple_vantage(), street_of(0, 1), {GetParam(), by_port(plan, GetParam())});
    EXPECT_TRUE(w.run_until(10 * kSecond));
    EXPECT_NEAR(static_cast<double>(w.count(Count::kProbes)), rate * 10, rate * 0.1 + 2 * GetParam()) << rate;
  }
}

TEST_P(SeveralLanes, StopTogether) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 65'535)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(1'000);
  World w(plan, simple_vantage(), street_of(0, 1), {GetParam(), at_random(1, GetParam())});
  EXPECT_TRUE(w.run_until(5 * kSecond));
  w.lane().request_stop();
  EXPECT_EQ(w.run(), Lane::End::kStopped);
  EXPECT_GE(w.clock().now(), 5 * kSecond + plan.wait);
  EXPECT_LE(w.clock().now(), 5 * kSecond + plan.wait + kSecond);
  EXPECT_FALSE(w.lane().covered_everything());
  expect_books_to_balance(w);
}

// Everything comes to the last lane, which has one position less than the first and has long sent all of its own.
TEST_P(SeveralLanes, ListenUntilTheLastIsThrough) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 2 * GetParam())}}, {{Protocol::kIcmpEcho, 0}});
  plan.rate = pace::Rate::per_second(GetParam());  // one a second from each lane
  plan.wait = kSecond / 2;
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.delay = plan.wait - kMillisecond;
  World w(plan, simple_vantage(), o, {GetParam(), [](base::Bytes) { return size_t{GetParam() - 1}; }});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), 2 * GetParam() + 1);
  expect_books_to_balance(w);
}

TEST_P(SeveralLanes, EndEarlyWhenEveryTargetHasAnswered) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 99)}}, {{Protocol::kTcp, 80}});
  plan.wait = 3600 * kSecond;
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  World w(plan, simple_vantage(), o, {GetParam(), at_random(2, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), 100u);
  EXPECT_LT(w.clock().now(), 10 * kSecond);
}

// More lanes than targets: some have nothing to do, and nobody waits for them.
TEST_P(SeveralLanes, MayBeMoreThanTheTargets) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted)}}, {{Protocol::kTcp, 80}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  World w(plan, simple_vantage(), o, {GetParam(), at_random(2, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), 1u);
  expect_books_to_balance(w);
}

TEST_P(SeveralLanes, FailTogetherWhenARouterIsSilent) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 99)}}, {{Protocol::kTcp, 80}});
  World w(plan, simple_vantage(), {}, {GetParam(), at_random(1, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kFailed);
  EXPECT_EQ(w.count(Count::kProbes), 0u);
  EXPECT_NE(w.lane().error().find("10.0.0.254"), std::string::npos);
  EXPECT_LT(w.clock().now(), 10 * kSecond);
}

// An answer to a port of ours that is not the asking lane's proves nothing, although the number in it is right.
TEST_P(SeveralLanes, BelieveNoAnswerToAnotherLanesPort) {
  if (GetParam() == 1) return;
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 63)}}, {{Protocol::kTcp, 80}});
  plan.source_ports = {61000, static_cast<uint16_t>(61000 + GetParam() - 1)};
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) { return Answer{is_link(t) ? Kind::kPositive : Kind::kSilence}; };
  o.forge = [&](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kTcp) return;
    const uint32_t acknowledged = probe.tcp().sequence().value() + 1;
    const auto segment = tcp_reply(probe, wire::tcp_flag::kSyn | wire::tcp_flag::kAck, 1, acknowledged);
    auto value = wire::TcpView::check(segment)->value();
    value.destination_port = static_cast<uint16_t>(61000 + (value.destination_port - 61000 + 1) % GetParam());
    std::vector<uint8_t> out(segment.size());
    emit(value, {t.address, probe.source()}, out);
    send(ip_reply(probe, t.address, Network::mac_of(t.address), wire::ip_protocol::kTcp, out));
  };
  World w(plan, simple_vantage(), o, {GetParam(), by_port(plan, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), 0u);
  EXPECT_EQ(w.count(Count::kBadSourcePort), 64u);
  EXPECT_EQ(w.count(Count::kResets), 0u);
  expect_books_to_balance(w);
}

// Nobody asked for these neighbours: each of the frames is counted once, whichever way round it went.
TEST_P(SeveralLanes, CountUnaskedNeighborNewsOnce) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink + 19)}}, {{Protocol::kTcp, 80}});
  uint64_t forged = 0;
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.forge = [&](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kTcp) return;
    const wire::Arp news{wire::arp_operation::kReply, Network::mac_of(t.address), v4(0x0a000900), probe.source_mac(),
                         probe.source()};
    std::vector<uint8_t> frame(14 + size_of(news));
    emit(wire::Ethernet{probe.source_mac(), Network::mac_of(t.address), wire::ether_type::kArp}, frame);
    emit(news, base::MutableBytes(frame).subspan(14));
    send(frame);
    ++forged;
  };
  World w(plan, simple_vantage(), o, {GetParam(), at_random(4, GetParam())});
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen), 20u);
  EXPECT_EQ(forged, 20u);
  EXPECT_EQ(w.count(Count::kNotATarget), forged);
  EXPECT_EQ(w.count(Count::kResolved), w.count(Count::kResolution));
  expect_books_to_balance(w);
}

// Any street, any loss, any steering: the books balance and nothing is found that one lane would not find.
RC_GTEST_PROP(AnyLanes, BooksBalance, ()) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 15)}, {v4(kOnLink), v4(kOnLink + 15)}},
                      {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}, {Protocol::kIcmpEcho, 0}, {Protocol::kIp, 47}});
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  plan.retries = *rc::gen::inRange<uint32_t>(0, 3);
  plan.rate = pace::Rate::per_second(*rc::gen::inRange(200, 100'000));
  plan.shard = *rc::gen::element(permute::Shard{1, 1}, permute::Shard{1, 3}, permute::Shard{3, 3});
  const auto lanes = *rc::gen::inRange<uint32_t>(1, 9);
  const double loss = *rc::gen::inRange(0, 50) / 100.0;
  World w(plan, simple_vantage(), street_of(loss, plan.seed), {lanes, at_random(plan.seed, lanes)});
  // The router may be unlucky three times.
  if (w.run() == Lane::End::kFailed) RC_ASSERT(w.count(Count::kProbes) == 0);
  expect_books_to_balance(w);
  for (const auto& [target, state] : found_by(w)) {
    RC_ASSERT(plan.targets.contains(target));
    RC_ASSERT(street(target).kind != Kind::kSilence);
  }
}

}  // namespace
}  // namespace portolan::sim::scan_lanes_test
