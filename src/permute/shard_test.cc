// SPDX-License-Identifier: Apache-2.0
#include "permute/shard.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace portolan::permute::shard_test {
namespace {

using base::make_u128;
using base::u128;

TEST(Shard, TheDefaultIsTheWhole) {
  constexpr Shard whole;
  static_assert(whole.valid());
  EXPECT_EQ(whole.size(base::kU128Max), base::kU128Max);
  EXPECT_EQ(whole.index(base::kU128Max - 1), base::kU128Max - 1);
  EXPECT_EQ(whole.position(base::kU128Max - 1), base::kU128Max - 1);
}

TEST(Shard, ValidityIsOneToY) {
  EXPECT_TRUE((Shard{3, 3}).valid());
  EXPECT_FALSE((Shard{0, 3}).valid());
  EXPECT_FALSE((Shard{4, 3}).valid());
  EXPECT_FALSE((Shard{0, 0}).valid());
}

// Every index belongs to one shard, and to its k-th place only.
TEST(Shard, PartitionIsExactForEverySmallCase) {
  for (uint64_t n = 0; n <= 40; ++n) {
    for (uint64_t y = 1; y <= 45; ++y) {
      std::vector<int> owners(n, 0);
      for (uint64_t x = 1; x <= y; ++x) {
        const Shard shard{x, y};
        for (u128 k = 0; k < shard.size(n); ++k) {
          ASSERT_LT(shard.index(k), u128{n});
          ++owners[static_cast<size_t>(shard.index(k))];
        }
        for (uint64_t i = 0; i < n; ++i) {
          const bool mine = i % y == x - 1;
          ASSERT_EQ(shard.position(i), mine ? std::optional<u128>(i / y) : std::nullopt) << x << "/" << y << " " << i;
        }
      }
      for (const int count : owners) ASSERT_EQ(count, 1);
    }
  }
}

uint64_t any_count() { return *rc::gen::arbitrary<uint64_t>() >> *rc::gen::inRange(0, 64); }

u128 any_size() {
  const int shift = *rc::gen::inRange(0, 128);
  return base::kU128Max - (make_u128(any_count(), any_count()) >> shift);
}

RC_GTEST_PROP(Shard, EveryIndexHasOneOwnerUpTo128Bits, ()) {
  const u128 n = any_size();
  RC_PRE(n > 0);
  const uint64_t y = any_count() | 1;
  const uint64_t even = y == ~uint64_t{0} ? y : *rc::gen::element(y, y + 1);
  const u128 i = *rc::gen::element(n - 1, n / 2, make_u128(any_count(), any_count()) % n);
  const Shard owner{static_cast<uint64_t>(i % even) + 1, even};
  const auto k = owner.position(i);
  RC_ASSERT(k.has_value());
  RC_ASSERT(*k == i / even);
  RC_ASSERT(*k < owner.size(n));
  RC_ASSERT(owner.index(*k) == i);
  const Shard other{owner.x % even + 1, even};
  RC_ASSERT((even == 1) == other.position(i).has_value());
}

// The sizes of all shards add up to n. For any y: (n mod y) shards have one index more than the others.
RC_GTEST_PROP(Shard, SizesAddUpUpTo128Bits, ()) {
  const u128 n = any_size();
  const uint64_t y = *rc::gen::inRange<uint64_t>(1, 300);
  u128 sum = 0;
  for (uint64_t x = 1; x <= y; ++x) sum += Shard{x, y}.size(n);
  RC_ASSERT(sum == n);
}

RC_GTEST_PROP(Shard, TheLastIndexIsTheLastOne, ()) {
  const u128 n = any_size();
  const uint64_t y = any_count() | 1;
  const Shard shard{any_count() % y + 1, y};
  const u128 size = shard.size(n);
  if (size == 0) {
    RC_ASSERT(n < shard.x);
  } else {
    RC_ASSERT(shard.index(size - 1) < n);
    RC_ASSERT(n - shard.index(size - 1) <= y);
  }
}

}  // namespace
}  // namespace portolan::permute::shard_test
