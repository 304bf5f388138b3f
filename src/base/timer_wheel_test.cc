// SPDX-License-Identifier: Apache-2.0
#include "base/timer_wheel.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace portolan::base::timer_wheel_test {
namespace {

constexpr Nanos kTick = 1 << 20;

TEST(TimerWheel, IsEmptyAtFirst) {
  TimerWheel wheel(4);
  EXPECT_EQ(wheel.next(), std::nullopt);
  EXPECT_EQ(wheel.take_due(1000 * kSecond), std::nullopt);
  EXPECT_FALSE(wheel.is_set(0));
}

TEST(TimerWheel, FiresOnceAndNotEarly) {
  for (const Nanos when : {Nanos{0}, Nanos{1}, kMillisecond, kSecond, 60 * kSecond, 86'400 * kSecond, INT64_MAX / 2}) {
    TimerWheel wheel(2);
    wheel.set(1, when);
    ASSERT_LE(wheel.next().value(), when + kTick);
    if (when > 0) {
      ASSERT_EQ(wheel.take_due(when - 1), std::nullopt) << when;
    }
    ASSERT_EQ(wheel.take_due(when + kTick), 1u) << when;
    ASSERT_EQ(wheel.take_due(when + kTick), std::nullopt);
    ASSERT_FALSE(wheel.is_set(1));
  }
}

TEST(TimerWheel, TakesADeadlineThatHasPassed) {
  TimerWheel wheel(1);
  EXPECT_EQ(wheel.take_due(100 * kSecond), std::nullopt);
  wheel.set(0, 3 * kSecond);
  EXPECT_LE(wheel.next().value(), 100 * kSecond);
  EXPECT_EQ(wheel.take_due(100 * kSecond), 0u);
}

// Against a sorted map: whatever is set, moved and cancelled, each fires once, in the tick after its deadline or in the
// next, and next() never lets anybody oversleep.
RC_GTEST_PROP(TimerWheel, AgreesWithASortedMap, ()) {
  constexpr uint32_t kOwners = 8;
  TimerWheel wheel(kOwners);
  std::map<uint32_t, Nanos> model;
  Nanos now = 0;
  const int steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    const auto owner = *rc::gen::inRange<uint32_t>(0, kOwners);
    // From fractions of a tick to a few years, so that every level is used.
    const Nanos span = Nanos{1} << *rc::gen::inRange(10, 57);
    const Nanos ahead = *rc::gen::inRange<Nanos>(0, span);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
      case 1:
        wheel.set(owner, now + ahead);
        model[owner] = now + ahead;
        break;
      case 2:
        wheel.cancel(owner);
        model.erase(owner);
        break;
      default:
        if (now < INT64_MAX / 4) now += ahead;
        std::set<uint32_t> due;
        while (const auto o = wheel.take_due(now)) RC_ASSERT(due.insert(*o).second);
        for (const uint32_t o : due) {
          RC_ASSERT(model.contains(o));
          RC_ASSERT(model[o] <= now);
          model.erase(o);
        }
        for (const auto& [o, when] : model) RC_ASSERT(when > now - kTick);
    }
    for (uint32_t o = 0; o < kOwners; ++o) RC_ASSERT(wheel.is_set(o) == model.contains(o));
    RC_ASSERT(wheel.next().has_value() == !model.empty());
    for (const auto& [o, when] : model) RC_ASSERT(*wheel.next() < std::max(when, now) + kTick);
  }
}

}  // namespace
}  // namespace portolan::base::timer_wheel_test
