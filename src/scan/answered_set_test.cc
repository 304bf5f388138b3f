// SPDX-License-Identifier: Apache-2.0
#include "scan/answered_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "base/random.h"

namespace portolan::scan::answered_set_test {
namespace {

RC_GTEST_PROP(AnsweredSet, AgreesWithAPlainSet, (std::vector<uint32_t> keys)) {
  AnsweredSet set(base::u128{1} << 32);
  std::set<uint32_t> plain;
  for (const uint32_t k : keys) RC_ASSERT(set.insert(k) == plain.insert(k).second);
  RC_ASSERT(set.size() == plain.size());
  for (const uint32_t k : keys) RC_ASSERT(set.contains(k));
  RC_ASSERT(set.contains(7) == (plain.count(7) != 0));
}

// Dense, sparse and strided keys, through many splits: each is new exactly once, and no stranger is found.
void check_pattern(base::u128 targets, base::u128 stride, uint64_t count) {
  AnsweredSet set(targets);
  for (uint64_t i = 0; i < count; ++i) ASSERT_TRUE(set.insert(stride * i)) << i;
  for (uint64_t i = 0; i < count; ++i) ASSERT_FALSE(set.insert(stride * i)) << i;
  for (uint64_t i = 0; i < count; ++i) {
    ASSERT_TRUE(set.contains(stride * i));
    if (stride > 1) {
      ASSERT_FALSE(set.contains(stride * i + 1));
    }
  }
  EXPECT_EQ(set.size(), count);
}

TEST(AnsweredSet, DenseKeys) { check_pattern(base::u128{1} << 40, 1, 300'000); }
TEST(AnsweredSet, StridedKeys) { check_pattern(base::u128{1} << 48, 65'536, 100'000); }
TEST(AnsweredSet, WideKeys) { check_pattern(base::kU128Max, (base::u128{1} << 100) + 3, 100'000); }

TEST(AnsweredSet, TheGreatestIndexesOfEitherWidth) {
  AnsweredSet narrow(base::make_u128(0, ~uint64_t{0}));
  EXPECT_TRUE(narrow.insert(~uint64_t{0} - 1));
  EXPECT_TRUE(narrow.contains(~uint64_t{0} - 1));
  AnsweredSet wide(base::kU128Max);
  EXPECT_TRUE(wide.insert(base::kU128Max - 1));
  EXPECT_FALSE(wide.insert(base::kU128Max - 1));
}

TEST(AnsweredSet, MemoryGrowsWithAnswers) {
  AnsweredSet set(base::u128{1} << 48);
  const size_t empty = set.memory_bytes();
  base::SplitMix64 random(1);
  constexpr uint64_t kAnswers = 200'000;
  for (uint64_t i = 0; i < kAnswers; ++i) set.insert(random.next() >> 16);
  EXPECT_LT(set.memory_bytes() - empty, 20 * kAnswers);
}

}  // namespace
}  // namespace portolan::scan::answered_set_test
