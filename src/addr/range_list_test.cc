// SPDX-License-Identifier: Apache-2.0
#include "addr/range_list.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bitset>
#include <vector>

#include "base/random.h"

namespace portolan::addr::range_list_test {
namespace {

using base::u128;
using Spans = std::vector<std::pair<uint8_t, uint8_t>>;
constexpr size_t kUniverse = 320;
using Model = std::bitset<kUniverse>;

// Word values from `origin` on; the model holds their offsets.
template <class Word>
RangeList<Word> make(Word origin, const Spans& spans, Model* model) {
  RangeList<Word> list;
  for (const auto& [start, length] : spans) {
    list.add(origin + start, origin + start + length % 20);
    for (size_t i = 0; i <= length % 20u; ++i) model->set(start + i);
  }
  list.normalize();
  return list;
}

template <class Word>
void check(const RangeList<Word>& list, Word origin, const Model& model) {
  RC_ASSERT(list.count() == model.count());
  Model seen;
  const Range<Word>* before = nullptr;
  for (const Range<Word>& r : list.ranges()) {
    RC_ASSERT(r.first <= r.last);
    if (before != nullptr) RC_ASSERT(r.first - before->last > 1);  // a gap, else they would be one
    before = &r;
    for (Word w = r.first; w != static_cast<Word>(r.last + 1); ++w) seen.set(static_cast<size_t>(w - origin));
  }
  RC_ASSERT(seen == model);
}

template <class Word>
void check_arithmetic(Word origin, const Spans& a, const Spans& b) {
  Model model_a, model_b;
  const RangeList<Word> list_a = make(origin, a, &model_a);
  const RangeList<Word> list_b = make(origin, b, &model_b);
  check(list_a, origin, model_a);
  RangeList<Word> difference = list_a;
  difference.subtract(list_b);
  check(difference, origin, model_a & ~model_b);
  RangeList<Word> sum = list_a;
  sum.unite(list_b);
  check(sum, origin, model_a | model_b);
  for (const auto& [start, length] : b) {
    Model within;
    for (size_t i = 0; i <= length % 20u; ++i) within.set(start + i);
    RC_ASSERT(list_a.count_within(origin + start, origin + start + length % 20) == (model_a & within).count());
  }
}

RC_GTEST_PROP(RangeList, ArithmeticAgreesWithBitsV4, (const Spans& a, const Spans& b)) {
  check_arithmetic<uint32_t>(0, a, b);
  check_arithmetic<uint32_t>(0xffffffffu - (255 + 19), a, b);
}

RC_GTEST_PROP(RangeList, ArithmeticAgreesWithBitsV6, (const Spans& a, const Spans& b)) {
  check_arithmetic<u128>(base::make_u128(7, ~uint64_t{0} - 100), a, b);
  check_arithmetic<u128>(base::kU128Max - (255 + 19), a, b);
}

// Long enough for the radix sort, with every digit in play.
TEST(RangeList, RadixSortedAsByInsertion) {
  base::SplitMix64 random(1);
  RangeList<uint32_t> list;
  std::vector<uint32_t> words;
  for (int i = 0; i < 40000; ++i) {
    words.push_back(static_cast<uint32_t>(random.next()));
    list.add(words.back(), words.back());
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  list.normalize();
  ASSERT_EQ(list.count(), words.size());
  size_t i = 0;
  for (const Range<uint32_t>& r : list.ranges()) {
    for (uint64_t w = r.first; w <= r.last; ++w) ASSERT_EQ(w, words[i++]);
  }
}

TEST(RangeList, AscendingNeighboursMergeWhileAdded) {
  RangeList<uint32_t> list;
  for (uint32_t i = 10; i < 1000; ++i) list.add(i, i);
  EXPECT_EQ(list.ranges().size(), 1u);
  EXPECT_EQ(list.count(), 990u);
}

TEST(RangeList, TheLastAddressDoesNotWrap) {
  RangeList<uint32_t> list;
  list.add(0xffffffff, 0xffffffff);
  list.add(0, 0);
  list.normalize();
  EXPECT_EQ(list.ranges().size(), 2u);
  RangeList<uint32_t> all;
  all.add(0, 0xffffffff);
  all.subtract(list);
  ASSERT_EQ(all.ranges().size(), 1u);
  EXPECT_EQ(all.ranges()[0], (Range<uint32_t>{1, 0xfffffffe}));
}

}  // namespace
}  // namespace portolan::addr::range_list_test
