// SPDX-License-Identifier: Apache-2.0
#include "wire/arp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::arp_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kPacket = behind(kArpReply, 14);  // with padding behind it

TEST(Arp, ReadsGoldenBytes) {
  const auto view = ArpView::check(kPacket);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_reply());
  EXPECT_FALSE(view->is_request());
  EXPECT_EQ(view->value(), (Arp{arp_operation::kReply, kTheirMac, kTheirs, kOurMac, kOurs}));
}

TEST(Arp, WritesGoldenBytes) {
  std::vector<uint8_t> bytes(arp_field::kSize);
  emit(Arp{arp_operation::kReply, kTheirMac, kTheirs, kOurMac, kOurs}, bytes);
  EXPECT_EQ(bytes, first(kPacket, arp_field::kSize));
}

TEST(Arp, RefusesMalformed) {
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedArp},
      {"one byte short", first(kPacket, 27), Drop::kTruncatedArp},
      {"hardware type IEEE 802", with(kPacket, 0, {0, 6}), Drop::kArpAddressTypes},
      {"protocol type IPv6", with(kPacket, 2, {0x86, 0xdd}), Drop::kArpAddressTypes},
      {"hardware addresses of 8 bytes", with(kPacket, 4, {8}), Drop::kArpAddressTypes},
      {"protocol addresses of 16 bytes", with(kPacket, 5, {16}), Drop::kArpAddressTypes},
  };
  for (const Malformed& row : table) {
    const auto view = ArpView::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
}

RC_GTEST_PROP(Arp, WhatIsWrittenReadsBack,
              (uint16_t operation, std::array<uint8_t, 6> a, uint32_t from, std::array<uint8_t, 6> b, uint32_t to)) {
  const Arp value{operation, {a}, addr::IpAddress::v4(from), {b}, addr::IpAddress::v4(to)};
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, bytes);
  RC_ASSERT(ArpView::check(bytes)->value() == value);
}

}  // namespace
}  // namespace portolan::wire::arp_test
