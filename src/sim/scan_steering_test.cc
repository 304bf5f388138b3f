// SPDX-License-Identifier: Apache-2.0
// A running scan obeys: rate, pause, exclusions, stop; and it ends as soon as nothing can come.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "sim/testing.h"

namespace portolan::sim::scan_steering_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kMillisecond;
using base::kSecond;
using scan::Count;
using scan::Lane;
using Kind = Answer::Kind;

constexpr uint32_t kOnLink = 0x0a000100;
constexpr uint32_t kRouted = 0xc6120000;

NetworkOptions all_answer() {
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  return o;
}

NetworkOptions only_routers_answer() {
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.address == v4(0x0a0000fe) ? Kind::kPositive : Kind::kSilence};
  };
  return o;
}

scan::Plan routed_plan(uint32_t targets, double rate) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + targets - 1)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(rate);
  return plan;
}

TEST(Steering, ChangesTheRateOfAllLanesTogether) {
  const auto plan = routed_plan(100'000, 100);
  World w(plan, simple_vantage(), only_routers_answer(), {.count = 3});
  w.run_until(2 * kSecond);
  EXPECT_NEAR(static_cast<double>(w.count(Count::kProbes)), 200, 15);
  w.lane().set_rate(pace::Rate::per_second(3000));
  w.run_until(4 * kSecond);
  EXPECT_NEAR(static_cast<double>(w.count(Count::kProbes)), 6200, 150);
  w.lane().set_rate(pace::Rate::per_second(10));
  const uint64_t before = w.count(Count::kProbes);
  w.run_until(6 * kSecond);
  EXPECT_LE(w.count(Count::kProbes), before + 40);
}

TEST(Steering, APauseSendsNothingAndEarnsNothing) {
  const auto plan = routed_plan(10'000, 1000);
  for (const bool bulk : {false, true}) {
    World w(plan, simple_vantage(), all_answer(), WorldLanes{.bulk = bulk});
    w.run_until(50 * kMillisecond);
    w.lane().pause(true);
    w.run_until(51 * kMillisecond);
    EXPECT_TRUE(w.lane().exclusions_in_force());
    const uint64_t sent = w.count(Count::kProbes);
    EXPECT_GT(sent, 0u);
    w.run_until(10 * kSecond);
    EXPECT_EQ(w.count(Count::kProbes), sent);
    EXPECT_EQ(w.observations().size(), sent);  // receiving goes on
    w.lane().pause(false);
    if (!bulk) {
      w.run_until(10 * kSecond + 100 * kMillisecond);
      EXPECT_LE(w.count(Count::kProbes), sent + 105);
    }
    EXPECT_EQ(w.run(), Lane::End::kComplete);
    EXPECT_EQ(w.observations().size(), 10'000u);
    expect_books_to_balance(w);
  }
}

TEST(Steering, WithoutARateItListensUntilItIsGivenOneOrStopped) {
  auto plan = routed_plan(100, 1000);
  plan.listen_only = true;
  for (const bool give_rate : {false, true}) {
    World w(plan, simple_vantage(), all_answer(), {.count = 2});
    ASSERT_TRUE(w.run_until(1000 * kSecond));
    EXPECT_EQ(w.lane().port_stats().sent, 0u);
    if (give_rate) {
      w.lane().set_rate(pace::Rate::per_second(1000));
      EXPECT_EQ(w.run(), Lane::End::kComplete);
      EXPECT_EQ(w.observations().size(), 100u);
    } else {
      w.lane().request_stop();
      EXPECT_EQ(w.run(), Lane::End::kStopped);
    }
    expect_books_to_balance(w);
  }
}

// At any moment, with neighbours that are waited for and passes to come.
RC_GTEST_PROP(Steering, ExcludedAddressesAreNotSentToOnceItIsInForce, ()) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 255)}, {v4(kOnLink), v4(kOnLink + 63)}},
                      {{Protocol::kTcp, 80}, {Protocol::kUdp, 53}});
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  plan.rate = pace::Rate::per_second(*rc::gen::element(100, 500));
  plan.retries = *rc::gen::inRange<uint32_t>(0, 2);
  const bool late = *rc::gen::arbitrary<bool>();
  const auto skip = *rc::gen::inRange<uint32_t>(0, 256);
  const std::vector<scan::AddressRange> ranges{{v4(kRouted + skip / 2), v4(kRouted + skip)},
                                               {v4(kOnLink + skip / 8), v4(kOnLink + skip / 4)}};
  const bool no_dns = late && *rc::gen::arbitrary<bool>();
  if (late) plan.late_exclusions = ranges;
  if (no_dns) {
    const uint32_t key = addr::service_key({Protocol::kUdp, 53});
    plan.late_excluded_services = {{key - 1, key}};
  }
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.address.lo() % 2 == 0 ? Kind::kPositive : Kind::kSilence};
  };
  o.answer_loss = 0;
  World w(plan, simple_vantage(), o, {.count = *rc::gen::inRange<uint32_t>(1, 4)});
  base::Nanos in_force = -1;
  if (!late) {
    w.run_until(*rc::gen::inRange<base::Nanos>(0, 6 * kSecond));
    RC_ASSERT(w.lane().exclude(ranges).has_value());
    while (!w.lane().exclusions_in_force() && w.run_until(w.clock().now() + kMillisecond)) {
    }
    in_force = w.clock().now();
  }
  RC_ASSERT(w.run() == Lane::End::kComplete);
  expect_books_to_balance(w);
  size_t asked = 0;
  for (const auto& [target, times] : w.network().asked()) {
    const bool excluded = std::any_of(ranges.begin(), ranges.end(), [&](const scan::AddressRange& r) {
      return r.first <= target.address && target.address <= r.last;
    });
    RC_ASSERT(!no_dns || target.service.protocol != Protocol::kUdp);
    if (excluded) RC_ASSERT(times.back() <= in_force);
    asked += excluded ? 0 : 1;
  }
  RC_ASSERT(asked > 0u);
  if (late) RC_ASSERT(w.count(Count::kSkippedExcluded) > 0u);
}

