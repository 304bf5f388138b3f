// SPDX-License-Identifier: Apache-2.0
#include "pktio/pair_port.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <thread>

#include "pktio/testing/frames.h"

namespace portolan::pktio::pair_port_test {
namespace {

size_t send_numbers(Port& port, uint32_t first, size_t count) {
  const std::span<TxSlot> slots = port.acquire(count);
  for (size_t i = 0; i < slots.size(); ++i) {
    base::store_be32(slots[i].data, first + static_cast<uint32_t>(i));
    slots[i].length = 4;
  }
  port.commit(slots.size());
  return slots.size();
}

// Any interleaving of bursts behaves as a bounded first-in first-out queue.
RC_GTEST_PROP(PairPort, IsABoundedQueue, (const std::vector<std::pair<bool, uint8_t>>& steps)) {
  constexpr size_t kCapacity = 16;
  auto [near, far] = make_port_pair({.capacity = kCapacity});
  std::deque<uint32_t> model;
  size_t lent = 0;
  uint32_t next = 0;
  for (const auto& [sending, size] : steps) {
    const size_t want = size % 20;
    if (sending) {
      const size_t room = kCapacity - model.size() - lent;
      RC_ASSERT(send_numbers(*near, next, want) == std::min(want, room));
      for (size_t i = 0; i < std::min(want, room); ++i) model.push_back(next++);
    } else {
      const std::span<const RxFrame> frames = far->receive(want);
      RC_ASSERT(frames.size() == std::min(want, model.size()));
      for (const RxFrame& f : frames) {
        RC_ASSERT(base::load_be32(f.bytes.data()) == model.front());
        model.pop_front();
      }
      lent = frames.size();
    }
  }
}

TEST(PairPort, StampsWithTheGivenClock) {
  base::VirtualClock clock;
  auto [near, far] = make_port_pair({.clock = &clock});
  clock.set(7 * base::kSecond);
  send_numbers(*near, 1, 1);
  clock.set(9 * base::kSecond);
  const auto frames = far->receive(1);
  ASSERT_EQ(frames.size(), 1u);
  clock.set(7 * base::kSecond);
  EXPECT_EQ(frames[0].wall, clock.wall());
}

TEST(PairPort, OutlivesItsFarEnd) {
  auto [near, far] = make_port_pair({.capacity = 4});
  send_numbers(*far, 5, 2);
  far.reset();
  EXPECT_EQ(near->receive(9).size(), 2u);
  EXPECT_EQ(send_numbers(*near, 0, 9), 4u);
  EXPECT_EQ(send_numbers(*near, 0, 9), 0u);
}

TEST(PairPort, CarriesAcrossThreads) {
  constexpr uint32_t kFrames = 20'000;
  auto [near, far] = make_port_pair({.capacity = 32});
  std::thread sender([&near = *near] {
    for (uint32_t sent = 0; sent < kFrames;) {
      sent += static_cast<uint32_t>(send_numbers(near, sent, std::min<size_t>(7, kFrames - sent)));
      std::this_thread::yield();
    }
  });
  uint32_t expected = 0;
  while (expected < kFrames) {
    for (const RxFrame& f : far->receive(11)) {
      if (base::load_be32(f.bytes.data()) != expected) ADD_FAILURE() << "out of order at " << expected;
      ++expected;
    }
    std::this_thread::yield();
  }
  sender.join();
  EXPECT_EQ(near->stats().sent, kFrames);
  EXPECT_EQ(far->stats().received, kFrames);
}

}  // namespace
}  // namespace portolan::pktio::pair_port_test
