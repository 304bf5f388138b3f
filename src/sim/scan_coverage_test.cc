// SPDX-License-Identifier: Apache-2.0
// Every target exactly once; retries exactly as often as asked, spaced, and only to those that are silent.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "sim/testing.h"

namespace portolan::sim::scan_coverage_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kMillisecond;
using base::kSecond;
using scan::Count;
using scan::Lane;
using Kind = Answer::Kind;

// Routed addresses, so that no neighbour has to be found.
constexpr uint32_t kRouted = 0xc6120000;  // 198.18.0.0

NetworkOptions routers_and(std::function<Answer(const addr::Target&)> behaviour) {
  NetworkOptions o;
  o.behaviour = [behaviour](const addr::Target& t) {
    const bool link = t.service.protocol == Protocol::kArp || t.service.protocol == Protocol::kNdp;
    return link ? Answer{Kind::kPositive} : behaviour(t);
  };
  return o;
}
NetworkOptions silent_network() {
  return routers_and([](const addr::Target&) { return Answer{}; });
}

// What arrived, without the questions for routers.
std::map<addr::Target, std::vector<base::Nanos>> probes_seen(World& w) {
  auto seen = w.network().asked();
  std::erase_if(seen, [](const auto& e) {
    return e.first.service.protocol == Protocol::kArp || e.first.service.protocol == Protocol::kNdp;
  });
  return seen;
}

void expect_each_once(World& w, const scan::Plan& plan) {
  const auto seen = probes_seen(w);
  EXPECT_EQ(base::u128{seen.size()}, plan.targets.size());
  for (const auto& [target, times] : seen) {
    ASSERT_EQ(times.size(), 1u);
    ASSERT_TRUE(plan.targets.contains(target));
  }
}

TEST(Coverage, EveryTargetOnce) {
  const auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}}, {{Protocol::kTcp, 80},
                                                                 {Protocol::kTcp, 443},
                                                                 {Protocol::kUdp, 53},
                                                                 {Protocol::kSctp, 9},
                                                                 {Protocol::kIcmpEcho, 0}});
  World w(plan, simple_vantage(), silent_network());
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  expect_each_once(w, plan);
  expect_books_to_balance(w);
}

TEST(Coverage, MixedFamiliesAndPairs) {
  const auto plan =
      plan_of({{v4(kRouted), v4(kRouted + 99)}, {v6(0x2a00000000000000u, 1), v6(0x2a00000000000000u, 50)}},
              {{Protocol::kTcp, 22}, {Protocol::kUdp, 123}},
              {tcp(v4(kRouted + 500), 8080), tcp(v6(0x2a00000000000001u, 7), 25), tcp(v4(kRouted + 1), 22)});
  EXPECT_EQ(plan.targets.size(), base::u128{302});
  World w(plan, simple_vantage(), silent_network());
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  expect_each_once(w, plan);
  expect_books_to_balance(w);
}

TEST(Coverage, ShardsAtDifferentRatesPartition) {
  std::set<addr::Target> all;
  const double rates[] = {1'000, 50'000, 777};
  for (uint64_t x = 1; x <= 3; ++x) {
    auto plan = plan_of({{v4(kRouted), v4(kRouted + 299)}}, {{Protocol::kTcp, 80}, {Protocol::kTcp, 81}});
    plan.shard = {x, 3};
    plan.rate = pace::Rate::per_second(rates[x - 1]);
    World w(plan, simple_vantage(), silent_network());
    EXPECT_EQ(w.run(), Lane::End::kComplete);
    for (const auto& [target, times] : probes_seen(w)) {
      EXPECT_EQ(times.size(), 1u);
      EXPECT_TRUE(all.insert(target).second) << "two shards asked the same target";
    }
  }
  EXPECT_EQ(all.size(), 600u);
}

TEST(Retries, SilentTargetsAreAskedExactlyThreeTimesWithTheSpacing) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}}, {{Protocol::kTcp, 80}});
  plan.retries = 2;
  plan.retry_spacing = 1'500 * kMillisecond;
  plan.rate = pace::Rate::per_second(1'000);
  World w(plan, simple_vantage(), silent_network());
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  const auto seen = probes_seen(w);
  EXPECT_EQ(seen.size(), 256u);
  for (const auto& [target, times] : seen) {
    ASSERT_EQ(times.size(), 3u);
    EXPECT_GE(times[1] - times[0], plan.retry_spacing);
    EXPECT_GE(times[2] - times[1], plan.retry_spacing);
  }
  EXPECT_EQ(w.count(Count::kProbes), 256u);
  EXPECT_EQ(w.count(Count::kRetries), 512u);
  expect_books_to_balance(w);
}

TEST(Retries, OnlyTheSilentAreAskedAgain) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}}, {{Protocol::kTcp, 80}});
  plan.retries = 2;
  const auto answers = [](const addr::Target& t) { return t.address.v4_bits() % 3 == 0; };
  World w(plan, simple_vantage(), routers_and([&](const addr::Target& t) {
            return answers(t) ? Answer{t.address.v4_bits() % 2 == 0 ? Kind::kPositive : Kind::kNegative} : Answer{};
          }));
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  for (const auto& [target, times] : probes_seen(w)) EXPECT_EQ(times.size(), answers(target) ? 1u : 3u);
  expect_books_to_balance(w);
}

