// SPDX-License-Identifier: Apache-2.0
#include "addr/special_ranges.h"

#include <gtest/gtest.h>

#include <string>

namespace portolan::addr::special_ranges_test {
namespace {

using base::u128;

template <class Word>
void check_table() {
  const auto rows = special_ranges<Word>();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    EXPECT_EQ(row.first & static_cast<Word>(row.last() - row.first), Word{0}) << row.name << ": host bits are set";
    EXPECT_TRUE(row.reference.starts_with("RFC ")) << row.name;
    const bool never = row.kind == SpecialKind::kNeverOnWire;
    if (i == 0) continue;
    const bool never_before = rows[i - 1].kind == SpecialKind::kNeverOnWire;
    EXPECT_TRUE(never_before || !never) << row.name << ": never-sent rows come first";
    if (never || never_before) continue;
    EXPECT_LE(rows[i - 1].prefix_length, row.prefix_length) << row.name << ": wider first";
  }
}

TEST(SpecialRanges, TablesAreInTheOrderThatTheHeaderStates) {
  check_table<uint32_t>();
  check_table<u128>();
}

TEST(SpecialRanges, TheInnermostRowNamesAnAddress) {
  const auto text = [](uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return special_range_text(IpAddress::v4(a << 24 | b << 16 | c << 8 | d));
  };
  EXPECT_EQ(text(10, 1, 2, 3), "10.0.0.0/8 Private-Use (RFC 1918)");
  EXPECT_EQ(text(192, 0, 0, 9), "192.0.0.9/32 Port Control Protocol Anycast (RFC 7723)");
  EXPECT_EQ(text(192, 0, 0, 200), "192.0.0.0/24 IETF Protocol Assignments (RFC 6890)");
  EXPECT_EQ(text(239, 255, 255, 250), "224.0.0.0/4 Multicast (RFC 5771)");
  EXPECT_EQ(text(8, 8, 8, 8), "");
  EXPECT_EQ(special_range_text(IpAddress::v6(1)), "::1/128 Loopback Address (RFC 4291)");
  EXPECT_EQ(special_range_text(IpAddress::v6(u128{0x2a0004f800000000} << 64)), "");
  EXPECT_EQ(special_range_text(IpAddress::v6(u128{0x20010db800000000} << 64)),
            "2001:db8::/32 Documentation (RFC 3849)");
}

TEST(SpecialRanges, ARangeIsCoveredWholeOrNot) {
  EXPECT_EQ(special_range_of<uint32_t>(0x0a000000, 0x0b000000), nullptr);
  EXPECT_NE(special_range_of<uint32_t>(0x0a000000, 0x0affffff), nullptr);
  EXPECT_EQ(special_range_of<uint32_t>(0, 0xffffffff), nullptr);
  EXPECT_EQ(special_range_of<u128>(0, base::kU128Max), nullptr);
}

TEST(SpecialRanges, PrefixesPrintAsWritten) {
  EXPECT_EQ(special_ranges<u128>()[1].prefix(), "::ffff:0:0/96");
  EXPECT_EQ(special_ranges<u128>()[2].prefix(), "ff00::/8");
}

}  // namespace
}  // namespace portolan::addr::special_ranges_test
