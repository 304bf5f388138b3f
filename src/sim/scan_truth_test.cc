// SPDX-License-Identifier: Apache-2.0
// What is reported is what is there, for every technique, family and kind of link; and nothing that was forged.
#include <gtest/gtest.h>

#include "base/siphash.h"
#include "sim/answers.h"
#include "sim/testing.h"
#include "wire/wire.h"

namespace portolan::sim::scan_truth_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kMillisecond;
using base::kSecond;
using result::Proof;
using result::Reason;
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

// Hosts whose address ends in 0 to 9 (mod 16) exist; what they do with a port follows from port and address.
bool exists(const addr::IpAddress& a) { return (a.lo() & 15) < 10; }
Kind kind_of(const addr::Target& t) { return static_cast<Kind>((t.address.lo() * 7 + t.service.port) % 4); }

Answer plain_host(const addr::Target& t) {
  const bool router = t.address == v4(0x0a0000fe) || t.address == v6(kNet6, 0xfe);
  if (is_link(t)) return {exists(t.address) || router ? Kind::kPositive : Kind::kSilence};
  if (!exists(t.address)) return {};
  Answer a{kind_of(t)};
  if (!t.address.is_v4()) a.icmp_type = 1, a.icmp_code = 1;
  return a;
}

std::optional<State> expected_state(const addr::Target& t) {
  if (!exists(t.address)) return std::nullopt;
  if (is_link(t)) return State::kUp;
  const bool speaks_no = t.service.protocol != Protocol::kIcmpEcho && t.service.protocol != Protocol::kIcmpTimestamp;
  switch (kind_of(t)) {
    case Kind::kSilence:
      return std::nullopt;
    case Kind::kPositive:
      return State::kOpen;
    case Kind::kNegative:
      return speaks_no ? std::optional(State::kClosed) : std::nullopt;
    case Kind::kIcmp:
      return State::kFiltered;
  }
  return std::nullopt;
}

void expect_truth(World& w, const scan::Plan& plan) {
  std::map<addr::Target, State> found;
  for (const auto& o : w.observations()) EXPECT_TRUE(found.emplace(o.target, o.state).second) << "reported twice";
  for (base::u128 i = 0; i < plan.targets.size(); ++i) {
    const auto target = plan.targets.pick(i);
    const auto expected = expected_state(target);
    const auto it = found.find(target);
    const std::string what = target.address.to_string() + " " + std::string(name(target.service.protocol)) + " " +
                             std::to_string(target.service.port);
    if (!expected) {
      EXPECT_EQ(it, found.end()) << what << " was invented";
    } else {
      ASSERT_NE(it, found.end()) << what << " was missed";
      EXPECT_EQ(it->second, *expected) << what;
    }
  }
  EXPECT_LE(base::u128{found.size()}, plan.targets.size());
  expect_books_to_balance(w);
}

void expect_scan_finds_the_truth(const scan::Plan& plan, NetworkOptions options = {}) {
  options.behaviour = plain_host;
  World w(plan, simple_vantage(), options);
  ASSERT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  expect_truth(w, plan);
}

// The simulated hosts send UDP payloads back as they came, so only protocols whose answer has the token where the
// question has it prove themselves.
TEST(Truth, RoutedV4) {
  expect_scan_finds_the_truth(plan_of({{v4(kRouted), v4(kRouted + 63)}}, {{Protocol::kTcp, 80},
                                                                          {Protocol::kTcp, 81},
                                                                          {Protocol::kUdp, 53},
                                                                          {Protocol::kUdp, 9999},
                                                                          {Protocol::kUdp, 161},
                                                                          {Protocol::kSctp, 9},
                                                                          {Protocol::kIcmpEcho, 0},
                                                                          {Protocol::kIcmpTimestamp, 0},
                                                                          {Protocol::kIp, 47}}));
}

