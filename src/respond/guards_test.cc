// SPDX-License-Identifier: Apache-2.0
// The guards against abuse, in virtual time: what they promise holds for whatever comes in whatever order.
#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

#include "base/random.h"
#include "respond/byte_credit.h"
#include "respond/loop_guard.h"
#include "respond/source_limits.h"
#include "respond/token_buckets.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" size_t __sanitizer_get_current_allocated_bytes();  // g++ has it, without its header
#endif

namespace portolan::respond::guards_test {
namespace {

using addr::IpAddress;
using base::kSecond;
using base::Nanos;

constexpr base::SipKey kKey{.k0 = 1, .k1 = 2};

IpAddress v6(uint64_t hi, uint64_t lo) { return IpAddress::v6(base::make_u128(hi, lo)); }

size_t bytes_allocated() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

// A bucket that is never forgotten and follows the definition word for word: a level that time fills. It stays at or
// above zero exactly when no stretch of time sees more than burst + length / interval.
class Ledger {
 public:
  explicit Ledger(BucketRate rate) : rate_(rate) {}

  bool within(Nanos now, uint32_t n) {
    level_ += now - last_;
    level_ = std::min(level_, rate_.interval * rate_.burst);
    last_ = now;
    level_ -= rate_.interval * n;
    return level_ >= 0;
  }

