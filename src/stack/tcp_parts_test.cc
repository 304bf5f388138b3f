// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "stack/flow_table.h"
#include "stack/reassembly.h"
#include "stack/recency_list.h"
#include "stack/send_ring.h"

namespace portolan::stack::tcp_parts_test {
namespace {

using base::SeqNum;

// With hashes of few values and at the end of the table, so that runs are long, wrap and have holes.
RC_GTEST_PROP(FlowTable, AgreesWithAMap, (std::vector<std::pair<uint8_t, uint8_t>> steps)) {
  constexpr uint32_t kMost = 15;  // of 32 buckets
  FlowTable table(kMost, {1, 2});
  std::map<uint32_t, uint32_t> model;  // id to hash
  for (const auto& [id_byte, hash_byte] : steps) {
    const uint32_t id = id_byte & 15;
    const uint32_t hash = 28 + (hash_byte & 7);
    if (const auto it = model.find(id); it != model.end()) {
      table.erase(it->second, id);
      model.erase(it);
    } else if (model.size() < kMost) {
      table.insert(hash, id);
      model[id] = hash;
    }
    for (uint32_t i = 0; i < 16; ++i) {
      for (uint32_t h = 28; h < 36; ++h) {
        const auto found = table.find(h, [i](uint32_t other) { return other == i; });
        RC_ASSERT(found.has_value() == (model.contains(i) && model[i] == h));
      }
    }
  }
}

TEST(FlowTable, HashesEveryPartUnderAKey) {
  const FlowTable one(4, {1, 2});
  const FlowTable other(4, {1, 3});
  const auto a = addr::IpAddress::v4(1);
  const auto b = addr::IpAddress::v4(2);
  const auto c = addr::IpAddress::v6(1);
  EXPECT_NE(one.hash(a, b, 1), other.hash(a, b, 1));
  EXPECT_NE(one.hash(a, b, 1), one.hash(b, a, 1));
  EXPECT_NE(one.hash(a, b, 1), one.hash(a, b, 2));
  EXPECT_NE(one.hash(c, b, 1), one.hash(a, b, 1));
  EXPECT_EQ(one.hash(a, b, 1), FlowTable(9, {1, 2}).hash(a, b, 1));
}

RC_GTEST_PROP(RecencyList, AgreesWithADeque, (std::vector<std::pair<uint8_t, uint8_t>> steps)) {
  constexpr uint32_t kBound = 6;
  RecencyList list(kBound);
  std::deque<uint32_t> model;  // least recently used first
  for (const auto& [what, who] : steps) {
    const uint32_t i = who % kBound;
    std::erase(model, i);
    if (what % 3 == 0) {
      list.remove(i);
    } else if (what % 3 == 1) {
      list.touch(i);
      model.push_back(i);
    } else {
      list.put_last(i);
      model.push_front(i);
    }
    std::deque<uint32_t> order;
    for (uint32_t at = list.first(); at != list.end(); at = list.next(at)) order.push_back(at);
    RC_ASSERT(order == model);
    RC_ASSERT(list.contains(i) == std::ranges::count(model, i));
  }
}

RC_GTEST_PROP(SendRing, IsAQueue, (std::vector<std::pair<uint16_t, uint16_t>> steps)) {
  base::BufferPool pool(1);
  SendRing ring;
  std::string model;
  uint8_t next = 0;
  for (const auto& [add, remove] : steps) {
    std::string bytes(add % 9000, ' ');
    for (char& c : bytes) c = static_cast<char>(next++);
    if (!ring.has_block()) ring.lend(pool.take());
    const size_t taken = ring.append({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    RC_ASSERT(taken == std::min(bytes.size(), SendRing::kCapacity - model.size()));
    model += bytes.substr(0, taken);
    next = static_cast<uint8_t>(next - (bytes.size() - taken));
    RC_ASSERT(ring.size() == model.size());
    std::array<uint8_t, 1460> scratch;
    for (uint32_t at = 0; at < ring.size(); at += 1460) {
      const auto n = std::min(1460u, ring.size() - at);
      const auto piece = ring.piece(at, n, scratch);
      RC_ASSERT(std::equal(piece.begin(), piece.end(), model.begin() + at,
                           [](uint8_t x, char y) { return x == static_cast<uint8_t>(y); }));
    }
    const uint32_t gone = remove % (ring.size() + 1);
    ring.consume(gone);
    model.erase(0, gone);
    RC_ASSERT(pool.left() == (ring.size() == 0 ? 1u : 0u));
  }
}

// Random pieces ahead of a reader that takes what it can: it reads what was first kept of every byte, and nothing that
// was not; a block is held only while something is.
RC_GTEST_PROP(Reassembly, ReadsWhatWasKeptFirst, (uint32_t start, std::vector<std::pair<uint16_t, uint8_t>> steps)) {
  base::BufferPool pool(1);
  Reassembly gap;
  std::map<uint32_t, uint8_t> model;  // offset to byte
  uint32_t next = 0;
  uint8_t value = 0;
  for (const auto& [place, length] : steps) {
    const uint32_t ahead = 1 + place % (length < 8 ? 17'000 : 600);
    std::vector<uint8_t> bytes(length);
    for (auto& b : bytes) b = value++;
    if (gap.keep(pool, SeqNum(start + next), SeqNum(start + next + ahead), bytes)) {
      for (uint32_t i = 0; i < bytes.size(); ++i) model.emplace(next + ahead + i, bytes[i]);
    } else if (gap.has_block() && ahead < Reassembly::kCapacity) {
      // Kept in part, up to the capacity, or not at all.
      const auto fits = std::min<uint32_t>(length, Reassembly::kCapacity - ahead);
      const SeqNum at(start + next + ahead);
      if (gap.reach(at) != at) {
        for (uint32_t i = 0; i < fits; ++i) model.emplace(next + ahead + i, bytes[i]);
      }
    }
    // One byte comes in order from somewhere else.
    model.erase(next);
    ++next;
    SeqNum at(start + next);
    const SeqNum end = gap.reach(at);
    while (at != end) {
      for (const uint8_t b : gap.piece(at, end)) {
        RC_ASSERT(model.contains(next) && model[next] == b);
        model.erase(next++);
        at = at + 1;
      }
    }
    RC_ASSERT(!model.contains(next));
    gap.forget_before(at);
    RC_ASSERT(gap.has_block() == !gap.empty());
    RC_ASSERT(gap.empty() == model.empty());
    RC_ASSERT(pool.left() == (gap.empty() ? 1u : 0u));
  }
}

}  // namespace
}  // namespace portolan::stack::tcp_parts_test
