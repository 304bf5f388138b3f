// SPDX-License-Identifier: Apache-2.0
#include "addr/range_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

namespace portolan::addr::range_set_test {
namespace {

using base::u128;

// Ranges that crowd and overlap: a small universe, placed somewhere in the word's space.
template <class Word>
RangeList<Word> crowded_list(Word origin, const std::vector<std::pair<uint8_t, uint8_t>>& spans,
                             std::set<Word>* model) {
  RangeList<Word> list;
  for (const auto& [start, length] : spans) {
    const Word first = origin + 3 * Word{start};
    const Word last = first + length % 7;
    list.add(first, last);
    for (Word w = first;; ++w) {
      model->insert(w);
      if (w == last) break;
    }
  }
  list.normalize();
  return list;
}

template <class Word>
void check_lookups(const RangeSet<Word>& set, const std::set<Word>& model) {
  RC_ASSERT(set.size() == model.size());
  u128 i = 0;
  for (const Word w : model) {
    RC_ASSERT(set.pick(i) == w);
    RC_ASSERT(set.index_of(w) == std::optional<u128>(i));
    for (const Word beside : {static_cast<Word>(w - 1), static_cast<Word>(w + 1)}) {
      RC_ASSERT(set.contains(beside) == (model.count(beside) != 0));
    }
    ++i;
  }
}

using Spans = std::vector<std::pair<uint8_t, uint8_t>>;

RC_GTEST_PROP(RangeSet, LookupsAgreeWithASetV4, (const Spans& spans, bool high)) {
  std::set<uint32_t> model;
  const uint32_t origin = high ? 0xffffffffu - 3 * 255 - 6 : 0;
  check_lookups(RangeSet<uint32_t>(crowded_list(origin, spans, &model)), model);
}

RC_GTEST_PROP(RangeSet, LookupsAgreeWithASetV6, (const Spans& spans, uint64_t hi)) {
  std::set<u128> model;
  check_lookups(RangeSet<u128>(crowded_list(base::make_u128(hi, ~uint64_t{0} - 100), spans, &model)), model);
}

// Words over the whole space, so that buckets hold anything between nothing and everything.
template <class Word>
void check_inverse(RangeList<Word> list, uint64_t draw) {
  list.normalize();
  const u128 size = list.count();
  const RangeSet<Word> set(std::move(list));
  RC_ASSERT(set.size() == size);
  for (size_t k = 0; k < set.range_count(); ++k) {
    const Range<Word> r = set.range(k);
    RC_ASSERT(set.contains(r.first) && set.contains(r.last));
    RC_ASSERT(r.first == 0 || !set.contains(r.first - 1));
    RC_ASSERT(set.pick(*set.index_of(r.last)) == r.last);
    const u128 i = (u128{draw} * 0x9e3779b97f4a7c15u * (k + 1)) % size;
    RC_ASSERT(set.index_of(set.pick(i)) == std::optional<u128>(i));
  }
}

RC_GTEST_PROP(RangeSet, PickAndIndexAreInverseV4,
              (const std::vector<std::pair<uint32_t, uint16_t>>& items, uint64_t draw)) {
  RangeList<uint32_t> list;
  for (const auto& [first, length] : items)
    list.add(first, static_cast<uint32_t>(std::min<uint64_t>(uint64_t{first} + length, 0xffffffff)));
  check_inverse(std::move(list), draw);
}

RC_GTEST_PROP(RangeSet, PickAndIndexAreInverseV6,
              (const std::vector<std::tuple<uint64_t, uint64_t, uint64_t>>& items, uint64_t draw)) {
  RangeList<u128> list;
  for (const auto& [hi, lo, length] : items) {
    const u128 first = base::make_u128(hi, lo);
    list.add(first, base::kU128Max - first < length ? base::kU128Max : first + length);
  }
  if (list.ranges().size() == 1 && list.ranges()[0] == Range<u128>{0, base::kU128Max}) RC_DISCARD("all of it");
  check_inverse(std::move(list), draw);
}

TEST(RangeSet, EmptyHoldsNothing) {
  const RangeSet<uint32_t> set;
  EXPECT_EQ(set.size(), 0u);
  EXPECT_EQ(set.range_count(), 0u);
  EXPECT_FALSE(set.contains(0));
  EXPECT_FALSE(set.contains(0xffffffff));
}

TEST(RangeSet, AllOfIpv4) {
  RangeList<uint32_t> list;
  list.add(0, 0xffffffff);
  const RangeSet<uint32_t> set(std::move(list));
  EXPECT_EQ(set.size(), u128{1} << 32);
  EXPECT_EQ(set.pick(0xffffffff), 0xffffffffu);
  EXPECT_EQ(set.index_of(0xffffffff), std::optional<u128>(0xffffffff));
  EXPECT_EQ(set.range(0), (Range<uint32_t>{0, 0xffffffff}));
}

// Nearly everything in one bucket: the bisection must still find its way.
TEST(RangeSet, SkewedRanges) {
  RangeList<uint32_t> list;
  for (uint32_t i = 0; i < 5000; ++i) list.add(2 * i, 2 * i);
  list.add(0x80000000, 0xffffffff);
  const RangeSet<uint32_t> set(std::move(list));
  for (uint32_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(set.pick(i), 2 * i);
    ASSERT_EQ(set.index_of(2 * i), std::optional<u128>(i));
    ASSERT_FALSE(set.contains(2 * i + 1));
  }
  EXPECT_EQ(set.pick(5000), 0x80000000u);
  EXPECT_EQ(set.pick(set.size() - 1), 0xffffffffu);
}

}  // namespace
}  // namespace portolan::addr::range_set_test
