// SPDX-License-Identifier: Apache-2.0
// Is the order told from chance? Statistics of pairs, of bits and of neighbours, and the proof that they can fail: the
// same statistics on the same step with fewer rounds. Seeds are fixed; the limits are five standard deviations.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include "base/random.h"
#include "permute/permutation.h"

namespace portolan::permute::quality_test {
namespace {

using base::u128;
using Order = std::function<uint64_t(uint64_t)>;

Order full(uint64_t n, uint64_t seed) {
  return [order = Permutation(n, seed)](uint64_t i) { return base::lo64(order.at(i)); };
}

// The same step cut down to fewer rounds.
Order weakened(uint64_t n, uint64_t seed, uint64_t rounds) {
  FeistelKeys keys = make_keys(n, seed);
  keys.rounds = rounds;
  return [keys, n](uint64_t i) {
    do i = narrow_forward(&keys, i);
    while (i >= n);
    return i;
  };
}

// Chi-square of counts that should be even, in standard deviations from its expectation. `share` is the part of all
// items that was drawn: as none is drawn twice, it comes off the variance.
double unevenness(const std::vector<uint64_t>& counts, double total, double share = 0) {
  const double mean = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const uint64_t c : counts) sum += (static_cast<double>(c) - mean) * (static_cast<double>(c) - mean) / mean;
  const double freedom = static_cast<double>(counts.size() - 1);
  return std::abs(sum / (1 - share) - freedom) / std::sqrt(2 * freedom);
}

constexpr uint64_t kPairs = 1 << 18;

// The distances between the items of i and of i + lag, over 64 parts of [0, n).
double distance_unevenness(const Order& order, uint64_t n, uint64_t lag) {
  std::vector<uint64_t> counts(64, 0);
  const uint64_t pairs = std::min(kPairs, n - lag);
  for (uint64_t i = 0; i < pairs; ++i) {
    const uint64_t a = order(i), b = order(i + lag);
    ++counts[static_cast<size_t>(u128{b >= a ? b - a : n - a + b} * 64 / n)];
  }
  return unevenness(counts, static_cast<double>(pairs));
}

double worst_distance(const Order& order, uint64_t n) {
  const uint64_t half = uint64_t{1} << make_keys(n, 0).half_bits;
  double worst = 0;
  for (const uint64_t lag : {uint64_t{1}, uint64_t{2}, half / 2, half - 1, half, half + 1, 2 * half}) {
    worst = std::max(worst, distance_unevenness(order, n, lag));
  }
  return worst;
}

// Which bits of the item change when one bit of the index does: each should in half of all cases. The worst pair of
// bits, in standard deviations.
double worst_avalanche(const Order& order, int bits, uint64_t seed) {
  constexpr int kSamples = 4000;
  base::SplitMix64 random(seed);
  std::vector<std::array<int, 64>> flips(static_cast<size_t>(bits), std::array<int, 64>{});
  for (int s = 0; s < kSamples; ++s) {
    const uint64_t i = random.next() >> (64 - bits);
    const uint64_t item = order(i);
    for (int b = 0; b < bits; ++b) {
      uint64_t changed = item ^ order(i ^ uint64_t{1} << b);
      for (; changed != 0; changed &= changed - 1) {
        ++flips[static_cast<size_t>(b)][static_cast<size_t>(std::countr_zero(changed))];
      }
    }
  }
  double worst = 0;
  for (const auto& row : flips) {
    for (int b = 0; b < bits; ++b) {
      const double off = row[static_cast<size_t>(b)] - kSamples / 2.0;
      worst = std::max(worst, std::abs(off) / std::sqrt(kSamples / 4.0));
    }
  }
  return worst;
}

// Correlation of the items of successive indexes, in standard deviations.
double serial_correlation(const Order& order, uint64_t n) {
  double sum = 0;
  double before = static_cast<double>(order(0)) / static_cast<double>(n) - 0.5;
  for (uint64_t i = 1; i <= kPairs; ++i) {
    const double now = static_cast<double>(order(i)) / static_cast<double>(n) - 0.5;
    sum += before * now * 12;  // a uniform number on [-0.5, 0.5] has the variance 1 / 12
    before = now;
  }
  return std::abs(sum) / std::sqrt(static_cast<double>(kPairs));
}

class Quality : public testing::TestWithParam<uint64_t> {};

TEST_P(Quality, DistancesOfPairsAreThoseOfChance) { EXPECT_LT(worst_distance(full(GetParam(), 1), GetParam()), 5.0); }

TEST_P(Quality, SuccessiveItemsAreUncorrelated) { EXPECT_LT(serial_correlation(full(GetParam(), 2), GetParam()), 5.0); }

// The port of a target is its number modulo the count of ports, whatever that is.
TEST_P(Quality, ResiduesAreEven) {
  const Order order = full(GetParam(), 3);
  for (const uint64_t ports : {2u, 3u, 16u, 100u, 1000u}) {
    std::vector<uint64_t> counts(ports, 0);
    for (uint64_t i = 0; i < kPairs; ++i) ++counts[order(i) % ports];
    const double share = static_cast<double>(kPairs) / static_cast<double>(GetParam());
    EXPECT_LT(unevenness(counts, static_cast<double>(kPairs), share), 5.0) << ports;
  }
}

TEST_P(Quality, TwoRoundsAreCaught) { EXPECT_GT(worst_distance(weakened(GetParam(), 1, 2), GetParam()), 1000.0); }

INSTANTIATE_TEST_SUITE_P(Sizes, Quality,
                         testing::Values(1ull << 20, 3'000'017ull, 1ull << 24, 1ull << 32, 3'700'000'000ull, 1ull << 48,
                                         (1ull << 63) + 12345, ~0ull));

// Four rounds show on most seeds of a small domain, the rounds that are taken on none.
TEST(QualityOfSmallSizes, FourRoundsAreCaughtWhereMoreAreTaken) {
  constexpr uint64_t kItems = 1 << 18;
  double four = 0, taken = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    four += worst_distance(weakened(kItems, seed, 4), kItems) / 8;
    taken = std::max(taken, worst_distance(full(kItems, seed), kItems));
  }
  EXPECT_GT(four, 15.0);
  EXPECT_LT(taken, 5.0);
}

