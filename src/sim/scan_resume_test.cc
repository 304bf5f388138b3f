// SPDX-License-Identifier: Apache-2.0
// A scan cut into parts, or killed and resumed, asks what one run would ask; what is covered is not asked twice.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "permute/permutation.h"
#include "sim/testing.h"

namespace portolan::sim::scan_resume_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kMillisecond;
using base::kSecond;
using scan::Count;
using scan::Covered;
using scan::Lane;
using Kind = Answer::Kind;

constexpr uint32_t kOnLink = 0x0a000100;
constexpr uint32_t kRouted = 0xc6120000;

bool is_link(const addr::Target& t) {
  return t.service.protocol == Protocol::kArp || t.service.protocol == Protocol::kNdp;
}

// Every third address is a host with a port or two open.
Answer behaviour(const addr::Target& t) {
  const bool exists = t.address.lo() % 3 == 0 || t.address == v4(0x0a0000fe);
  if (!exists) return {};
  if (is_link(t)) return {Kind::kPositive};
  return {t.service.port % 2 == 0 ? Kind::kPositive : Kind::kNegative};
}

NetworkOptions street() {
  NetworkOptions o;
  o.behaviour = behaviour;
  return o;
}

WorldLanes lanes_of(uint32_t count) { return {.count = count}; }

// Probes to targets of the plan, by their index in the scan's order.
std::map<base::u128, std::vector<base::Nanos>> asked_by(World& w, const scan::Plan& plan) {
  const permute::Permutation order(plan.targets.size(), plan.seed);
  std::map<base::u128, std::vector<base::Nanos>> asked;
  for (const auto& [target, times] : w.network().asked()) {
    if (is_link(target)) continue;
    const auto index = plan.targets.index_of(target);
    if (index) asked[order.inverse(*index)] = times;
  }
  return asked;
}

std::set<addr::Target> found_by(const World& w) {
  std::set<addr::Target> found;
  for (const auto& o : w.observations()) EXPECT_TRUE(found.insert(o.target).second);
  return found;
}

std::vector<base::u128> indexes_of(const scan::Plan& plan, const std::set<addr::Target>& targets) {
  std::vector<base::u128> indexes;
  for (const addr::Target& t : targets) indexes.push_back(*plan.targets.index_of(t));
  return indexes;
}

std::set<addr::Target> truth_of(const scan::Plan& plan) {
  std::set<addr::Target> truth;
  for (base::u128 i = 0; i < plan.targets.size(); ++i) {
    const addr::Target t = plan.targets.pick(i);
    if (behaviour(t).kind != Kind::kSilence) truth.insert(t);
  }
  return truth;
}

scan::Plan any_plan() {
  const auto routed = *rc::gen::inRange<uint32_t>(1, 120);
  const auto local = *rc::gen::inRange<uint32_t>(1, 30);
  auto plan = plan_of({{v4(kRouted), v4(kRouted + routed - 1)}, {v4(kOnLink), v4(kOnLink + local - 1)}},
                      {{Protocol::kTcp, 80}, {Protocol::kTcp, 443}});
  plan.seed = *rc::gen::arbitrary<uint64_t>();
  return plan;
}

RC_GTEST_PROP(Parts, PartitionTheScan, ()) {
  scan::Plan plan = any_plan();
  plan.shard.y = *rc::gen::inRange<uint64_t>(1, 4);
  const uint64_t n = base::lo64(plan.targets.size());
  const uint64_t size = *rc::gen::inRange<uint64_t>(n / 4 + 1, n + 10);
  const auto lanes = *rc::gen::inRange<uint32_t>(1, 5);
  const bool bulk = lanes == 1 && *rc::gen::arbitrary<bool>();
  std::map<base::u128, size_t> asked;
  std::set<addr::Target> found;
  for (plan.shard.x = 1; plan.shard.x <= plan.shard.y; ++plan.shard.x) {
    for (uint64_t first = 0; first < n; first += size) {
      plan.part = {first, size};
      World w(plan, simple_vantage(), street(), {.count = lanes, .bulk = bulk});
      RC_ASSERT(w.run() == Lane::End::kComplete);
      expect_books_to_balance(w);
      for (const auto& [index, times] : asked_by(w, plan)) {
        RC_ASSERT(plan.part.contains(index));
        asked[index] += times.size();
      }
      for (const auto& t : found_by(w)) RC_ASSERT(found.insert(t).second);
      RC_ASSERT(w.lane().covered_everything());
      RC_ASSERT(w.lane().progress().positions == w.lane().progress().total);
    }
  }
  RC_ASSERT(found == truth_of(plan));
  for (const auto& [index, times] : asked) RC_ASSERT(times == 1u);
}

