// SPDX-License-Identifier: Apache-2.0
#include "addr/ip_address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "addr/mac_address.h"
#include "addr/target.h"

namespace portolan::addr::ip_address_test {
namespace {

std::string v6(uint64_t hi, uint64_t lo) { return IpAddress::v6(base::make_u128(hi, lo)).to_string(); }

// The examples of RFC 5952, section 4.
TEST(IpAddress, TextIsThatOfRfc5952) {
  EXPECT_EQ(v6(0x20010db800000000, 0x0000000000000001), "2001:db8::1");
  EXPECT_EQ(v6(0x20010db800000000, 0x0000000000020001), "2001:db8::2:1");
  EXPECT_EQ(v6(0x20010db800000001, 0x0001000100010001), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(v6(0x2001000000000001, 0x0000000000000001), "2001:0:0:1::1");
  EXPECT_EQ(v6(0x20010db800000000, 0x0001000000000001), "2001:db8::1:0:0:1");
  EXPECT_EQ(v6(0, 0), "::");
  EXPECT_EQ(v6(0, 1), "::1");
  EXPECT_EQ(v6(0x2001000000000000, 0), "2001::");
  EXPECT_EQ(v6(0x00000000000000aa, 0x0001000200030004), "::aa:1:2:3:4");
  EXPECT_EQ(IpAddress::v4(0xc0000201).to_string(), "192.0.2.1");
}

TEST(MacAddress, ReadsThreeSpellings) {
  const MacAddress mac{{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}};
  for (const char* text : {"00:11:22:aa:bb:cc", "00-11-22-AA-BB-CC", "0011.22aa.bbcc"}) {
    EXPECT_EQ(MacAddress::parse(text), mac) << text;
  }
  EXPECT_EQ(mac.to_string(), "00:11:22:aa:bb:cc");
}

TEST(MacAddress, RefusesTheRest) {
  for (const char* bad :
       {"", "00:11:22:aa:bb", "00:11:22:aa:bb:cc:", "00:11-22:aa-bb:cc", "0:11:22:aa:bb:cc0", "00:11:22:aa:bb:cg",
        "001122aabbcc", "0011:22aa:bbcc", "0011.22aa-bbcc", "00.11.22.aa.bb.cc", " 0:11:22:aa:bb:cc"}) {
    EXPECT_EQ(MacAddress::parse(bad), std::nullopt) << bad;
  }
}

RC_GTEST_PROP(MacAddress, TextReadsBack, (const std::array<uint8_t, 6>& bytes)) {
  RC_ASSERT(MacAddress::parse(MacAddress{bytes}.to_string()) == MacAddress{bytes});
}

TEST(Protocol, NamesReadBack) {
  for (size_t i = 0; i < kProtocolCount; ++i) {
    const auto p = static_cast<Protocol>(i);
    EXPECT_EQ(protocol_from_name(name(p)), p);
  }
  EXPECT_EQ(protocol_from_name("TCP"), std::nullopt);
  EXPECT_EQ(protocol_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace portolan::addr::ip_address_test