TEST(Avalanche, EveryBitOfTheIndexMovesEveryBitOfTheItem) {
  for (const int bits : {24, 32, 48, 62}) {
    EXPECT_LT(worst_avalanche(full(uint64_t{1} << bits, 4), bits, 9), 5.5) << bits;  // the worst of up to 3,844 pairs
    EXPECT_GT(worst_avalanche(weakened(uint64_t{1} << bits, 4, 2), bits, 9), 15.0) << bits;
  }
}

// Over seeds, where the first two probes go is even: no seed class favours a target.
TEST(QualityOverSeeds, TheFirstTwoItemsAreEven) {
  for (const uint64_t n : {uint64_t{1000}, uint64_t{1} << 16, uint64_t{1} << 32}) {
    std::vector<uint64_t> counts(256, 0);
    constexpr uint64_t kSeeds = 20'000;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      const Permutation order(n, seed);
      const auto first = static_cast<size_t>(order.at(0) * 16 / n), second = static_cast<size_t>(order.at(1) * 16 / n);
      ++counts[first * 16 + second];
    }
    EXPECT_LT(unevenness(counts, static_cast<double>(kSeeds)), 5.0) << n;
  }
}

// The wide step: the top and the low bits of neighbours of a scan of 2^100 items.
TEST(QualityOfWideSizes, TopAndLowBitsOfDistancesAreEven) {
  const u128 n = u128{1} << 100;
  const Permutation order(n, 5);
  for (const u128 lag : {u128{1}, u128{1} << 50, u128{1} << 99}) {
    std::vector<uint64_t> top(64, 0), low(64, 0);
    for (uint64_t i = 0; i < kPairs; ++i) {
      const u128 distance = (order.at(i + lag) - order.at(i)) & (n - 1);
      ++top[static_cast<size_t>(distance >> 94)];
      ++low[static_cast<size_t>(distance & 63)];
    }
    EXPECT_LT(unevenness(top, static_cast<double>(kPairs)), 5.0);
    EXPECT_LT(unevenness(low, static_cast<double>(kPairs)), 5.0);
  }
}

}  // namespace
}  // namespace portolan::permute::quality_test
