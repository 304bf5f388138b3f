// SPDX-License-Identifier: Apache-2.0
#include "respond/own_addresses.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::respond::own_addresses_test {
namespace {

constexpr addr::MacAddress kOwn{{2, 0, 0, 0, 0, 1}};

AddressSet set_of(uint32_t first, uint32_t last) {
  addr::RangeList<uint32_t> v4;
  v4.add(first, last);
  addr::RangeList<base::u128> v6;
  v6.add(base::make_u128(0x20010db8u, first), base::make_u128(0x20010db8u, last));
  return {std::move(v4), std::move(v6)};
}

// RFC 1112 6.4.
addr::MacAddress group_of(uint32_t address) {
  return {{1, 0, 0x5e, uint8_t(address >> 16 & 0x7f), uint8_t(address >> 8), uint8_t(address)}};
}
// RFC 4291 2.7.1 and RFC 2464 7.
addr::MacAddress solicited_of(uint32_t address) {
  return {{0x33, 0x33, 0xff, uint8_t(address >> 16), uint8_t(address >> 8), uint8_t(address)}};
}

RC_GTEST_PROP(LinkAddresses, AreThoseOfTheOwnAddresses, ()) {
  const auto first = *rc::gen::arbitrary<uint32_t>();
  const auto last = first + *rc::gen::inRange(0u, std::min(~first, 1u << 12) + 1);
  const LinkAddresses link(kOwn, set_of(first, last));
  const auto asked = *rc::gen::oneOf(rc::gen::arbitrary<uint32_t>(), rc::gen::inRange(first, last + 1));
  const auto shares = [&](uint32_t mask) {
    for (uint32_t a = first;; ++a) {
      if (((a ^ asked) & mask) == 0) return true;
      if (a == last) return false;
    }
  };
  RC_ASSERT(link.accepts(group_of(asked)) == shares(0x7fffff));
  RC_ASSERT(link.accepts(solicited_of(asked)) == shares(0xffffff));
}

TEST(LinkAddresses, AlwaysAreOurMacBroadcastAndAllNodes) {
  for (const AddressSet& set : {AddressSet(), AddressSet::everything(), set_of(1, 1)}) {
    const LinkAddresses link(kOwn, set);
    EXPECT_TRUE(link.accepts(kOwn));
    EXPECT_TRUE(link.accepts(addr::MacAddress::broadcast()));
    EXPECT_TRUE(link.accepts({{0x33, 0x33, 0, 0, 0, 1}}));
    EXPECT_FALSE(link.accepts({{2, 0, 0, 0, 0, 2}}));
    EXPECT_FALSE(link.accepts({{0x33, 0x33, 0, 0, 0, 2}}));
    EXPECT_FALSE(link.accepts({{1, 0, 0x5e, 0x80, 0, 1}}));
  }
}

TEST(LinkAddresses, OfAWholeNetworkAreAllGroups) {
  const LinkAddresses link(kOwn, set_of(0x0a000000, 0x0affffff));
  for (const uint32_t a : {0u, 1u, 0x7fffffu, 0xffffffu}) {
    EXPECT_TRUE(link.accepts(group_of(a)));
    EXPECT_TRUE(link.accepts(solicited_of(a)));
  }
}

TEST(AddressSet, HoldsBothFamiliesOrEverything) {
  const AddressSet set = set_of(10, 20);
  EXPECT_TRUE(set.contains(addr::IpAddress::v4(10)));
  EXPECT_FALSE(set.contains(addr::IpAddress::v4(21)));
  EXPECT_TRUE(set.contains(addr::IpAddress::v6(base::make_u128(0x20010db8u, 20))));
  EXPECT_FALSE(set.contains(addr::IpAddress::v6(base::make_u128(0x20010db9u, 20))));
  EXPECT_TRUE(AddressSet::everything().contains(addr::IpAddress::v4(21)));
  EXPECT_TRUE(AddressSet().empty());
}

TEST(Unanswerable, AreSourcesThatAreNobodyOrMany) {
  const auto v4 = [](uint32_t a) { return is_unanswerable(addr::IpAddress::v4(a)); };
  for (const uint32_t a : {0u, 0x00ffffffu, 0x7f000001u, 0xe0000001u, 0xf0000000u, 0xffffffffu}) EXPECT_TRUE(v4(a));
  for (const uint32_t a : {0x01000000u, 0x0a000001u, 0x7effffffu, 0x80000000u, 0xdfffffffu}) EXPECT_FALSE(v4(a));
  const auto v6 = [](uint64_t hi, uint64_t lo) {
    return is_unanswerable(addr::IpAddress::v6(base::make_u128(hi, lo)));
  };
  EXPECT_TRUE(v6(0, 0) && v6(0, 1) && v6(0xff02000000000000u, 1));
  EXPECT_FALSE(v6(0, 2) || v6(0xfe80000000000000u, 1) || v6(0xfd00000000000000u, 1));
}

}  // namespace
}  // namespace portolan::respond::own_addresses_test