TEST(Parts, ThatAreEmptyEndAtOnce) {
  scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 9)}}, {{Protocol::kTcp, 80}});
  plan.wait = scan::kForever;
  for (const scan::Part part : {scan::Part{10, 5}, scan::Part{0, 0}, scan::Part{base::kU128Max, base::kU128Max}}) {
    plan.part = part;
    World w(plan, simple_vantage(), street(), lanes_of(3));
    EXPECT_EQ(w.run(kSecond), Lane::End::kComplete);
    EXPECT_LT(w.clock().now(), 10 * kMillisecond);
    EXPECT_TRUE(w.network().asked().empty());
    EXPECT_TRUE(w.lane().covered_everything());
  }
}

TEST(Parts, WithRetriesAreAskedAgainAndNothingElseIs) {
  scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 99)}}, {{Protocol::kTcp, 80}});
  plan.part = {30, 40};
  plan.retries = 2;
  World w(plan, simple_vantage(), street(), lanes_of(2));
  ASSERT_EQ(w.run(), Lane::End::kComplete);
  const auto asked = asked_by(w, plan);
  EXPECT_EQ(asked.size(), 40u);
  for (const auto& [index, times] : asked) {
    EXPECT_TRUE(plan.part.contains(index));
    EXPECT_TRUE(times.size() == 1 || times.size() == 3);
  }
}

// What one life of a scan leaves behind.
struct Life {
  Covered covered;
  base::Nanos when = 0;
  std::set<addr::Target> found;
  std::map<base::u128, std::vector<base::Nanos>> asked;
  bool ended = false;
};

Life live(const scan::Plan& plan, const WorldLanes& lanes, base::Nanos until, base::Nanos lag) {
  World w(plan, simple_vantage(), street(), lanes);
  Life life;
  life.ended = !w.run_until(until);
  life.when = w.clock().now();
  life.covered = w.lane().covered(lag, life.when);
  life.found = found_by(w);
  life.asked = asked_by(w, plan);
  if (life.ended) expect_books_to_balance(w);
  return life;
}

// Everything below the covered index was sent, once in this pass and at least the lag ago, unless it had answered.
void expect_covered_to_be_true(const scan::Plan& plan, const Life& life, base::Nanos lag) {
  const permute::Permutation order(plan.targets.size(), plan.seed);
  for (base::u128 index = 0; index < plan.targets.size(); ++index) {
    if (!plan.part.contains(index) || !plan.shard.position(index)) continue;
    const bool here = index < life.covered.index;
    const uint32_t passes = life.covered.pass + (here ? 1 : 0);
    const uint32_t before = plan.resume.pass + (index < plan.resume.index ? 1 : 0);
    const addr::Target t = plan.targets.pick(order.at(index));
    const bool reachable = t.address < v4(kRouted) ? t.address.lo() % 3 == 0 : true;
    if (passes <= before || !reachable || behaviour(t).kind != Kind::kSilence) continue;
    const auto it = life.asked.find(index);
    RC_ASSERT(it != life.asked.end());
    RC_ASSERT(it->second.size() >= passes - before);
    if (!life.ended) RC_ASSERT(it->second[passes - before - 1] <= life.when - lag);
  }
}