TEST(Truth, RoutedV6) {
  expect_scan_finds_the_truth(
      plan_of({{v6(0x2a00000000000000u, 0), v6(0x2a00000000000000u, 63)}}, {{Protocol::kTcp, 80},
                                                                            {Protocol::kTcp, 83},
                                                                            {Protocol::kUdp, 53},
                                                                            {Protocol::kUdp, 7777},
                                                                            {Protocol::kSctp, 9},
                                                                            {Protocol::kIcmpEcho, 0},
                                                                            {Protocol::kIp, 47}}));
}

TEST(Truth, OnLinkV4) {
  expect_scan_finds_the_truth(
      plan_of({{v4(kOnLink), v4(kOnLink + 63)}},
              {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}, {Protocol::kIcmpEcho, 0}, {Protocol::kArp, 0}}));
}

TEST(Truth, OnLinkV6) {
  expect_scan_finds_the_truth(
      plan_of({{v6(kNet6, 0x100), v6(kNet6, 0x13f)}},
              {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}, {Protocol::kIcmpEcho, 0}, {Protocol::kNdp, 0}}));
}

TEST(Truth, VlanTagged) {
  auto plan =
      plan_of({{v4(kOnLink), v4(kOnLink + 15)}}, {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}, {Protocol::kArp, 0}});
  plan.egress.vlan = 100;
  expect_scan_finds_the_truth(plan);
}

TEST(Truth, DuplicatedAnswersAreReportedOnce) {
  const auto plan =
      plan_of({{v4(kRouted), v4(kRouted + 31)}},
              {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}, {Protocol::kSctp, 5}, {Protocol::kIcmpEcho, 0}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{.kind = Kind::kPositive, .copies = 3}; };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), 128u);
  EXPECT_EQ(w.count(Count::kDuplicates), 256u);
  expect_books_to_balance(w);
}

TEST(Truth, RoundTripTimesComeFromTheScansOwnArithmetic) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}}, {{Protocol::kTcp, 80}, {Protocol::kUdp, 9999}});
  plan.retries = 2;
  plan.rate = pace::Rate::per_second(500);
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.delay = 37 * kMillisecond;
  o.probe_loss = 0.3;
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_GT(w.observations().size(), 480u);
  for (const auto& obs : w.observations()) EXPECT_EQ(obs.rtt, 37 * kMillisecond);
}

TEST(Truth, AnswersToSynAcksAreResets) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 9)}}, {{Protocol::kTcp, 80}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  World w(plan, simple_vantage(), o);
  w.run();
  EXPECT_EQ(w.network().resets_seen(), 10u);
  EXPECT_EQ(w.count(Count::kResets), 10u);
  plan.reset = false;
  World quiet(plan, simple_vantage(), o);
  quiet.run();
  EXPECT_EQ(quiet.network().resets_seen(), 0u);
}

TEST(Truth, ObservationsCarryWhatTheAnswerSaid) {
  const auto plan =
      plan_of({{v4(kRouted), v4(kRouted)}}, {{Protocol::kTcp, 80}, {Protocol::kUdp, 9999}, {Protocol::kUdp, 53}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  World w(plan, simple_vantage(), o);
  w.run();
  ASSERT_EQ(w.observations().size(), 3u);
  for (const auto& obs : w.observations()) {
    EXPECT_EQ(obs.ttl, 64);
    EXPECT_EQ(obs.responder, v4(kRouted));
    if (obs.target.service.protocol == Protocol::kTcp) {
      EXPECT_EQ(obs.reason, Reason::kSynAck);
      EXPECT_EQ(obs.proof, Proof::kCookie);
      EXPECT_EQ(obs.window, 64240);
      EXPECT_EQ(obs.mss, 1460);
      EXPECT_EQ(obs.tcp_option_count, 1);
    } else {
      EXPECT_EQ(obs.proof, obs.target.service.port == 53 ? Proof::kCookie : Proof::kEndpoints);
    }
  }
}

TEST(Truth, PortUnreachableFromAnotherHostIsFilteredNotClosed) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 3)}}, {{Protocol::kUdp, 9999}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    if (is_link(t)) return Answer{Kind::kPositive};
    return Answer{.kind = Kind::kIcmp, .icmp_type = 3, .icmp_code = 3, .responder = v4(0x0a0000fe)};
  };
  World w(plan, simple_vantage(), o);
  w.run();
  ASSERT_EQ(w.observations().size(), 4u);
  for (const auto& obs : w.observations()) {
    EXPECT_EQ(obs.state, State::kFiltered);
    EXPECT_EQ(obs.responder, v4(0x0a0000fe));
    EXPECT_EQ(obs.icmp_code, 3);
  }
}

