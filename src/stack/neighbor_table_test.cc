// SPDX-License-Identifier: Apache-2.0
#include "stack/neighbor_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::stack::neighbor_table_test {
namespace {

using base::kMillisecond;
using base::kSecond;
using State = NeighborTable::State;

addr::IpAddress host(uint32_t n) { return addr::IpAddress::v4(0x0a000000u + n); }
addr::MacAddress mac(uint8_t n) { return {{2, 0, 0, 0, 0, n}}; }

TEST(NeighborTable, AsksThreeTimesAndGivesUp) {
  NeighborTable table;
  const auto s = table.find(0, host(1), 0);
  std::vector<base::Nanos> asked;
  std::optional<base::Nanos> failed;
  for (base::Nanos now = 0; now <= 5 * kSecond; now += 10 * kMillisecond) {
    while (table.take_request(now)) asked.push_back(now);
    while (const auto f = table.take_failure(now)) {
      EXPECT_EQ(*f, s);
      failed = now;
    }
  }
  EXPECT_EQ(asked, (std::vector<base::Nanos>{0, 500 * kMillisecond, 1500 * kMillisecond}));
  EXPECT_EQ(failed, 2500 * kMillisecond);
  EXPECT_EQ(table.at(s).state, State::kFailed);
  EXPECT_EQ(table.next_request(), std::nullopt);
  EXPECT_EQ(table.next_failure(), std::nullopt);
}

TEST(NeighborTable, AnswerEndsTheAsking) {
  NeighborTable table;
  const auto s = table.find(0, host(1), 0);
  EXPECT_EQ(table.take_request(0), s);
  EXPECT_EQ(table.learn(0, host(1), mac(1), 1), s);
  EXPECT_EQ(table.at(s).state, State::kReachable);
  EXPECT_EQ(table.at(s).mac, mac(1));
  for (base::Nanos now = 0; now < 5 * kSecond; now += 100 * kMillisecond) {
    EXPECT_FALSE(table.take_request(now));
    EXPECT_FALSE(table.take_failure(now));
  }
}

TEST(NeighborTable, BelievesNobodyItDidNotAskAndKeepsTheFirstAnswer) {
  NeighborTable table;
  EXPECT_FALSE(table.learn(0, host(1), mac(1), 0));
  const auto s = table.find(0, host(1), 0);
  EXPECT_FALSE(table.learn(1, host(1), mac(9), 0)) << "another link";
  EXPECT_TRUE(table.learn(0, host(1), mac(1), 0));
  EXPECT_FALSE(table.learn(0, host(1), mac(2), 0));
  EXPECT_EQ(table.at(s).mac, mac(1));
}

TEST(NeighborTable, FailureStandsUntilForgotten) {
  NeighborTable table;
  const auto s = table.find(0, host(1), 0);
  for (base::Nanos now = 0; now < 4 * kSecond; now += 100 * kMillisecond) {
    while (table.take_request(now)) continue;
    while (table.take_failure(now)) continue;
  }
  EXPECT_EQ(table.find(0, host(1), 4 * kSecond), s);
  EXPECT_EQ(table.at(s).state, State::kFailed);
  EXPECT_FALSE(table.take_request(4 * kSecond));
  table.forget_failures();
  EXPECT_EQ(table.find(0, host(1), 5 * kSecond), s);
  EXPECT_EQ(table.at(s).state, State::kWaiting);
  EXPECT_EQ(table.take_request(5 * kSecond), s);
}

// Whatever the order of looking and answering: each neighbour is asked at most three times, and ends settled.
RC_GTEST_PROP(NeighborTable, EverySearchEnds, (std::vector<uint8_t> steps)) {
  NeighborTable table;
  std::vector<int> asked(16);
  base::Nanos now = 0;
  const auto serve = [&] {
    while (const auto s = table.take_request(now)) ++asked[table.at(*s).address.v4_bits() & 15];
    while (table.take_failure(now)) continue;
  };
  for (const uint8_t step : steps) {
    now += (step >> 4) * 50 * kMillisecond;
    if ((step & 1) != 0) {
      table.learn(0, host((step >> 1) & 7), mac(1), now);
    } else {
      table.find(0, host((step >> 1) & 7), now);
    }
    serve();
  }
  for (;;) {
    const auto request = table.next_request();
    const auto failure = table.next_failure();
    if (!request && !failure) break;
    now = std::max(now, std::min(request.value_or(INT64_MAX), failure.value_or(INT64_MAX)));
    serve();
  }
  for (NeighborTable::Slot s = 0; s < table.size(); ++s) RC_ASSERT(table.at(s).state != State::kWaiting);
  for (const int a : asked) RC_ASSERT(a <= NeighborTable::kAttempts);
}

}  // namespace
}  // namespace portolan::stack::neighbor_table_test
