// SPDX-License-Identifier: Apache-2.0
#include "scan/sources.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace portolan::scan::sources_test {
namespace {

using addr::IpAddress;
using base::u128;

// Ranges with gaps between them.
template <class Word>
addr::RangeList<Word> draw_list(Word begin, uint64_t most) {
  addr::RangeList<Word> list;
  Word next = begin;
  const auto count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    const auto size = static_cast<Word>(*rc::gen::inRange<uint64_t>(1, most));
    list.add(next, next + size - 1);
    next += size + *rc::gen::inRange<uint32_t>(1, 50);
  }
  return list;
}

// Numbers in equal steps over all words: each address gets its share of them, but for one at either end of it.
RC_GTEST_PROP(Sources, GetEachAnEqualPartOfAllNumbers, ()) {
  const auto list = draw_list<uint32_t>(0x0a000000, 40);
  const Sources sources(list);
  const auto size = static_cast<uint64_t>(sources.size());
  RC_ASSERT(sources.size() == list.count());
  constexpr uint64_t kEach = 16;
  const uint64_t step = ~uint64_t{0} / (size * kEach);
  std::map<IpAddress, uint64_t> times;
  for (uint64_t i = 0; i < size * kEach; ++i) ++times[sources.pick(i * step)];
  RC_ASSERT(times.size() == size);
  for (const auto& [address, n] : times) {
    RC_ASSERT(sources.contains(address));
    RC_ASSERT(n >= kEach - 1 && n <= kEach + 1);
  }
  RC_ASSERT(sources.pick(0) == sources.first());
  RC_ASSERT(sources.first() == IpAddress::v4(list.ranges()[0].first));
  RC_ASSERT(sources.pick(~uint64_t{0}) == IpAddress::v4(list.ranges().back().last));
}

RC_GTEST_PROP(Sources, HoldWhatTheyWereMadeOf, ()) {
  const u128 begin = base::make_u128(0xfd00000000000000, 0);
  const auto list = draw_list<u128>(begin, uint64_t{1} << *rc::gen::inRange(1, 63));
  const Sources sources(list);
  const u128 word = *rc::gen::arbitrary<bool>() ? list.ranges()[0].last + *rc::gen::inRange<uint32_t>(0, 60)
                                                : begin + *rc::gen::arbitrary<uint64_t>();
  bool in = false;
  for (const auto& r : list.ranges()) in |= word >= r.first && word <= r.last;
  RC_ASSERT(sources.contains(IpAddress::v6(word)) == in);
  RC_ASSERT(!sources.contains(IpAddress::v4(0x0a000001)));
  RC_ASSERT(sources.contains(sources.pick(*rc::gen::arbitrary<uint64_t>())));
  const auto least = sources.least(33);
  RC_ASSERT(least.size() == static_cast<size_t>(std::min<u128>(sources.size(), 33)));
  RC_ASSERT(least.front() == sources.first());
}

Sources prefix(uint64_t hi, int bits) {
  addr::RangeList<u128> list;
  const u128 first = base::make_u128(hi, 0);
  list.add(first, first | (base::kU128Max >> bits));
  return Sources(std::move(list));
}

TEST(Sources, OfAWholeNetworkHaveANumberEach) {
  const Sources sources = prefix(0xfd00000000000000, 64);
  for (const uint64_t n : {uint64_t{0}, uint64_t{1}, uint64_t{0xffff0000ffff0000}, ~uint64_t{0}}) {
    EXPECT_EQ(sources.pick(n), IpAddress::v6(base::make_u128(0xfd00000000000000, n)));
  }
}

// More than there are numbers: in every 16th part of them, and anywhere within it.
TEST(Sources, BeyondTheNumbersAreSpreadOverAll) {
  const Sources sources = prefix(0xfd00000000000000, 48);
  uint64_t low_bits = 0;
  for (uint64_t i = 0; i < 16; ++i) {
    const IpAddress a = sources.pick(i << 60);
    EXPECT_TRUE(sources.contains(a));
    EXPECT_EQ(a.hi() >> 12 & 0xf, i);
    low_bits |= a.lo();
  }
  EXPECT_NE(low_bits & 0xffff, 0u);
}

TEST(Sources, SayWhatTheyAre) {
  EXPECT_TRUE(Sources().empty());
  const Sources one(IpAddress::v4(0x0a000001));
  EXPECT_TRUE(one.is_one() && one.contains(IpAddress::v4(0x0a000001)) && !one.contains(IpAddress::v4(0x0a000002)));
  EXPECT_EQ(one.to_string(), "10.0.0.1");
  addr::RangeList<uint32_t> list;
  list.add(0x0a000001, 0x0a000001);
  EXPECT_EQ(Sources(list), one);
  list.add(0x0a000010, 0x0a00001f);
  EXPECT_EQ(Sources(list).to_string(), "10.0.0.1,10.0.0.16-10.0.0.31");
  for (uint32_t i = 0; i < 20; ++i) list.add(0x0a000100 + 2 * i, 0x0a000100 + 2 * i);
  EXPECT_NE(Sources(list).to_string().find("... (37 addresses)"), std::string::npos);
}

}  // namespace
}  // namespace portolan::scan::sources_test
