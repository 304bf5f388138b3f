// SPDX-License-Identifier: Apache-2.0
// A lane whose sending and receiving is done for it in bulk finds what a lane finds that does all by itself.
#include <gtest/gtest.h>

#include <map>

#include "sim/testing.h"

namespace portolan::sim::scan_bulk_test {
namespace {

using namespace testing;
using addr::Protocol;
using base::kSecond;
using scan::Count;
using scan::Lane;
using Kind = Answer::Kind;

constexpr uint32_t kOnLink = 0x0a000100;
constexpr uint32_t kRouted = 0xc6120000;

// A third of the addresses are hosts; what they say follows from address and port.
Answer behaviour(const addr::Target& t) {
  const bool router = t.address == v4(0x0a0000fe) || t.address == v6(0xfd00000000000000u, 0xfe);
  const bool exists = t.address.lo() % 3 == 0;
  if (t.service.protocol == Protocol::kArp || t.service.protocol == Protocol::kNdp)
    return {exists || router ? Kind::kPositive : Kind::kSilence};
  if (!exists) return {};
  Answer a{static_cast<Kind>((t.address.lo() / 3 + t.service.port) % 4)};
  a.copies = t.address.lo() % 9 == 0 ? 2 : 1;
  if (!t.address.is_v4()) a.icmp_type = 1, a.icmp_code = 1;
  return a;
}

scan::Plan mixed_plan() {
  return plan_of({{v4(kOnLink), v4(kOnLink + 63)},
                  {v4(kRouted), v4(kRouted + 500)},
                  {v6(0x2a00000000000000u, 0), v6(0x2a00000000000000u, 99)}},
                 {{Protocol::kTcp, 80},
                  {Protocol::kTcp, 443},
                  {Protocol::kUdp, 53},
                  {Protocol::kIcmpEcho, 0},
                  {Protocol::kIp, 47}});
}

using Found = std::map<addr::Target, std::pair<result::State, result::Reason>>;

Found found_by(const scan::Plan& plan, NetworkOptions options, bool bulk, uint64_t* caught = nullptr) {
  options.behaviour = behaviour;
  World w(plan, simple_vantage(), options, bulk);
  EXPECT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete) << w.lane().error();
  Found found;
  for (const auto& o : w.observations()) {
    EXPECT_TRUE(found.emplace(o.target, std::pair(o.state, o.reason)).second) << o.target.address.to_string();
    if (o.rtt != result::Observation::kUnknown) {
      EXPECT_GE(o.rtt, 20 * base::kMillisecond);
    }
  }
  expect_books_to_balance(w);
  if (bulk && caught != nullptr) *caught = w.bulk()->caught();
  return found;
}

TEST(Bulk, FindsWhatALaneFindsByItself) {
  const scan::Plan plan = mixed_plan();
  uint64_t caught = 0;
  const Found by_bulk = found_by(plan, {}, true, &caught);
  EXPECT_EQ(by_bulk, found_by(plan, {}, false));
  EXPECT_GT(by_bulk.size(), 500u);
  EXPECT_GT(caught, 200u);
}

TEST(Bulk, AsksAgainWhoHasNotAnsweredAndNobodyElse) {
  scan::Plan plan = mixed_plan();
  plan.retries = 6;
  NetworkOptions lossy;
  lossy.probe_loss = 0.3, lossy.answer_loss = 0.1;
  EXPECT_EQ(found_by(plan, lossy, true), found_by(plan, {}, false));

  lossy.behaviour = behaviour;
  World w(plan, simple_vantage(), lossy, true);
  ASSERT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_GT(w.count(Count::kSkippedAnswered), 0u);
  for (const auto& [target, times] : w.network().asked()) {
    if (target.service.protocol == Protocol::kArp || target.service.protocol == Protocol::kNdp) continue;
    EXPECT_LE(times.size(), 7u);
    for (size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], plan.retry_spacing);
  }
}

TEST(Bulk, AsksItsShardOnce) {
  std::map<addr::Target, size_t> asked;
  for (uint64_t x = 1; x <= 3; ++x) {
    scan::Plan plan = mixed_plan();
    plan.shard = {x, 3};
    NetworkOptions options;
    options.behaviour = behaviour;
    World w(plan, simple_vantage(), options, true);
    ASSERT_EQ(w.run(), Lane::End::kComplete);
    expect_books_to_balance(w);
    for (const auto& [target, times] : w.network().asked()) asked[target] += times.size();
  }
  const scan::Plan plan = mixed_plan();
  size_t targets = 0;
  for (base::u128 i = 0; i < plan.targets.size(); ++i) {
    const addr::Target t = plan.targets.pick(i);
    // Silent neighbours never get a probe: nobody answers for them.
    const bool there = t.address.v6_bits() < v4(kOnLink).v6_bits() ||
                       t.address.v6_bits() > v4(kOnLink + 63).v6_bits() || t.address.lo() % 3 == 0;
    EXPECT_EQ(asked[t], there ? 1u : 0u) << t.address.to_string();
    ++targets;
  }
  EXPECT_EQ(targets, 5u * 665u);
}

TEST(Bulk, StopsAndItsBooksBalance) {
  const scan::Plan plan = plan_of({{v4(kRouted), v4(kRouted + 99'999)}}, {{Protocol::kTcp, 80}});
  NetworkOptions options;
  options.behaviour = behaviour;
  World w(plan, simple_vantage(), options, true);
  w.run_until(w.clock().now() + 60 * base::kMillisecond);
  w.lane().request_stop();
  EXPECT_EQ(w.run(), Lane::End::kStopped);
  EXPECT_LT(w.count(Count::kProbes), 100'000u);
  EXPECT_GT(w.count(Count::kProbes), 0u);
  expect_books_to_balance(w);
}

}  // namespace
}  // namespace portolan::sim::scan_bulk_test
