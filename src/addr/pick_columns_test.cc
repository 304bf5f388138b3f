// SPDX-License-Identifier: Apache-2.0
#include "addr/pick_columns.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "addr/target_set_builder.h"
#include "base/random.h"

namespace portolan::addr::pick_columns_test {
namespace {

using base::u128;

const u128 kNet6 = base::make_u128(0x2a00000100000000, 0);

// From one range to a few thousand, in crowds and alone, so that buckets hold none, one and many.
TargetSet any_set(bool v4, bool v6, bool pair) {
  TargetSetBuilder b;
  base::SplitMix64 random(*rc::gen::arbitrary<uint64_t>());
  const int ranges = *rc::gen::element(1, 2, 30, 3000);
  for (int i = 0; i < ranges; ++i) {
    const auto far = static_cast<uint32_t>(random.next() & 0x07ffffff);
    const auto near = static_cast<uint32_t>(random.next() & 0xfff);
    const uint32_t first = 0x10000000 + (random.next() % 2 == 0 ? far : near);
    if (v4) b.add_v4(first, first + static_cast<uint32_t>(random.next() % 4));
    const u128 high = kNet6 + (u128{first} << 62);
    if (v6 && i < 100) b.add_v6(high, high + (random.next() >> 14));
  }
  b.add_services(Protocol::kTcp, 1, *rc::gen::element<uint16_t>(1, 2, 1000));
  if (*rc::gen::arbitrary<bool>()) b.add_service({Protocol::kUdp, 53});
  if (pair) b.add_pair({IpAddress::v4(0x0b000000), {Protocol::kSctp, 7}});
  return std::move(std::move(b).build({.include_reserved = true})->set);
}

bool same(const TargetColumns& out, size_t i, Family family, const Target& t) {
  const bool address = family == Family::kIpv4 ? out.low[i] == t.address.v4_bits()
                                               : out.low[i] == t.address.lo() && out.high[i] == t.address.hi();
  return t.address.family() == family && address && out.service[i] == service_key(t.service);
}

RC_GTEST_PROP(PickColumns, AreThePicksOneByOne, ()) {
  const int blocks = *rc::gen::inRange(1, 8);
  const TargetSet set = any_set((blocks & 1) != 0, (blocks & 2) != 0, (blocks & 4) != 0);
  RC_PRE(!set.empty() && base::hi64(set.size() - 1) == 0);
  const auto count = *rc::gen::inRange<size_t>(1, base::kColumnSize + 1);
  base::Column indexes;
  indexes.fill(~uint64_t{0});  // past the count stands nothing
  base::SplitMix64 random(*rc::gen::arbitrary<uint64_t>());
  // All of the set, or one family's part of it, whose first and last are among them.
  const u128 v4 = set.block_v4().size(), v6 = set.block_v6().size();
  const auto [from, size] =
      *rc::gen::element(std::pair(u128{0}, set.size()), std::pair(u128{0}, v4), std::pair(v4, v6));
  RC_PRE(size > 0);
  for (size_t i = 0; i < count; ++i) indexes[i] = base::lo64(from + random.next() % size);
  indexes[0] = base::lo64(from);
  indexes[count - 1] = base::lo64(from + size - 1);

  TargetColumns out;
  const auto family = pick_columns(set, std::span<const uint64_t>(indexes).first(count), out);
  size_t of_v4 = 0, of_v6 = 0;
  for (size_t i = 0; i < count; ++i) {
    of_v4 += indexes[i] < v4 ? 1 : 0;
    of_v6 += indexes[i] >= v4 && indexes[i] - v4 < v6 ? 1 : 0;
    if (family) RC_ASSERT(same(out, i, *family, set.pick(indexes[i])));
  }
  RC_ASSERT(family.has_value() == (of_v4 == count || of_v6 == count));

  const std::vector<u128> wide(indexes.begin(), indexes.begin() + static_cast<std::ptrdiff_t>(count));
  RC_ASSERT(pick_columns(set, wide, out) == family);
  for (size_t i = 0; family && i < count; ++i) RC_ASSERT(same(out, i, *family, set.pick(wide[i])));
}

TEST(PickColumns, OfMoreThanAWordCounts) {
  TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0b000fff);
  b.add_v6(kNet6, kNet6 + ((u128{1} << 80) - 1));
  b.add_services(Protocol::kTcp, 1, 65535);
  const TargetSet set = std::move(std::move(b).build()->set);
  std::vector<u128> indexes;
  for (uint64_t i = 0; i < 100; ++i) indexes.push_back(set.size() - 1 - (u128{i} << 88) - i);
  TargetColumns out;
  ASSERT_EQ(pick_columns(set, indexes, out), Family::kIpv6);
  for (size_t i = 0; i < indexes.size(); ++i) ASSERT_TRUE(same(out, i, Family::kIpv6, set.pick(indexes[i])));
}

RC_GTEST_PROP(PickColumns, EveryFormGivesTheSame, ()) {
  const TargetSet set = any_set(true, false, false);
  const RangeSet<uint32_t>& addresses = set.v4();
  const auto count = *rc::gen::inRange<size_t>(1, base::kColumnSize + 1);
  base::Column places;
  places.fill(~uint64_t{0});
  base::SplitMix64 random(*rc::gen::arbitrary<uint64_t>());
  for (size_t i = 0; i < count; ++i) places[i] = random.next() % base::lo64(addresses.size());
  base::Column plain = places, wide = places;
  internal::pick_v4_plain(addresses, plain, count);
  for (size_t i = 0; i < count; ++i) RC_ASSERT(plain[i] == addresses.pick(places[i]));
  const internal::PickV4 form = internal::pick_v4_avx512();
  (form != nullptr ? form : internal::pick_v4_plain)(addresses, wide, count);
  RC_ASSERT(std::equal(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(count), wide.begin()));
}

}  // namespace
}  // namespace portolan::addr::pick_columns_test