// A late answer, long after the next pass has begun, is still one result.
TEST(Retries, LostAnswersAreFoundByLaterPassesOnce) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 2'047)}}, {{Protocol::kTcp, 80}});
  plan.retries = 5;
  plan.retry_spacing = 100 * kMillisecond;
  auto options = routers_and([](const addr::Target&) { return Answer{Kind::kPositive}; });
  options.probe_loss = 0.2;
  options.answer_loss = 0.2;
  options.delay = 250 * kMillisecond;
  World w(plan, simple_vantage(), options);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  std::set<addr::Target> found;
  for (const auto& o : w.observations()) EXPECT_TRUE(found.insert(o.target).second);
  EXPECT_GT(found.size(), 2'030u);  // each is missed by all six passes with probability 0.36^6
  expect_books_to_balance(w);
}

TEST(Order, DependsOnTheSeedAloneAndNotOnTheRate) {
  const auto order_at = [](double rate, uint64_t seed) {
    auto plan = plan_of({{v4(kRouted), v4(kRouted + 127)}}, {{Protocol::kTcp, 80}});
    plan.rate = pace::Rate::per_second(rate);
    plan.seed = seed;
    World w(plan, simple_vantage(), silent_network());
    w.run();
    std::vector<std::pair<base::Nanos, addr::Target>> by_time;
    for (const auto& [target, times] : probes_seen(w)) by_time.emplace_back(times[0], target);
    std::sort(by_time.begin(), by_time.end());
    std::vector<addr::Target> order;
    for (const auto& [time, target] : by_time) order.push_back(target);
    return order;
  };
  const auto slow = order_at(10, 1);
  EXPECT_EQ(slow, order_at(77, 1));
  EXPECT_NE(slow, order_at(10, 2));
}

TEST(Stop, EndsSendingAndWaits) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 65'535)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(1'000);
  World w(plan, simple_vantage(), silent_network());
  EXPECT_TRUE(w.run_until(5 * kSecond));
  w.lane().request_stop();
  EXPECT_EQ(w.run(), Lane::End::kStopped);
  EXPECT_NEAR(static_cast<double>(w.count(Count::kProbes)), 5'000, 50);
  EXPECT_GE(w.clock().now(), 5 * kSecond + plan.wait);
  EXPECT_LE(w.clock().now(), 5 * kSecond + plan.wait + kSecond);
  EXPECT_FALSE(w.lane().covered_everything());
  expect_books_to_balance(w);
}

TEST(Stop, TheSecondRequestEndsAtOnce) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 65'535)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(1'000);
  World w(plan, simple_vantage(), silent_network());
  EXPECT_TRUE(w.run_until(kSecond));
  w.lane().request_stop();
  w.lane().request_stop();
  EXPECT_EQ(w.run(), Lane::End::kStopped);
  EXPECT_LE(w.clock().now(), 1'100 * kMillisecond);
}

TEST(Rate, IsKeptFromTheFirstProbeOn) {
  for (const double rate : {0.5, 10.0, 100.0, 5'000.0}) {
    auto plan = plan_of({{v4(kRouted), v4(kRouted + 65'535)}}, {{Protocol::kTcp, 80}});
    plan.rate = pace::Rate::per_second(rate);
    World w(plan, simple_vantage(), silent_network());
    EXPECT_TRUE(w.run_until(10 * kSecond));
    // One frame more for the router's address, and the first goes at once.
    EXPECT_NEAR(static_cast<double>(w.count(Count::kProbes)), rate * 10, rate * 0.1 + 2) << rate;
  }
}

// Any small world: the network sees exactly the plan, and the books balance.
RC_GTEST_PROP(Coverage, AnyPlanIsCoveredExactly, ()) {
  const auto first = *rc::gen::inRange<uint32_t>(kRouted, kRouted + 1'000);
  const auto count = *rc::gen::inRange<uint32_t>(1, 200);
  const auto port = *rc::gen::inRange<uint16_t>(1, 60'000);
  auto plan = plan_of({{v4(first), v4(first + count - 1)}}, {{Protocol::kTcp, port}, {Protocol::kUdp, port}});
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  plan.retries = *rc::gen::inRange<uint32_t>(0, 3);
  plan.rate = pace::Rate::per_second(*rc::gen::inRange(100, 1'000'000));
  plan.source_ports = {61000, static_cast<uint16_t>(61000 + *rc::gen::inRange<uint16_t>(0, 100))};
  World w(plan, simple_vantage(), routers_and([](const addr::Target& t) {
            return Answer{static_cast<Kind>(std::hash<addr::IpAddress>()(t.address) % 3)};
          }));
  RC_ASSERT(w.run() == Lane::End::kComplete);
  for (const auto& [target, times] : probes_seen(w)) {
    const bool silent = std::hash<addr::IpAddress>()(target.address) % 3 == 0;
    RC_ASSERT(times.size() == (silent ? plan.retries + 1 : 1u));
  }
  RC_ASSERT(base::u128{probes_seen(w).size()} == plan.targets.size());
  expect_books_to_balance(w);
}

}  // namespace
}  // namespace portolan::sim::scan_coverage_test
