// SPDX-License-Identifier: Apache-2.0
#include "base/spsc_ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace portolan::base::spsc_ring_test {
namespace {

TEST(SpscRing, RefusesWhenFullAndWhenEmpty) {
  SpscRing<int> ring(3);
  EXPECT_EQ(ring.capacity(), 4u);
  int out = 0;
  EXPECT_FALSE(ring.pop(out));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
  EXPECT_FALSE(ring.push(4));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(ring.pop(out));
    EXPECT_EQ(out, i);
  }
  EXPECT_FALSE(ring.pop(out));
}

// Run under TSan: every value arrives once and in order while both sides spin.
TEST(SpscRing, TwoThreadsKeepOrder) {
  SpscRing<uint64_t> ring(64);
  constexpr uint64_t kCount = 200'000;
  std::thread producer([&] {
    for (uint64_t i = 0; i < kCount;) {
      if (ring.push(i)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  uint64_t expected = 0;
  while (expected < kCount) {
    uint64_t got = 0;
    if (!ring.pop(got)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(got, expected++);
  }
  producer.join();
}

}  // namespace
}  // namespace portolan::base::spsc_ring_test
