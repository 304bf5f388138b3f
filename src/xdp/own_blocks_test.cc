// SPDX-License-Identifier: Apache-2.0
#include "xdp/own_blocks.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "addr/ip_address.h"

namespace portolan::xdp::own_blocks_test {
namespace {

using addr::IpAddress;

// As the kernel program looks an address up.
bool holds(const OwnBlocks& own, const IpAddress& a) {
  const auto in = [&](uint64_t bits, uint64_t mask_hi, uint64_t mask_lo) {
    const auto at = own.blocks.find({a.hi() & mask_hi, a.lo() & mask_lo, bits});
    return at != own.blocks.end() && (at->second.members[(a.lo() >> 6) & 3] >> (a.lo() & 63) & 1) != 0;
  };
  if (a.is_v4()) {
    const uint8_t state = own.v4[a.v4_bits() >> 16];
    if (state == kOwnMany) return in(kOwnBlockBits, 0, ~uint64_t{0xff});
    if (state != kOwnFew) return state == kOwnAll;
    for (uint32_t k = 0; k < 2; ++k) {
      const OwnSlots& s = own.slots[(own_slot_of(a.v4_bits(), own.slot_shift) + k) & (own.slots.size() - 1)];
      for (const uint32_t address : s.address) {
        if (address == a.v4_bits() || address == 0) return address != 0;
      }
    }
    return false;
  }
  for (const AnswerPrefix& p : own.prefixes) {
    if (in(p.bits, p.mask_hi, p.mask_lo)) return true;
  }
  return false;
}

RC_GTEST_PROP(OwnBlocks, HoldWhatTheRangesHold, (std::vector<std::pair<uint32_t, uint16_t>> ranges, uint32_t probe)) {
  addr::RangeList<uint32_t> v4;
  addr::RangeList<base::u128> v6;
  probe |= 0x01000000;  // 0.0.0.0 is nobody's
  for (const auto& [at_random, size] : ranges) {
    const uint32_t first = at_random | 0x01000000;
    const uint32_t last = first + std::min<uint32_t>(size, 0xffffffffu - first);
    v4.add(first, last);
    const base::u128 at = base::make_u128(0x20010db8'00000000, 0) + (first & 0xff00);
    v6.add(at, at + 255);
  }
  v4.normalize();
  v6.normalize();
  const auto own = make_own_blocks(v4, v6);
  RC_PRE(own.has_value());
  const auto expected = [&](uint32_t a) {
    return std::any_of(v4.ranges().begin(), v4.ranges().end(),
                       [&](const auto& r) { return r.first <= a && a <= r.last; });
  };
  RC_ASSERT(holds(*own, IpAddress::v4(probe)) == expected(probe));
  for (const auto& r : v4.ranges()) {
    for (const uint32_t a : {r.first - 1, r.first, r.first + (r.last - r.first) / 2, r.last, r.last + 1}) {
      RC_ASSERT(holds(*own, IpAddress::v4(a)) == expected(a));
    }
  }
  for (const auto& r : v6.ranges()) {
    RC_ASSERT(holds(*own, IpAddress::v6(r.first)) && holds(*own, IpAddress::v6(r.last)));
    RC_ASSERT(!holds(*own, IpAddress::v6(r.first - 1)) && !holds(*own, IpAddress::v6(r.last + 1)));
  }
}

TEST(OwnBlocks, ManyScatteredAddressesHaveAPlaceEach) {
  addr::RangeList<uint32_t> v4;
  std::set<uint32_t> all;
  for (uint32_t i = 1; i <= 65536; ++i) all.insert(i * 0x9e3779b9u);
  for (const uint32_t a : all) v4.add(a, a);
  v4.normalize();
  const auto own = make_own_blocks(v4, {});
  ASSERT_TRUE(own.has_value());
  for (const uint32_t a : all) ASSERT_TRUE(holds(*own, IpAddress::v4(a))) << a;
  for (const uint32_t a : all) ASSERT_EQ(holds(*own, IpAddress::v4(a + 1)), all.count(a + 1) == 1) << a;
  EXPECT_LE(own->slots.size() * sizeof(OwnSlots), size_t{1} << 20) << "what a core's second cache may hold";
}

RC_GTEST_PROP(OwnBlocks, PrefixesMakeUpTheirRange, (uint32_t a, uint32_t b)) {
  const uint32_t first = std::min(a, b), last = std::max(a, b);
  uint64_t next = first;
  cut_into_prefixes<uint32_t>(first, last, [&](uint32_t prefix, int bits) {
    const uint64_t size = uint64_t{1} << (32 - bits);
    RC_ASSERT(prefix == next && prefix % size == 0);
    next += size;
  });
  RC_ASSERT(next == uint64_t{last} + 1);
}

}  // namespace
}  // namespace portolan::xdp::own_blocks_test