TEST(Neighbors, DeadOnesCostThreeRequestsAndAreCounted) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink + 31)}}, {{Protocol::kTcp, 80}, {Protocol::kTcp, 81}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.address.v4_bits() % 2 == 0 ? Kind::kPositive : Kind::kSilence};
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen), 32u);
  EXPECT_EQ(w.count(Count::kUnresolved), 32u);
  EXPECT_EQ(w.count(Count::kResolution), 16u + 16u * 3);
  EXPECT_EQ(w.count(Count::kResolved), 16u);
  expect_books_to_balance(w);
}

TEST(Neighbors, MoreWaitingProbesThanThePoolHoldsAreStillAllSent) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink + 1)}}, {});
  addr::TargetSetBuilder b;
  b.add(v4(kOnLink), v4(kOnLink + 1));
  b.add_services(Protocol::kTcp, 0, 65'535);
  plan.targets = std::move(std::move(b).build()->set);
  NetworkOptions o;
  o.delay = 400 * kMillisecond;
  o.behaviour = [](const addr::Target& t) { return Answer{is_link(t) ? Kind::kPositive : Kind::kSilence}; };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kProbes), 131'072u);
  expect_books_to_balance(w);
}

TEST(Neighbors, ASilentRouterStopsTheScanBeforeItsFirstProbe) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 3)}}, {{Protocol::kTcp, 80}});
  World w(plan, simple_vantage(), {});
  EXPECT_EQ(w.run(), Lane::End::kFailed);
  EXPECT_EQ(w.count(Count::kProbes), 0u);
  EXPECT_NE(w.lane().error().find("10.0.0.254"), std::string::npos);
  EXPECT_NE(w.lane().error().find("--router-mac"), std::string::npos);
}

TEST(Egress, RefusesWhatItCannotReachAndSkipsLocalBroadcast) {
  auto v = simple_vantage();
  v.hops.erase(v.hops.begin() + 3);  // no default route
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 3)}}, {{Protocol::kTcp, 80}});
  EXPECT_NE(World(plan, v, {}).error().find("198.18.0.0"), std::string::npos);

  const auto broadcast = plan_of({{v4(0x0a00fffe), v4(0x0a00ffff)}}, {{Protocol::kTcp, 80}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  World w(broadcast, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kSkippedLocal), 1u);
  EXPECT_EQ(w.count(Count::kOpen), 1u);
  EXPECT_FALSE(w.network().asked().contains(tcp(v4(0x0a00ffff), 80)));
}

TEST(Egress, AnArpScanBehindARouterIsRefused) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 3)}}, {{Protocol::kArp, 0}});
  EXPECT_NE(World(plan, simple_vantage(), {}).error().find("local link"), std::string::npos);
}

TEST(Egress, WeAnswerForAnAddressThatIsOursAlone) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink)}}, {{Protocol::kTcp, 80}});
  plan.egress.sources_v4 = scan::Sources(v4(0x0a000777));
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.forge = [](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kTcp) return;
    // The target asks who has our address before it answers.
    const wire::Arp request{wire::arp_operation::kRequest, Network::mac_of(t.address), t.address, {}, probe.source()};
    std::vector<uint8_t> frame(14 + size_of(request));
    emit(wire::Ethernet{addr::MacAddress::broadcast(), Network::mac_of(t.address), wire::ether_type::kArp}, frame);
    emit(request, base::MutableBytes(frame).subspan(14));
    send(frame);
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen), 1u);
  EXPECT_EQ(w.count(Count::kAsked), 1u);
  EXPECT_EQ(w.count(Count::kDuties), 1u);
}

}  // namespace
}  // namespace portolan::sim::scan_truth_test