 private:
  BucketRate rate_;
  Nanos level_ = rate_.interval * rate_.burst;
  Nanos last_ = 0;
};

// Few buckets and many keys, so that keys displace each other all the time.
RC_GTEST_PROP(TokenBuckets, NeverGiveAKeyMoreThanItsDueWhoeverElseComes, (uint64_t seed)) {
  const BucketRate rate{.interval = *rc::gen::inRange<Nanos>(1, 2000), .burst = *rc::gen::inRange(1u, 9u)};
  const auto keys = *rc::gen::inRange<uint64_t>(1, 60);
  TokenBuckets table(rate, *rc::gen::element(4u, 8u, 16u), {seed, 1});
  std::map<uint64_t, Ledger> ledgers;
  base::SplitMix64 random(seed);
  Nanos now = 0;
  for (int i = 0; i < 4000; ++i) {
    now += static_cast<Nanos>(random.next() % 300);
    const uint64_t key = random.next() % 3 == 0 ? 0 : random.next() % keys;
    const auto n = static_cast<uint32_t>(random.next() % 3);
    if (!table.take(key, 0, 0, now, n)) continue;
    RC_ASSERT(ledgers.try_emplace(key, rate).first->second.within(now, n));
  }
}

RC_GTEST_PROP(TokenBuckets, GiveALoneKeyAllOfItsDue, (uint64_t seed)) {
  const BucketRate rate{.interval = *rc::gen::inRange<Nanos>(1, 2000), .burst = *rc::gen::inRange(1u, 9u)};
  TokenBuckets table(rate, 1024, {seed, 1});
  base::SplitMix64 random(seed);
  Nanos now = 0;
  Nanos level = rate.interval * rate.burst;
  for (int i = 0; i < 1000; ++i) {
    const auto pause = static_cast<Nanos>(random.next() % 3000);
    now += pause;
    level = std::min(level + pause, rate.interval * rate.burst);
    const bool due = level >= rate.interval;
    RC_ASSERT(table.take(7, 8, 9, now) == due);
    if (due) level -= rate.interval;
  }
}

TEST(TokenBuckets, AFloodOfSourcesDoesNotRefillAHotOne) {
  const BucketRate rate = BucketRate::per_second(10, 20);
  TokenBuckets table(rate, 64, kKey);
  int taken = 0;
  for (uint64_t i = 0; i < 1'000'000; ++i) {
    table.take(1000 + i, 0, 0, 0);
    taken += table.take(1, 0, 0, 0) ? 1 : 0;
  }
  EXPECT_LE(taken, 20);
}

TEST(TokenBuckets, TellKeysApartByEachWord) {
  TokenBuckets table({.interval = kSecond, .burst = 1}, 1024, kKey);
  EXPECT_TRUE(table.take(1, 2, 3, 0));
  EXPECT_FALSE(table.take(1, 2, 3, 0));
  EXPECT_TRUE(table.take(0, 2, 3, 0));
  EXPECT_TRUE(table.take(1, 0, 3, 0));
  EXPECT_TRUE(table.take(1, 2, 0, 0));
  EXPECT_FALSE(table.take(1, 2, 3, kSecond - 1));
  EXPECT_TRUE(table.take(1, 2, 3, kSecond));
}

TEST(TokenBuckets, StandExtremeRates) {
  EXPECT_FALSE(BucketRate::per_second(0, 5).limits());
  EXPECT_EQ(BucketRate::per_second(3, 1).interval, 333'333'334);
  EXPECT_EQ(BucketRate::per_second(UINT64_MAX, 0).interval, 1);
  EXPECT_EQ(BucketRate::per_second(1, 0).burst, 1u);
  TokenBuckets slow({.interval = INT64_MAX, .burst = UINT32_MAX}, 4, kKey);
  const Nanos late = INT64_MAX / 4;
  EXPECT_TRUE(slow.take(1, 1, 1, late, UINT32_MAX));
  EXPECT_FALSE(slow.take(1, 1, 1, late));
  TokenBuckets free({}, 4, kKey);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(free.take(1, 1, 1, 0, UINT32_MAX));
}

TEST(SourceLimits, NameTheNarrowestThatForbids) {
  const BucketRate two{.interval = kSecond, .burst = 2};
  const BucketRate three{.interval = kSecond, .burst = 3};
  const BucketRate four{.interval = kSecond, .burst = 4};
  const BucketRate five{.interval = kSecond, .burst = 5};
  struct Case {
    const char* what;
    std::vector<IpAddress> sources;
    SourceLimit last;
  };
  const std::vector<Case> cases = {
      {"one address", {IpAddress::v4(1), IpAddress::v4(1), IpAddress::v4(1)}, SourceLimit::kAddress},
      {"a /24",
       {IpAddress::v4(0x0a000001), IpAddress::v4(0x0a000002), IpAddress::v4(0x0a0000ff), IpAddress::v4(0x0a000000)},
       SourceLimit::kSubnet},
      {"neighbouring /24s are not one",
       {IpAddress::v4(0x0a000001), IpAddress::v4(0x0a000101), IpAddress::v4(0x0a000201), IpAddress::v4(0x0a000301)},
       SourceLimit::kNone},
      {"one IPv6 address", {v6(1, 1), v6(1, 1), v6(1, 1)}, SourceLimit::kAddress},
      {"a /64", {v6(1, 1), v6(1, 2), v6(1, ~uint64_t{0}), v6(1, 0)}, SourceLimit::kSubnet},
      {"a /48", {v6(0x10001, 1), v6(0x10002, 2), v6(0x1ffff, 3), v6(0x10000, 4), v6(0x10005, 5)}, SourceLimit::kSite},
      {"all",
       {v6(1ull << 20, 0), v6(2ull << 20, 0), IpAddress::v4(1), IpAddress::v4(1 << 8), v6(3ull << 20, 0),
        IpAddress::v4(1 << 16)},
       SourceLimit::kWhole},
  };
  for (const Case& c : cases) {
    SourceLimits limits({.address = two, .subnet = three, .site = four, .whole = five, .buckets = 4096}, kKey);
    for (size_t i = 0; i + 1 < c.sources.size(); ++i) EXPECT_EQ(limits.take(c.sources[i], 0), SourceLimit::kNone);
    EXPECT_EQ(name(limits.take(c.sources.back(), 0)), name(c.last)) << c.what;
  }
}

TEST(SourceLimits, TakeFromAllLevelsOrFromNone) {
  SourceLimits limits({.address = {.interval = kSecond, .burst = 1},
                       .subnet = {.interval = kSecond, .burst = 2},
                       .site = {},
                       .whole = {},
                       .buckets = 4096},
                      kKey);
  EXPECT_EQ(limits.take(IpAddress::v4(1), 0), SourceLimit::kNone);
  // Refused by its own bucket, the address takes nothing from its subnet's.
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limits.take(IpAddress::v4(1), 0), SourceLimit::kAddress);
  EXPECT_EQ(limits.take(IpAddress::v4(2), 0), SourceLimit::kNone);
  EXPECT_EQ(limits.take(IpAddress::v4(3), 0), SourceLimit::kSubnet);
}

// Small tables, so that entries are displaced all the time.
RC_GTEST_PROP(ByteCredit, NeverLetsMoreOutThanCameInToTheUnproven, (uint64_t seed)) {
  ByteCredit credit(*rc::gen::element(4u, 16u), {seed, 3});
  struct Sums {
    uint64_t in = 0, out = 0;
  };
  std::map<uint64_t, Sums> sums;
  base::SplitMix64 random(seed);
  Nanos now = 0;
  for (int i = 0; i < 4000; ++i) {
    now += static_cast<Nanos>(random.next() % (3 * kSecond));
    const uint64_t who = random.next() % 40;
    const IpAddress source = who % 2 == 0 ? IpAddress::v4(static_cast<uint32_t>(who)) : v6(who, 0);
    const uint64_t size = random.next() % 1500;
    Sums& sum = sums[who];
    if (random.next() % 2 == 0) {
      credit.received(source, size, now);
      sum.in += size;
      RC_ASSERT(credit.allowance(source, now) >= size);
    } else {
      const size_t allowed = credit.allowance(source, now);
      const bool spent = credit.spend(source, size, now);
      RC_ASSERT(spent == (size <= allowed));
      if (spent) sum.out += size;
      if (random.next() % 8 == 0) credit.proven(IpAddress::v4(1'000'000 + static_cast<uint32_t>(size)), now);
    }
    RC_ASSERT(sum.out <= sum.in);
  }
}

TEST(ByteCredit, EndsAfterAMinuteOfSilence) {
  ByteCredit credit(64, kKey);
  const IpAddress who = IpAddress::v4(1);
  credit.received(who, 100, 0);
  EXPECT_EQ(credit.allowance(who, ByteCredit::kCreditLasts - 1), 100u);
  credit.received(who, 50, ByteCredit::kCreditLasts - 1);
  EXPECT_EQ(credit.allowance(who, ByteCredit::kCreditLasts), 150u);
  EXPECT_EQ(credit.allowance(who, 2 * ByteCredit::kCreditLasts - 1), 0u);
  EXPECT_FALSE(credit.spend(who, 1, 2 * ByteCredit::kCreditLasts - 1));
  credit.received(who, 7, 2 * ByteCredit::kCreditLasts);
  EXPECT_EQ(credit.allowance(who, 2 * ByteCredit::kCreditLasts), 7u);
  credit.received(who, SIZE_MAX, 2 * ByteCredit::kCreditLasts);
  credit.received(who, SIZE_MAX, 2 * ByteCredit::kCreditLasts);
  EXPECT_EQ(credit.allowance(who, 2 * ByteCredit::kCreditLasts), SIZE_MAX);
}

TEST(ByteCredit, ExemptsTheProvenForTenMinutesAndNobodyElse) {
  ByteCredit credit(1024, kKey);
  const IpAddress who = IpAddress::v4(1);
  credit.proven(who, 0);
  EXPECT_TRUE(credit.spend(who, 1'000'000, ByteCredit::kProofLasts - 1));
  EXPECT_EQ(credit.allowance(who, 0), ByteCredit::kNoLimit);
  EXPECT_FALSE(credit.spend(IpAddress::v4(2), 1, 0));
  EXPECT_FALSE(credit.spend(v6(0, 1), 1, 0));
  EXPECT_FALSE(credit.spend(who, 1, ByteCredit::kProofLasts));
}

TEST(ByteCredit, AFloodOfForgedSourcesForgetsNoProof) {
  ByteCredit credit(64, kKey);
  const IpAddress who = IpAddress::v4(1);
  credit.proven(who, 0);
  for (uint32_t i = 2; i < 100'000; ++i) credit.received(IpAddress::v4(i), 100, 0);
  EXPECT_TRUE(credit.is_proven(who, 1));
}

TEST(LoopGuard, AnswersAPeerOnceAMinute) {
  LoopGuard guard(1024, kKey);
  const IpAddress who = IpAddress::v4(1);
  EXPECT_TRUE(guard.may_answer(who, 53, 0));
  EXPECT_FALSE(guard.may_answer(who, 53, LoopGuard::kPause - 1));
  EXPECT_TRUE(guard.may_answer(who, 54, 0));
  EXPECT_TRUE(guard.may_answer(IpAddress::v4(2), 53, 0));
  EXPECT_TRUE(guard.may_answer(who, 53, LoopGuard::kPause));
}

// Two of us who answer whatever comes: each has a word or two, then both are silent.
TEST(LoopGuard, TwoThatFaceEachOtherFallSilent) {
  LoopGuard one(64, {1, 1});
  LoopGuard other(64, {2, 2});
  int words = 0;
  bool alive = true;
  for (Nanos now = 0; alive && words < 100; now += kSecond / 1000) {
    LoopGuard& turn = words % 2 == 0 ? one : other;
    alive = turn.may_answer(IpAddress::v4(words % 2 == 0 ? 2 : 1), 53, now);
    words += alive ? 1 : 0;
  }
  EXPECT_FALSE(alive);
  EXPECT_EQ(words, 2);
}

TEST(Guards, TakeNoMemoryAfterTheirConstruction) {
  SourceLimits limits({}, kKey);
  ByteCredit credit(1u << 16, kKey);
  LoopGuard loops(1u << 16, kKey);
  const size_t before = bytes_allocated();
  base::SplitMix64 random(1);
  for (Nanos now = 0; now < 300'000; ++now) {
    const IpAddress who = v6(random.next() % 4096, random.next());
    limits.take(who, now);
    credit.received(who, 100, now);
    credit.proven(who, now);
    credit.spend(who, 100, now);
    loops.may_answer(who, static_cast<uint16_t>(now), now);
  }
  EXPECT_EQ(bytes_allocated(), before);
  EXPECT_EQ(limits.bytes() + loops.bytes(), 4u * 65536 * 16);
  EXPECT_LE(credit.bytes(), 65536u * (32 + 24));
}

}  // namespace
}  // namespace portolan::respond::guards_test
