// SPDX-License-Identifier: Apache-2.0
// TracerPort and FaultPort around one end of a pair.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <set>

#include "pktio/fault_port.h"
#include "pktio/pair_port.h"
#include "pktio/testing/frames.h"
#include "pktio/tracer_port.h"

namespace portolan::pktio::wrappers_test {
namespace {

using testing::Frame;
using testing::make_frame;
using testing::number_of;

constexpr wire::LinkType kLink = wire::LinkType::kEthernet;

void send(Port& port, uint32_t number) {
  const Frame frame = make_frame(kLink, number);
  const std::span<TxSlot> slots = port.acquire(1);
  ASSERT_EQ(slots.size(), 1u);
  std::memcpy(slots[0].data, frame.data(), frame.size());
  slots[0].length = static_cast<uint16_t>(frame.size());
  port.commit(1);
}

std::vector<Frame> drain(Port& port) {
  std::vector<Frame> frames;
  for (int quiet = 0; quiet < 20;) {
    const std::span<const RxFrame> some = port.receive(7);
    quiet = some.empty() ? quiet + 1 : 0;
    for (const RxFrame& f : some) frames.emplace_back(f.bytes.begin(), f.bytes.end());
  }
  return frames;
}

TEST(TracerPort, ShowsEveryFrameInOrder) {
  auto [near, far] = make_port_pair();
  std::vector<std::pair<Direction, uint32_t>> seen;
  TracerPort tracer(std::move(near), [&](Direction direction, const RxFrame& frame) {
    seen.emplace_back(direction, number_of(kLink, frame.bytes).value());
  });
  send(tracer, 1);
  send(*far, 2);
  send(*far, 3);
  EXPECT_EQ(tracer.receive(1).size(), 1u);
  send(tracer, 4);
  EXPECT_EQ(tracer.receive(5).size(), 1u);
  tracer.acquire(3);
  tracer.commit(0);
  const std::vector<std::pair<Direction, uint32_t>> expected = {
      {Direction::kSent, 1}, {Direction::kReceived, 2}, {Direction::kSent, 4}, {Direction::kReceived, 3}};
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(tracer.stats().sent, 2u);
}

// Whatever the chances: what comes out is what went in, less what was dropped, plus what was doubled.
RC_GTEST_PROP(FaultPort, CountsAddUp, (uint64_t seed)) {
  const auto chance = rc::gen::inRange<uint32_t>(0, kMillion + 1);
  const Faults sending = {.drop = *chance, .duplicate = *chance, .corrupt = *chance, .delay = *chance};
  const Faults receiving = {.drop = *chance, .duplicate = *chance, .corrupt = *chance, .delay = *chance};
  auto [near, far] = make_port_pair({.capacity = 256, .clock = nullptr});
  FaultPort port(std::move(near), sending, receiving, seed);
  for (uint32_t i = 0; i < 40; ++i) {
    send(port, i);
    send(*far, i);
  }
  const size_t arrived_here = drain(port).size();
  const size_t arrived_there = drain(*far).size();
  RC_ASSERT(port.stats().sent == 40u);
  RC_ASSERT(arrived_there == 40 - port.sending().dropped + port.sending().duplicated);
  RC_ASSERT(arrived_here == 40 - port.receiving().dropped + port.receiving().duplicated);
  RC_ASSERT(port.stats().received == arrived_here);
}

std::vector<Frame> receive_with(const Faults& faults, uint64_t seed, uint32_t count) {
  auto [near, far] = make_port_pair();
  FaultPort port(std::move(near), {}, faults, seed);
  for (uint32_t i = 0; i < count; ++i) send(*far, i);
  return drain(port);
}

TEST(FaultPort, TheSameSeedGivesTheSameFaults) {
  const Faults faults = {.drop = 300'000, .duplicate = 300'000, .corrupt = 300'000, .delay = 300'000};
  EXPECT_EQ(receive_with(faults, 5, 200), receive_with(faults, 5, 200));
  EXPECT_NE(receive_with(faults, 5, 200), receive_with(faults, 6, 200));
}

TEST(FaultPort, DropsAboutAsOftenAsToldTo) {
  EXPECT_EQ(receive_with({.drop = kMillion}, 1, 100).size(), 0u);
  const size_t left = receive_with({.drop = 250'000}, 1, 1000).size();
  EXPECT_GT(left, 700u);
  EXPECT_LT(left, 800u);
}

TEST(FaultPort, CorruptionFlipsOneBit) {
  const std::vector<Frame> frames = receive_with({.corrupt = kMillion}, 3, 50);
  ASSERT_EQ(frames.size(), 50u);
  for (uint32_t i = 0; i < 50; ++i) {
    const Frame whole = make_frame(kLink, i);
    ASSERT_EQ(frames[i].size(), whole.size());
    int flipped = 0;
    for (size_t b = 0; b < whole.size(); ++b) flipped += std::popcount(static_cast<uint8_t>(whole[b] ^ frames[i][b]));
    EXPECT_EQ(flipped, 1);
  }
}

TEST(FaultPort, DelayReordersAndLosesNothing) {
  const std::vector<Frame> frames = receive_with({.delay = 500'000}, 3, 100);
  std::vector<uint32_t> numbers;
  for (const Frame& f : frames) numbers.push_back(number_of(kLink, f).value());
  EXPECT_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_EQ(std::set<uint32_t>(numbers.begin(), numbers.end()).size(), 100u);
  EXPECT_EQ(numbers.size(), 100u);
}

}  // namespace
}  // namespace portolan::pktio::wrappers_test
