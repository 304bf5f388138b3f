// SPDX-License-Identifier: Apache-2.0
#include "base/record_ring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <thread>

namespace portolan::base::record_ring_test {
namespace {

using Record = std::vector<uint8_t>;

Record numbered(uint64_t number, size_t size) {
  Record r(size);
  for (size_t i = 0; i < size; ++i) r[i] = static_cast<uint8_t>(number + i * 7);
  return r;
}

std::optional<Record> take(RecordRing& ring) {
  const auto front = ring.front();
  if (!front) return std::nullopt;
  Record r(front->begin(), front->end());
  ring.pop();
  return r;
}

TEST(RecordRing, GathersPartsAndGivesThemBackInOnePiece) {
  RecordRing ring(256);
  const Record a{1, 2, 3};
  const Record b{4};
  EXPECT_TRUE(ring.push({a, {}, b}));
  EXPECT_TRUE(ring.push({Bytes{}}));
  EXPECT_EQ(ring.used(), 16u + 8u);
  EXPECT_EQ(take(ring), (Record{1, 2, 3, 4}));
  EXPECT_EQ(take(ring), Record{});
  EXPECT_EQ(take(ring), std::nullopt);
  EXPECT_EQ(ring.used(), 0u);
}

TEST(RecordRing, FrontIsTheSameUntilItIsPopped) {
  RecordRing ring(64);
  ASSERT_TRUE(ring.push({numbered(1, 5)}));
  ASSERT_TRUE(ring.push({numbered(2, 6)}));
  const Bytes once = *ring.front();
  EXPECT_EQ(once.data(), ring.front()->data());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(once.data()) % 8, 0u);
  ring.pop();
  EXPECT_EQ(take(ring), numbered(2, 6));
}

TEST(RecordRing, RefusesWhatCanNeverFit) {
  RecordRing ring(1000);
  EXPECT_EQ(ring.capacity(), 1024u);
  EXPECT_FALSE(ring.push({numbered(0, ring.most_record() + 1)}));
  EXPECT_EQ(ring.used(), 0u);
}

// The longest record fits an empty ring wherever the last one ended.
RC_GTEST_PROP(RecordRing, TheLongestRecordFitsAnyEmptyRing, ()) {
  RecordRing ring(512);
  for (const uint8_t size : *rc::gen::arbitrary<std::vector<uint8_t>>()) {
    RC_ASSERT(ring.push({numbered(size, size % 240)}));
    RC_ASSERT(take(ring) == numbered(size, size % 240));
  }
  RC_ASSERT(ring.push({numbered(9, ring.most_record())}));
  RC_ASSERT(take(ring) == numbered(9, ring.most_record()));
}

// Against a queue of vectors: what is accepted comes out once, in order and unchanged; what is refused did not fit.
RC_GTEST_PROP(RecordRing, IsAQueue, ()) {
  RecordRing ring(*rc::gen::inRange<size_t>(1, 2000));
  std::deque<Record> model;
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, Record>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::arbitrary<Record>()));
  for (const auto& [push, record] : steps) {
    if (push) {
      const size_t cut = record.empty() ? 0 : record[0] % record.size();
      const Bytes whole(record);
      const size_t before = ring.used();
      const bool taken = ring.push({whole.first(cut), whole.subspan(cut)});
      if (taken) model.push_back(record);
      // Refused only when the record, its header and what may be skipped at the end do not fit.
      if (!taken) {
        RC_ASSERT(record.size() > ring.most_record() ||
                  before + 2 * (record.size() + 15) >= ring.capacity() - 2 * sizeof(uint64_t));
      }
    } else {
      const auto got = take(ring);
      RC_ASSERT(got.has_value() == !model.empty());
      if (got) {
        RC_ASSERT(*got == model.front());
        model.pop_front();
      }
    }
    RC_ASSERT(ring.used() <= ring.capacity());
  }
  for (const Record& r : model) RC_ASSERT(take(ring) == r);
  RC_ASSERT(!ring.front());
}

// Run under TSan: every record arrives once, in order and whole while both sides spin.
TEST(RecordRing, TwoThreadsKeepOrder) {
  RecordRing ring(1024);
  constexpr uint64_t kCount = 100'000;
  std::thread producer([&] {
    Record body = numbered(0, 256);
    for (uint64_t i = 0; i < kCount;) {
      const Bytes number(reinterpret_cast<const uint8_t*>(&i), sizeof i);
      if (ring.push({number, Bytes(body).first(i * 31 % 200)})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  const Record body = numbered(0, 256);
  for (uint64_t expected = 0; expected < kCount;) {
    const auto got = ring.front();
    if (!got) {
      std::this_thread::yield();
      continue;
    }
    uint64_t number = 0;
    ASSERT_EQ(got->size(), sizeof number + expected * 31 % 200);
    std::memcpy(&number, got->data(), sizeof number);
    ASSERT_EQ(number, expected);
    ASSERT_TRUE(std::equal(got->begin() + 8, got->end(), body.begin()));
    ring.pop();
    ++expected;
  }
  producer.join();
}

}  // namespace
}  // namespace portolan::base::record_ring_test
