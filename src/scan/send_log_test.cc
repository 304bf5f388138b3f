// SPDX-License-Identifier: Apache-2.0
#include "scan/send_log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::scan::send_log_test {
namespace {

// Random bursts against a plain record of every position's time.
RC_GTEST_PROP(SendLog, KnowsEveryPositionOfThePass, (std::vector<uint8_t> bursts)) {
  SendLog log(16);
  std::vector<base::Nanos> truth;
  base::Nanos now = 0;
  for (const uint8_t b : bursts) {
    now += 1 + b % 7;
    for (int i = 0; i < b % 5; ++i) truth.push_back(now);
    log.mark(truth.size(), now);
  }
  for (size_t k = 0; k < truth.size(); ++k) {
    const auto by = log.sent_by(k);
    RC_ASSERT(by.has_value());
    RC_ASSERT(*by >= truth[k]);
    if (const auto at = log.sent_at(k)) {
      RC_ASSERT(*at == truth[k]);
    }
  }
  if (!truth.empty()) {
    RC_ASSERT(log.sent_at(truth.size() - 1) == truth.back());
  }
  RC_ASSERT(!log.sent_by(truth.size()).has_value());
  RC_ASSERT(!log.sent_at(truth.size()).has_value());
}

TEST(SendLog, OldPositionsAreRoundedUpByLittle) {
  SendLog log(16);
  constexpr base::Nanos kBursts = 100'000;
  for (base::Nanos i = 1; i <= kBursts; ++i) log.mark(static_cast<base::u128>(i), i);
  for (base::Nanos k = 0; k < kBursts - 100; k += 37) {
    const auto by = log.sent_by(static_cast<base::u128>(k));
    ASSERT_TRUE(by.has_value());
    ASSERT_GE(*by, k + 1);
    ASSERT_LE(*by, k + 1 + kBursts / 1'024);
    ASSERT_FALSE(log.sent_at(static_cast<base::u128>(k)).has_value());
  }
}

RC_GTEST_PROP(SendLog, SaysHowFarItWasByATime, ()) {
  SendLog log(16);
  struct Mark {
    base::u128 end;
    base::Nanos time;
  };
  std::vector<Mark> marks;
  const auto steps = *rc::gen::container<std::vector<std::pair<uint8_t, uint8_t>>>(
      rc::gen::pair(rc::gen::inRange<uint8_t>(1, 64), rc::gen::inRange<uint8_t>(0, 9)));
  for (const auto& [positions, pause] : steps) {
    const Mark last = marks.empty() ? Mark{0, 0} : marks.back();
    marks.push_back({last.end + positions, last.time + pause});
    log.mark(marks.back().end, marks.back().time);
  }
  const base::Nanos asked = *rc::gen::inRange<base::Nanos>(0, 5'000);
  base::u128 truth = 0;
  for (const Mark& m : marks) truth = m.time <= asked ? m.end : truth;
  RC_ASSERT(log.end_by(asked) == truth);  // so few marks are never thinned out
}

TEST(SendLog, EmptyAndCleared) {
  SendLog log;
  EXPECT_FALSE(log.sent_by(0).has_value());
  EXPECT_EQ(log.end_by(100), 0u);
  log.mark(5, 1);
  EXPECT_EQ(log.sent_at(4), 1);
  log.clear();
  EXPECT_FALSE(log.sent_by(0).has_value());
}

}  // namespace
}  // namespace portolan::scan::send_log_test