TEST(Steering, ABulkSenderSaysThatItCannotExclude) {
  const auto plan = routed_plan(10, 1000);
  World w(plan, simple_vantage(), all_answer(), true);
  const std::vector<scan::AddressRange> ranges{{v4(kRouted), v4(kRouted)}};
  const auto done = w.lane().exclude(ranges);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().find("--lane"), std::string::npos);
}

TEST(End, OfOneTargetOnTheLinkComesAtOnce) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate();
  for (const base::Nanos wait : {base::Nanos{0}, scan::kForever}) {
    plan.wait = wait;
    World w(plan, simple_vantage(), all_answer());
    EXPECT_EQ(w.run(kSecond), Lane::End::kComplete);
    EXPECT_EQ(w.observations().size(), 1u);
    EXPECT_LT(w.clock().now(), 100 * kMillisecond);
  }
}

TEST(End, WithoutAWaitAndAnAnswerComesSoonAfterTheProbe) {
  auto plan = routed_plan(1, 100);
  plan.wait = 0;
  World w(plan, simple_vantage(), only_routers_answer());
  EXPECT_EQ(w.run(kSecond), Lane::End::kComplete);
  EXPECT_LT(w.clock().now(), 100 * kMillisecond);
}

TEST(End, IsNotWaitedForWhenNobodyCouldBeAsked) {
  auto plan = plan_of({{v4(kOnLink), v4(kOnLink + 1)}}, {{Protocol::kTcp, 80}});
  plan.wait = scan::kForever;
  World w(plan, simple_vantage(), only_routers_answer(), {.count = 2});
  EXPECT_EQ(w.run(10 * kSecond), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kUnresolved), 2u);
  EXPECT_LT(w.clock().now(), 4 * kSecond);
}

TEST(End, OfAWaitForeverIsAStop) {
  auto plan = routed_plan(2, 100);
  plan.wait = scan::kForever;
  World w(plan, simple_vantage(), only_routers_answer(), {.count = 2});
  EXPECT_TRUE(w.run_until(1'000'000 * kSecond));
  w.lane().request_stop();
  w.lane().request_stop();
  EXPECT_EQ(w.run(2'000'000 * kSecond), Lane::End::kStopped);
}

}  // namespace
}  // namespace portolan::sim::scan_steering_test
