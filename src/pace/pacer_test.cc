// SPDX-License-Identifier: Apache-2.0
#include "pace/pacer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>

#include "base/random.h"

namespace portolan::pace::pacer_test {
namespace {

using base::kMicrosecond;
using base::kMillisecond;
using base::kSecond;
using base::Nanos;

constexpr uint64_t kAll = ~uint64_t{0};

// The most packets that any window of the given length saw: those in (t - length, t] for every t.
class Window {
 public:
  explicit Window(Nanos length) : length_(length) {}
  void add(Nanos now, uint64_t n) {
    if (n == 0) return;
    grants_.emplace_back(now, n);
    inside_ += n;
    while (grants_.front().first <= now - length_) {
      inside_ -= grants_.front().second;
      grants_.pop_front();
    }
    most_ = std::max(most_, inside_);
  }
  double most() const { return static_cast<double>(most_); }

 private:
  Nanos length_;
  std::deque<std::pair<Nanos, uint64_t>> grants_;
  uint64_t inside_ = 0, most_ = 0;
};

// Calls until the end at the pauses given; says how many packets were granted and the worst millisecond.
struct Outcome {
  uint64_t granted = 0;
  double worst_millisecond = 0;
};
Outcome run(Rate rate, Nanos length, const std::function<Nanos(Nanos now)>& pause, uint64_t want = kAll) {
  Pacer pacer(rate, 0);
  Window window(kMillisecond);
  Outcome result;
  for (Nanos now = 0; now <= length; now += pause(now)) {
    uint64_t n = 0;
    do {
      n = pacer.take(now, want);
      result.granted += n;
      window.add(now, n);
    } while (n == want);
  }
  result.worst_millisecond = window.most();
  return result;
}

double ideal(Rate rate, Nanos length) { return rate.per_second() * static_cast<double>(length) / 1e9; }

// Any rate from 0.1/s to 100 million/s, all magnitudes alike.
Rate any_rate() { return Rate::per_second(0.1 * std::pow(10.0, *rc::gen::inRange(0, 9001) / 1000.0)); }

TEST(Pacer, TheFirstPacketLeavesAtOnce) {
  for (const double rate : {0.001, 0.1, 1.0, 1e3, 1e6, 1e9}) {
    Pacer pacer(Rate::per_second(rate), 5 * kSecond);
    EXPECT_EQ(pacer.next(5 * kSecond), 5 * kSecond) << rate;
    EXPECT_EQ(pacer.take(5 * kSecond, kAll), 1u) << rate;
    EXPECT_EQ(pacer.take(5 * kSecond, kAll), 0u) << rate;
  }
}

TEST(Pacer, UnlimitedGrantsAll) {
  Pacer pacer(Rate::unlimited(), 0);
  EXPECT_EQ(pacer.take(0, 12345), 12345u);
  EXPECT_EQ(pacer.take(0, kAll), kAll);
  EXPECT_EQ(pacer.next(7), 7);
}

TEST(Pacer, GrantsNoMoreThanWanted) {
  Pacer pacer(Rate::per_second(1e6), 0);
  EXPECT_EQ(pacer.take(0, 0), 0u);
  EXPECT_EQ(pacer.take(50 * kMicrosecond, 10), 10u);
  EXPECT_EQ(pacer.take(50 * kMicrosecond, 10), 10u);
}

TEST(Pacer, TimeThatRunsBackwardsStandsStill) {
  Pacer pacer(Rate::per_second(1000), kSecond);
  EXPECT_EQ(pacer.take(kSecond, 1), 1u);
  EXPECT_EQ(pacer.take(0, 1), 0u);
  EXPECT_EQ(pacer.take(kSecond, 1), 0u);
  EXPECT_EQ(pacer.next(0), kSecond + kMillisecond);
}

TEST(Pacer, TheSlowestRateIsKept) {
  Pacer pacer(Rate::from_millis(1), 0);
  EXPECT_EQ(pacer.take(0, kAll), 1u);
  EXPECT_EQ(pacer.take(999 * kSecond, kAll), 0u);
  EXPECT_EQ(pacer.take(1001 * kSecond, kAll), 1u);
}

// A caller who sleeps until next() and is woken late by up to the given time.
RC_GTEST_PROP(Pacer, WhoSleepsUntilNextGetsTheRate, (uint64_t seed)) {
  const Rate rate = any_rate();
  const Nanos late = *rc::gen::element<Nanos>(0, kMicrosecond, 60 * kMicrosecond, kMillisecond / 2);
  const Nanos length = std::max(10 * kSecond, static_cast<Nanos>(300 / rate.per_second() * 1e9));
  const Nanos shown = rate.per_second() > 1e5 ? kSecond / 4 : length;
  base::SplitMix64 random(seed);
  Pacer pacer(rate, 0);
  double granted = 0;
  for (Nanos now = 0; now <= shown;) {
    granted += static_cast<double>(pacer.take(now, 64));
    const Nanos next = pacer.next(now);
    now = next == now ? now : next + static_cast<Nanos>(random.next() % static_cast<uint64_t>(late + 1));
  }
  RC_ASSERT(std::abs(granted - ideal(rate, shown)) <= 0.01 * ideal(rate, shown) + 1);
}

RC_GTEST_PROP(Pacer, AnyPausesUpToAMillisecondGetTheRate, (uint64_t seed)) {
  const Rate rate = any_rate();
  const auto longest = static_cast<uint64_t>(*rc::gen::inRange<Nanos>(2 * kMicrosecond, kMillisecond));
  const Nanos length = std::min(10 * kSecond, static_cast<Nanos>(longest) * 20'000);
  base::SplitMix64 random(seed);
  const Outcome result = run(rate, length, [&](Nanos) { return static_cast<Nanos>(1 + random.next() % longest); });
  const auto granted = static_cast<double>(result.granted);
  RC_ASSERT(granted <= ideal(rate, length) + 1);
  RC_ASSERT(granted >= 0.99 * ideal(rate, length) - 2);
}

// Slow rates asked as seldom as a packet is due.
RC_GTEST_PROP(Pacer, SlowRatesAskedSeldomAreKept, (uint64_t seed)) {
  const Rate rate = Rate::from_millis(*rc::gen::inRange<uint64_t>(100, 900'000));
  const auto interval = static_cast<Nanos>(1e9 / rate.per_second());
  const Nanos steady = *rc::gen::inRange<Nanos>(1, interval);
  base::SplitMix64 random(seed);
  const bool regular = *rc::gen::arbitrary<bool>();
  const Nanos length = 2000 * interval;
  const Outcome result = run(rate, length, [&](Nanos) {
    return std::max(regular ? steady : static_cast<Nanos>(random.next() % static_cast<uint64_t>(interval)),
                    interval / 100);
  });
  RC_ASSERT(static_cast<double>(result.granted) >= 0.99 * ideal(rate, length) - 2);
  RC_ASSERT(static_cast<double>(result.granted) <= ideal(rate, length) + 1);
  RC_ASSERT(result.worst_millisecond <= 2);
}

// Never more than the rate and one packet from the start on, whatever the caller does.
RC_GTEST_PROP(Pacer, NoPatternGetsMoreThanTheRate, (uint64_t seed)) {
  const Rate rate = any_rate();
  base::SplitMix64 random(seed);
  Pacer pacer(rate, 0);
  double held = 0;
  Window window(kMillisecond);
  Nanos now = 0;
  for (int call = 0; call < 2000; ++call) {
    const uint64_t n = pacer.take(now, random.next() >> (random.next() % 64));
    const uint64_t back = n == 0 ? 0 : random.next() % (n + 1) / 4;
    pacer.give_back(back);
    held += static_cast<double>(n - back);
    window.add(now, n - back);
    RC_ASSERT(held <= ideal(rate, now) + 1.001);
    now += static_cast<Nanos>(random.next() >> (30 + random.next() % 34));
  }
  const double millisecond = rate.per_second() / 1e3;
  RC_ASSERT(window.most() <= 2.125 * millisecond + 3);
}

// A millisecond's worth and one packet, however long the caller was away, and however often it had been late before.
RC_GTEST_PROP(Pacer, NoBurstIsLongerThanAMillisecondsWorth, ()) {
  const Rate rate = any_rate();
  Pacer pacer(rate, 0);
  Nanos now = 0;
  for (int call = 0; call < 50; ++call) {
    now += *rc::gen::inRange<Nanos>(0, kSecond) >> *rc::gen::inRange(0, 20);
    uint64_t burst = 0;
    for (uint64_t n = 1; n != 0;) burst += n = pacer.take(now, 1000);
    RC_ASSERT(static_cast<double>(burst) <= rate.per_second() / 1e3 + 1);
  }
}

// Away 5 ms in every 50 ms: the rate is made up, and no millisecond sees what was missed at once.
TEST(Pacer, ACallerOftenAwayStillGetsTheRateWithoutBursts) {
  for (const double rate : {1e5, 1e6, 2e7}) {
    const Outcome result = run(Rate::per_second(rate), 10 * kSecond, [](Nanos now) {
      return now % (50 * kMillisecond) < 45 * kMillisecond ? 10 * kMicrosecond : 5 * kMillisecond;
    });
    const double share = static_cast<double>(result.granted) / (rate * 10);
    EXPECT_GE(share, 0.99) << rate;
    EXPECT_LE(share, 1.0001) << rate;
    EXPECT_LE(result.worst_millisecond, 1.2 * rate / 1e3 + 2) << rate;
  }
}

TEST(Pacer, AMillisecondOfAbsenceNowAndThenCostsNothing) {
  constexpr Nanos kPause = kMillisecond;
  for (const Nanos every : {3 * kMillisecond, 10 * kMillisecond, 30 * kMillisecond}) {
    const Outcome result = run(Rate::per_second(1e6), kSecond, [every](Nanos now) {
      return now % every < every - kPause ? 10 * kMicrosecond : kPause;
    });
    EXPECT_GE(static_cast<double>(result.granted), 0.99e6) << every;
  }
}

// What an absence longer than kDebt would have sent is lost, not owed: afterwards the rate is only an eighth higher.
TEST(Pacer, ALongAbsenceIsNotRepaidInFull) {
  const Rate rate = Rate::per_second(1e6);
  Pacer pacer(rate, 0);
  pacer.take(0, kAll);
  const Nanos back = 3600 * kSecond;
  double granted = 0;
  for (Nanos now = back; now <= back + 2 * kSecond; now += 10 * kMicrosecond) {
    granted += static_cast<double>(pacer.take(now, kAll));
    ASSERT_LE(granted, 1.125 * ideal(rate, now - back) + 1002);
  }
  EXPECT_NEAR(granted, 2e6 + 1e5, 2);
}

// next() is exact: nothing is granted a nanosecond before it, and something is at it.
RC_GTEST_PROP(Pacer, NextIsTheEarliestTime, (uint64_t seed)) {
  const Rate rate = any_rate();
  base::SplitMix64 random(seed);
  Pacer pacer(rate, 0);
  Nanos now = 0;
  for (int call = 0; call < 100; ++call) {
    pacer.take(now, random.next() % 3);
    const Nanos next = pacer.next(now);
    RC_ASSERT(next >= now);
    if (next > now) {
      Pacer early = pacer;
      RC_ASSERT(early.take(next - 1, 1) == 0u);
    }
    Pacer due = pacer;
    RC_ASSERT(due.take(next, 1) == 1u);
    now += static_cast<Nanos>(random.next() >> (34 + random.next() % 30));
  }
}

TEST(Pacer, WhatIsGivenBackIsGrantedAgain) {
  Pacer pacer(Rate::per_second(1e6), 0);
  EXPECT_EQ(pacer.take(40 * kMicrosecond, kAll), 41u);
  EXPECT_EQ(pacer.take(40 * kMicrosecond, kAll), 0u);
  pacer.give_back(30);
  EXPECT_EQ(pacer.take(40 * kMicrosecond, kAll), 30u);
}

TEST(Pacer, ANewRateHoldsFromNowOn) {
  Pacer pacer(Rate::per_second(1e6), 0);
  pacer.take(0, kAll);
  pacer.set_rate(Rate::per_second(10), 50 * kMillisecond);
  uint64_t granted = 0;
  for (Nanos now = 50 * kMillisecond; now <= 10 * kSecond; now += kMillisecond) granted += pacer.take(now, kAll);
  EXPECT_NEAR(static_cast<double>(granted), 100, 5);
  pacer.set_rate(Rate::unlimited(), 10 * kSecond);
  EXPECT_EQ(pacer.take(10 * kSecond, 1000), 1000u);
  pacer.set_rate(Rate::per_second(10), 20 * kSecond);
  EXPECT_EQ(pacer.take(20 * kSecond, kAll), 1u);
  EXPECT_EQ(pacer.next(20 * kSecond), 20 * kSecond + kSecond / 10);
}

}  // namespace
}  // namespace portolan::pace::pacer_test
