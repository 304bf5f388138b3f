// SPDX-License-Identifier: Apache-2.0
#include "permute/permutation.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/random.h"
#include "permute/narrow_batch.h"

namespace portolan::permute::permutation_test {
namespace {

using base::make_u128;
using base::u128;

// Any u128 from 1 up, all magnitudes alike.
u128 any_size(int max_bits = 128) {
  const uint64_t hi = *rc::gen::arbitrary<uint64_t>(), lo = *rc::gen::arbitrary<uint64_t>();
  base::SplitMix64 mixed(hi ^ lo);
  const u128 wide = make_u128(mixed.next() | 1u << 31, mixed.next());
  return std::max<u128>(1, wide >> *rc::gen::inRange(128 - max_bits, 128));
}

u128 any_below(u128 n) { return make_u128(*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>()) % n; }

void expect_bijection(uint64_t n, uint64_t seed) {
  const Permutation order(n, seed);
  std::vector<bool> seen(n, false);
  for (uint64_t i = 0; i < n; ++i) {
    const u128 j = order.at(i);
    ASSERT_LT(j, u128{n});
    ASSERT_FALSE(seen[static_cast<size_t>(j)]) << "n " << n << " index " << i;
    seen[static_cast<size_t>(j)] = true;
    ASSERT_EQ(order.inverse(j), u128{i}) << "n " << n;
  }
}

TEST(Permutation, IsABijectionForEverySmallSize) {
  for (uint64_t n = 1; n <= 1500; ++n) expect_bijection(n, n * 7919);
}

TEST(Permutation, IsABijectionUpToAMillion) {
  for (uint64_t bits = 11; bits <= 19; bits += 2) {
    for (const uint64_t n : {(1ull << bits) - 1, 1ull << bits, (1ull << bits) + 1}) expect_bijection(n, bits);
  }
  for (const uint64_t n : {45ull * 45, 100ull * 100, 317ull * 317 + 1, 1'000'000ull, (1ull << 20) - 1, 1ull << 20}) {
    expect_bijection(n, n);
  }
}

TEST(Permutation, TheEmptyOrderHasASize) { EXPECT_EQ(Permutation(0, 1).size(), 0u); }

RC_GTEST_PROP(Permutation, InverseUndoesAtForAnySize, (uint64_t seed)) {
  const u128 n = any_size();
  const Permutation order(n, seed);
  for (const u128 i : {any_below(n), u128{0}, n - 1, n / 2}) {
    const u128 j = order.at(i);
    RC_ASSERT(j < n);
    RC_ASSERT(order.inverse(j) == i);
    RC_ASSERT(order.at(order.inverse(i)) == i);
  }
}

RC_GTEST_PROP(Permutation, InverseUndoesAtAtTheEdges, (uint64_t seed)) {
  const int bits = *rc::gen::inRange(1, 128);
  const u128 power = u128{1} << bits;
  const u128 root = u128{1} << (bits / 2);
  const u128 n =
      *rc::gen::element(power - 1, power, power + 1, root * root - root + 1, base::kU128Max - root, base::kU128Max);
  const Permutation order(n, seed);
  for (const u128 i : {any_below(n), u128{0}, n - 1}) {
    RC_ASSERT(order.at(i) < n);
    RC_ASSERT(order.inverse(order.at(i)) == i);
  }
}

RC_GTEST_PROP(Permutation, ABatchIsItsSingleCalls, (uint64_t seed)) {
  const u128 n = any_size();
  const Permutation order(n, seed);
  const u128 first = any_below(n);
  const auto count = static_cast<size_t>(std::min<u128>(n - first, *rc::gen::inRange<uint64_t>(0, 300)));
  const u128 stride = count < 2 ? 1 : any_below((n - 1 - first) / (count - 1) + 1);
  std::vector<u128> out(count + 1, 77);
  order.at(first, stride, std::span(out).first(count));
  for (size_t k = 0; k < count; ++k) RC_ASSERT(out[k] == order.at(first + k * stride));
  RC_ASSERT(out[count] == 77u);
}

// Any indexes, in any number around the blocks of the vector loops; the small sizes walk most.
RC_GTEST_PROP(Permutation, EveryBatchLoopGivesTheSame, (uint64_t seed)) {
  const auto last = static_cast<uint64_t>(any_size(64) - 1);
  const FeistelKeys keys = make_keys(u128{last} + 1, seed);
  std::vector<uint64_t> indexes(*rc::gen::inRange<size_t>(0, 150));
  for (uint64_t& i : indexes) i = static_cast<uint64_t>(any_below(u128{last} + 1));
  std::vector<uint64_t> plain = indexes;
  internal::narrow_batch_plain(keys, last, plain);
  for (const internal::NarrowBatch form : {internal::narrow_batch_avx2(), internal::narrow_batch_avx512()}) {
    if (form == nullptr) continue;
    std::vector<uint64_t> fast = indexes;
    form(keys, last, fast);
    RC_ASSERT(fast == plain);
  }
  Permutation(u128{last} + 1, seed).at(indexes);
  RC_ASSERT(indexes == plain);
}

TEST(Permutation, ABatchAtTheLargestNarrowSizes) {
  for (const u128 n : {make_u128(1, 0), make_u128(1, 0) - 1, make_u128(1, 0) + 1}) {
    const Permutation order(n, 3);
    std::vector<u128> out(100);
    order.at(n - 100, 1, out);
    for (size_t k = 0; k < out.size(); ++k) ASSERT_EQ(out[k], order.at(n - 100 + k));
    if (!order.narrow()) continue;
    std::vector<uint64_t> words(100);
    order.at(base::lo64(n - 100), 1, words);
    ASSERT_TRUE(std::equal(words.begin(), words.end(), out.begin()));
  }
}

// Written down once: an order that changed would break every resumed scan and every shard of another version.
TEST(Permutation, TheOrderNeverChanges) {
  const std::vector<u128> sizes{10, 65536, 3'700'000'000u, make_u128(1, 0), u128{1} << 100};
  std::vector<std::string> seen;
  for (const u128 n : sizes) {
    const Permutation order(n, 42);
    seen.push_back(base::to_string(order.at(0)) + " " + base::to_string(order.at(n - 1)));
  }
  const std::vector<std::string> expected{"4 0", "12097 26586", "3426579494 2696838174",
                                          "11078229033441514623 7450738084672865817",
                                          "278660972666936992444571867872 51710430759964457261970665745"};
  EXPECT_EQ(seen, expected);
}

RC_GTEST_PROP(Permutation, TheOrderDependsOnSeedAndSizeAlone, (uint64_t seed)) {
  const u128 n = any_size();
  const Permutation one(n, seed), other(n, seed);
  const u128 i = any_below(n);
  std::vector<u128> warmed(8);
  other.at(0, 0, warmed);  // whatever was asked before
  RC_ASSERT(one.at(i) == other.at(i));
}

TEST(Permutation, SeedsAndSizesGiveDifferentOrders) {
  std::set<std::vector<u128>> orders;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    for (const u128 n : {u128{1'000'000}, u128{1'000'001}}) {
      std::vector<u128> out(8);
      Permutation(n, seed).at(0, 1, out);
      orders.insert(out);
    }
  }
  EXPECT_EQ(orders.size(), 1000u);
}

// Each of the 24 orders of four items comes up equally often: the smallest domains are shuffled too.
TEST(Permutation, AllOrdersOfFourItemsComeUp) {
  constexpr int kSeeds = 24'000;
  std::vector<int> count(256, 0);
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Permutation order(4, seed);
    ++count[static_cast<size_t>(order.at(0) * 64 + order.at(1) * 16 + order.at(2) * 4 + order.at(3))];
  }
  double chi_square = 0;
  int kinds = 0;
  for (const int c : count) {
    if (c == 0) continue;
    ++kinds;
    chi_square += (c - 1000.0) * (c - 1000.0) / 1000.0;
  }
  EXPECT_EQ(kinds, 24);
  EXPECT_LT(chi_square, 60.0);  // 23 degrees of freedom: chance exceeds this once in 30,000
}

}  // namespace
}  // namespace portolan::permute::permutation_test