RC_GTEST_PROP(Resume, AnyKillLosesNothingAndRepeatsNothingCovered, ()) {
  scan::Plan plan = any_plan();
  const uint64_t n = base::lo64(plan.targets.size());
  plan.retries = *rc::gen::inRange<uint32_t>(0, 3);
  plan.rate = pace::Rate::per_second(*rc::gen::element(20, 100, 1000));
  plan.shard = *rc::gen::element(permute::Shard{1, 1}, permute::Shard{2, 3});
  if (*rc::gen::arbitrary<bool>()) plan.part = {*rc::gen::inRange<uint64_t>(0, n), *rc::gen::inRange<uint64_t>(0, n)};
  WorldLanes lanes{.count = *rc::gen::inRange<uint32_t>(1, 5)};
  lanes.bulk = lanes.count == 1 && *rc::gen::arbitrary<bool>();
  const base::Nanos lag = *rc::gen::element<base::Nanos>(50 * kMillisecond, 300 * kMillisecond, kSecond);

  std::set<addr::Target> found;
  std::set<base::u128> asked;
  Covered covered;
  for (int lives = 0;; ++lives) {
    RC_ASSERT(lives < 100);
    const base::Nanos until = lives > 5 ? 1000 * kSecond : *rc::gen::inRange<base::Nanos>(0, 8 * kSecond);
    lanes.remembered = indexes_of(plan, found);
    plan.resume = {covered.pass, covered.index, !found.empty()};
    const Life life = live(plan, lanes, until, lag);
    for (const auto& [index, times] : life.asked) {
      const uint32_t left =
          covered.pass > plan.retries ? 0 : plan.retries + 1 - covered.pass - (index < covered.index ? 1 : 0);
      RC_ASSERT(times.size() <= left);
      RC_ASSERT(plan.part.contains(index));
      asked.insert(index);
    }
    for (const auto& t : life.found) RC_ASSERT(found.insert(t).second);
    RC_ASSERT(!life.covered.is_before(covered));
    expect_covered_to_be_true(plan, life, lag);
    covered = life.covered;
    if (life.ended) break;
  }
  RC_ASSERT(covered.pass == plan.retries + 1);
  const permute::Permutation order(plan.targets.size(), plan.seed);
  std::set<addr::Target> truth;
  for (const addr::Target& t : truth_of(plan)) {
    const base::u128 index = order.inverse(*plan.targets.index_of(t));
    if (plan.part.contains(index) && plan.shard.position(index)) truth.insert(t);
  }
  RC_ASSERT(found == truth);
}

TEST(Resume, OfAScanThatWasThroughAsksNobody) {
  scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 9)}}, {{Protocol::kTcp, 80}});
  plan.resume = {1, 0, false};
  World w(plan, simple_vantage(), street());
  EXPECT_EQ(w.run(kSecond), Lane::End::kComplete);
  EXPECT_TRUE(w.network().asked().empty());
  EXPECT_EQ(w.lane().covered(0, w.clock().now()).pass, 1u);
}

TEST(Resume, KeepsTheSpacingAfterTheEarlierRun) {
  scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 299)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(100);
  plan.retries = 1;
  plan.resume = {1, 150, false};
  World w(plan, simple_vantage(), street());
  ASSERT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kProbes), 0u);
  EXPECT_EQ(w.count(Count::kRetries), 150u);
  for (const auto& [target, times] : w.network().asked()) {
    if (is_link(target)) continue;
    EXPECT_GE(times.front(), plan.retry_spacing);
  }
}

// A neighbour that does not answer holds the covered index back until it is given up.
TEST(Covered, DoesNotPassProbesThatWait) {
  scan::Plan plan = plan_of({{v4(kOnLink), v4(kOnLink + 1)}, {v4(kRouted), v4(kRouted + 999)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(1000);
  const permute::Permutation order(plan.targets.size(), plan.seed);
  base::u128 first_silent = plan.targets.size();
  for (uint32_t a = kOnLink; a <= kOnLink + 1; ++a) {
    if (a % 3 == 0) continue;
    first_silent = std::min(first_silent, order.inverse(*plan.targets.index_of(tcp(v4(a), 80))));
  }
  World w(plan, simple_vantage(), street());
  ASSERT_TRUE(w.run_until(2 * kSecond));
  EXPECT_EQ(w.count(Count::kPositions), 1002u);
  EXPECT_TRUE(w.lane().covered(0, w.clock().now()) == (Covered{0, first_silent}));
  ASSERT_TRUE(w.run_until(5 * kSecond));
  EXPECT_EQ(w.lane().covered(0, w.clock().now()).pass, 1u);
}

TEST(Covered, AfterAStopIsWhatWasSent) {
  scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 999)}}, {{Protocol::kTcp, 80}});
  plan.rate = pace::Rate::per_second(100);
  for (const bool twice : {false, true}) {
    World w(plan, simple_vantage(), street(), lanes_of(2));
    ASSERT_TRUE(w.run_until(2 * kSecond));
    w.lane().request_stop();
    if (twice) w.lane().request_stop();
    ASSERT_EQ(w.run(), Lane::End::kStopped);
    const Covered covered = w.lane().covered(kSecond, w.clock().now() + 100 * kSecond);
    EXPECT_EQ(covered.pass, 0u);
    EXPECT_NEAR(static_cast<double>(base::lo64(covered.index)), twice ? 100 : 200, 15);
  }
}

}  // namespace
}  // namespace portolan::sim::scan_resume_test
