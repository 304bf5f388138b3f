// SPDX-License-Identifier: Apache-2.0
// The scanner finds in a simulated population exactly what is there; and each side's books add up against the other's.
#include "sim/duel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "population/spec.h"
#include "sim/testing.h"

namespace portolan::sim::duel_test {
namespace {

using namespace testing;
using addr::Protocol;
using population::Meeting;
using result::State;

std::shared_ptr<const population::Population> population_of(const std::string& spec) {
  auto read = population::read_inline_population(spec, "test");
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error()[0].to_string());
  return std::make_shared<const population::Population>(*std::move(read));
}

// The scanner is 10.0.0.1 and everything else of 10.0.0.0/16 and fd00::/64 is the responder's, its routers included.
respond::EngineOptions responder(const std::string& spec) {
  respond::EngineOptions o;
  o.mac = {{2, 0, 0, 0, 0, 9}};
  addr::RangeList<uint32_t> v4;
  v4.add(0x0a000002, 0x0a00ffff);
  addr::RangeList<base::u128> low;
  low.add(base::make_u128(0xfd00000000000000u, 2), base::make_u128(0xfd00000000000000u, ~uint64_t{0}));
  o.own = respond::AddressSet(std::move(v4), std::move(low));
  o.rates = {0, 0, 0};
  o.tcp.connections = 64;
  o.tcp.blocks = 64;
  o.population = population_of(spec);
  return o;
}

using Found = std::map<addr::Target, State>;

Found truth(const population::Population& p, const addr::TargetSet& targets) {
  Found out;
  for (base::u128 i = 0; i < targets.size(); ++i) {
    const addr::Target t = targets.pick(i);
    const population::Host host = p.host(t.address);
    switch (p.meeting(host, t.address, t.service.protocol, t.service.port)) {
      case population::kMeetsOpen:
        // An open UDP port says nothing unless its server knows our probe.
        if (t.service.protocol == Protocol::kTcp) out[t] = State::kOpen;
        break;
      case population::kMeetsClosed:
        out[t] = State::kClosed;
        break;
      case population::kMeetsRejection:
        out[t] = State::kFiltered;
        break;
      case population::kMeetsNoHost:
        out[t] = State::kFiltered;
        break;
      default:
        break;
    }
  }
  return out;
}

Found found(const Duel& duel) {
  Found out;
  for (const result::Observation& o : duel.observations()) {
    const auto [at, fresh] = out.emplace(o.target, o.state);
    EXPECT_TRUE(fresh) << "told twice: " << o.target.address.to_string();
  }
  return out;
}

const std::vector<addr::ProtoPort> kTcpPorts{
    {Protocol::kTcp, 22}, {Protocol::kTcp, 80}, {Protocol::kTcp, 443}, {Protocol::kTcp, 9999}};

TEST(Duel, FindsExactlyThePopulationOfANetwork) {
  const std::string spec =
      "seed=7,live=0.4,tcp=22:0.5+80:0.4+443:0.2,closed=0.5,unreachable=0.05,tarpit=0.02,syn-proxy=0.02,ack-only=0.02";
  scan::Plan plan =
      plan_of({{v4(0x0a000100), v4(0x0a0004ff)}, {v6(0xfd00000000000000u, 0x100), v6(0xfd00000000000000u, 0x2ff)}},
              {kTcpPorts[0], kTcpPorts[1], kTcpPorts[2], kTcpPorts[3]});
  const auto options = responder(spec);
  Duel duel(plan, options);
  ASSERT_EQ(duel.error(), "");
  ASSERT_EQ(duel.run(), scan::Lane::End::kComplete);
  const Found expected = truth(*options.population, plan.targets);
  ASSERT_GT(expected.size(), 500u);
  EXPECT_EQ(found(duel), expected);
}

TEST(Duel, RetriesFindWhatLossHid) {
  const std::string spec = "seed=3,live=0.5,tcp=80:0.5,closed=0.5,loss=0.02,duplication=0.05,delay=5ms..60ms";
  scan::Plan plan = plan_of({{v4(0x0a000100), v4(0x0a0008ff)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(20'000);
  plan.retries = 4;
  auto options = responder(spec);
  const auto w = options.population->weather();
  options.weather.loss_in = w.loss, options.weather.loss_out = w.loss, options.weather.duplicate = w.duplication;
  options.weather.delay_least = w.delay_min, options.weather.delay_most = w.delay_max;
  Duel duel(plan, options);
  ASSERT_EQ(duel.run(), scan::Lane::End::kComplete);
  const Found expected = truth(*options.population, plan.targets);
  const Found got = found(duel);
  for (const auto& [target, state] : got) EXPECT_EQ(expected.at(target), state);
  // Five probes, each of which comes through with 0.98^2: none of a thousand should be missing.
  EXPECT_EQ(got.size(), expected.size());
}

TEST(Duel, CountsTheSameFramesOnBothSides) {
  scan::Plan plan = plan_of({{v4(0x0a000100), v4(0x0a0002ff)}}, {{Protocol::kTcp, 80}, {Protocol::kTcp, 81}});
  Duel duel(plan, responder("seed=5,live=1,tcp=80:1,closed=1"));
  ASSERT_EQ(duel.run(), scan::Lane::End::kComplete);
  const auto& scan = duel.lane().counters().scan;
  const auto& respond = duel.engine().counters().respond;
  using respond::Count;
  EXPECT_EQ(respond[Count::kReceived], duel.lane().port_stats().sent);
  EXPECT_EQ(respond[Count::kSyn], 512u);
  EXPECT_EQ(scan[scan::Count::kOpen], respond[Count::kSyn]);
  EXPECT_EQ(scan[scan::Count::kClosed], respond[Count::kResets]);
  EXPECT_EQ(respond[Count::kStrays], scan[scan::Count::kResets]);  // the scanner's RSTs end here
}

TEST(Duel, FindsUdpServicesThatKnowItsProbes) {
  scan::Plan plan =
      plan_of({{v4(0x0a000100), v4(0x0a00013f)}}, {{Protocol::kUdp, 53}, {Protocol::kUdp, 123}, {Protocol::kUdp, 7}});
  auto options = responder("seed=5,live=1,udp=53:1+123:1,closed=1");
  options.amplification = respond::Amplification::kAnybody;
  Duel duel(plan, options);
  ASSERT_EQ(duel.run(), scan::Lane::End::kComplete);
  std::map<std::pair<uint16_t, State>, int> by_port;
  for (const auto& [target, state] : found(duel)) ++by_port[{target.service.port, state}];
  EXPECT_EQ((by_port[{53, State::kOpen}]), 64);
  EXPECT_EQ((by_port[{123, State::kOpen}]), 64);
  EXPECT_EQ((by_port[{7, State::kClosed}]), 64);
}

RC_GTEST_PROP(Duel, AnyPopulationIsFoundAsItIs, ()) {
  const auto share = [] { return std::to_string(*rc::gen::inRange(0, 101)) + "e-2"; };
  const std::string spec = "seed=" + std::to_string(*rc::gen::inRange(0, 100000)) + ",live=" + share() +
                           ",tcp=80:" + share() + "+443:" + share() + ",closed=" + share();
  scan::Plan plan = plan_of({{v4(0x0a000100), v4(0x0a00017f)}}, {{Protocol::kTcp, 80}, {Protocol::kTcp, 443}});
  const auto options = responder(spec);
  Duel duel(plan, options);
  RC_ASSERT(duel.run() == scan::Lane::End::kComplete);
  RC_ASSERT(found(duel) == truth(*options.population, plan.targets));
}

}  // namespace
}  // namespace portolan::sim::duel_test
