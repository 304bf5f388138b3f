// SPDX-License-Identifier: Apache-2.0
#include "wire/ethernet.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::ethernet_test {
namespace {

using namespace test_frames;

TEST(Ethernet, ReadsGoldenBytes) {
  const auto view = EthernetView::check(kTcpSynAck);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->value(), (Ethernet{kOurMac, kTheirMac, ether_type::kIpv4}));
  EXPECT_EQ(view->payload().size(), kTcpSynAck.size() - 14);
}

TEST(Ethernet, RefusesEveryShorterFrame) {
  for (size_t n = 0; n < ethernet_field::kSize; ++n) {
    const auto view = EthernetView::check(first(kTcpSynAck, n));
    ASSERT_FALSE(view) << n;
    EXPECT_EQ(view.error(), Drop::kTruncatedEthernet);
  }
  EXPECT_TRUE(EthernetView::check(first(kTcpSynAck, ethernet_field::kSize)));
}

RC_GTEST_PROP(Ethernet, WhatIsWrittenReadsBack,
              (std::array<uint8_t, 6> to, std::array<uint8_t, 6> from, uint16_t type)) {
  const Ethernet value{{to}, {from}, type};
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, bytes);
  RC_ASSERT(EthernetView::check(bytes)->value() == value);
}

}  // namespace
}  // namespace portolan::wire::ethernet_test
