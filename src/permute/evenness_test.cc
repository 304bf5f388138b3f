// SPDX-License-Identifier: Apache-2.0
// What the owner of a small network sees: a slow, even trickle, in every second of a scan of a large range.
//
// If the order is as good as chance, the probes that one network gets in one second are binomial: n targets, w of them
// asked in the second, m of them in the network gives the mean w * m / n and (nearly) the same variance. So for all
// networks and seconds the sum of (count - mean)^2 / mean is chi-square distributed, in both directions: an order that
// is too even (a stride, a lattice) fails like one that is lumpy. Seeds are fixed; the limits are five standard
// deviations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "permute/permutation.h"

namespace portolan::permute::evenness_test {
namespace {

using base::u128;
using NetworkOf = std::function<size_t(uint64_t)>;

struct Scan {
  uint64_t targets;
  uint64_t rate;     // probes a second
  uint64_t seconds;  // watched, from the start
  uint64_t seed;
};

// counts[second][network]
std::vector<std::vector<uint32_t>> watch(const Scan& scan, size_t networks, const NetworkOf& network_of) {
  const Permutation order(scan.targets, scan.seed);
  std::vector<std::vector<uint32_t>> counts(scan.seconds, std::vector<uint32_t>(networks, 0));
  std::vector<u128> batch(256);
  for (uint64_t second = 0; second < scan.seconds; ++second) {
    for (uint64_t i = 0; i < scan.rate; i += batch.size()) {
      const auto part = std::span(batch).first(std::min<uint64_t>(batch.size(), scan.rate - i));
      order.at(second * scan.rate + i, 1, part);
      for (const u128 j : part) ++counts[second][network_of(base::lo64(j))];
    }
  }
  return counts;
}

// How many standard deviations the chi-square sum lies above (lumpy) or below (too even) its expectation. A target is
// asked once only, which takes the share rate / targets off the variance.
double excess(const std::vector<std::vector<uint32_t>>& counts, const Scan& scan) {
  const size_t networks = counts[0].size();
  const double mean = static_cast<double>(scan.rate) / static_cast<double>(networks);
  const double variance = mean * (1 - static_cast<double>(scan.rate) / static_cast<double>(scan.targets));
  double sum = 0;
  for (const auto& second : counts) {
    for (const uint32_t c : second) sum += (c - mean) * (c - mean) / variance;
  }
  const double freedom = static_cast<double>(counts.size()) * static_cast<double>(networks - 1);
  // A sparse cell's square has the variance 2 + 1 / mean (Poisson), not 2.
  return (sum - freedom) / std::sqrt(freedom * (2 + 1 / mean));
}

// Correlation, in standard deviations, of what a network sees in one second and in the next.
double echo(const std::vector<std::vector<uint32_t>>& counts, const Scan& scan) {
  const double mean = static_cast<double>(scan.rate) / static_cast<double>(counts[0].size());
  double sum = 0, terms = 0;
  for (size_t s = 1; s < counts.size(); ++s) {
    for (size_t v = 0; v < counts[s].size(); ++v) sum += (counts[s][v] - mean) * (counts[s - 1][v] - mean) / mean;
    terms += static_cast<double>(counts[s].size());
  }
  return sum / std::sqrt(terms);
}

void expect_even(const Scan& scan, size_t networks, const NetworkOf& network_of) {
  const auto counts = watch(scan, networks, network_of);
  EXPECT_LT(std::abs(excess(counts, scan)), 5.0);
  EXPECT_LT(std::abs(echo(counts, scan)), 5.0);
}

// All of IPv4 and one port, at a million a second.
TEST(Evenness, ASlash16SeesAnEvenTrickle) {
  expect_even({1ull << 32, 1'000'000, 8, 1}, 1u << 16, [](uint64_t j) { return j >> 16; });
}

TEST(Evenness, ASlash24SeesAnEvenTrickle) {
  expect_even({1ull << 32, 1'000'000, 4, 2}, 1u << 24, [](uint64_t j) { return j >> 8; });
}

// The same last byte in every network, as a middlebox or a tarpit may group it.
TEST(Evenness, LowBitsOfAddressesAreEven) {
  expect_even({1ull << 32, 500'000, 8, 3}, 256, [](uint64_t j) { return j & 255; });
}

// A /8 on 100 ports, with the port as the low part of the number and as the high one.
TEST(Evenness, ManyPortsOfASlash8WithThePortLow) {
  const Scan scan{100ull << 24, 400'000, 8, 4};
  expect_even(scan, 256, [](uint64_t j) { return j / 100 >> 16; });
  expect_even(scan, 1u << 16, [](uint64_t j) { return j / 100 >> 8; });
  expect_even(scan, 100, [](uint64_t j) { return j % 100; });
}

TEST(Evenness, ManyPortsOfASlash8WithThePortHigh) {
  const Scan scan{100ull << 24, 400'000, 8, 5};
  expect_even(scan, 1u << 16, [](uint64_t j) { return (j & 0xffffff) >> 8; });
  expect_even(scan, 100, [](uint64_t j) { return j >> 24; });
}

// A rate that is a power of two, as the step's halves are: nothing may resonate.
TEST(Evenness, ARateInStepWithTheHalvesDoesNotResonate) {
  expect_even({1ull << 32, 1u << 16, 64, 6}, 1u << 12, [](uint64_t j) { return j >> 20; });
}

// One /24 watched through the whole scan of a /8: the gaps between its probes are those of a random order. With 256
// probes in 2^24 the gaps are exponential, whose standard deviation is the mean.
TEST(Evenness, GapsInOneSlash24AreThoseOfChance) {
  const Permutation order(1ull << 24, 7);
  double sum = 0, squares = 0, gaps = 0;
  for (uint64_t network = 0; network < 400; ++network) {
    std::vector<uint64_t> when;
    for (uint64_t host = 0; host < 256; ++host) when.push_back(base::lo64(order.inverse((network * 163) << 8 | host)));
    std::sort(when.begin(), when.end());
    for (size_t k = 1; k < when.size(); ++k) {
      const auto gap = static_cast<double>(when[k] - when[k - 1]);
      sum += gap, squares += gap * gap, gaps += 1;
    }
  }
  const double mean = sum / gaps;
  EXPECT_NEAR(mean, 65536.0, 65536.0 * 0.02);
  EXPECT_NEAR(std::sqrt(squares / gaps - mean * mean) / mean, 1.0, 0.02);
}

}  // namespace
}  // namespace portolan::permute::evenness_test
