// SPDX-License-Identifier: Apache-2.0
#include "wire/vlan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "wire/test_frames.h"

namespace portolan::wire::vlan_test {
namespace {

using namespace test_frames;

TEST(Vlan, ReadsGoldenBytes) {
  const std::vector<uint8_t> tag = behind(kTcpSynAckVlan, 14);
  const auto view = VlanView::check(tag);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->value(), (Vlan{.id = 100, .priority = 3, .drop_eligible = false, .type = 0x0800}));
}

TEST(Vlan, RefusesEveryShorterTag) {
  for (size_t n = 0; n < vlan_field::kSize; ++n) {
    const auto view = VlanView::check(std::vector<uint8_t>(n));
    ASSERT_FALSE(view) << n;
    EXPECT_EQ(view.error(), Drop::kTruncatedVlan);
  }
}

RC_GTEST_PROP(Vlan, WhatIsWrittenReadsBack, (bool drop_eligible, uint16_t type)) {
  const Vlan value{.id = *rc::gen::inRange<uint16_t>(0, 4096),
                   .priority = *rc::gen::inRange<uint8_t>(0, 8),
                   .drop_eligible = drop_eligible,
                   .type = type};
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, bytes);
  RC_ASSERT(VlanView::check(bytes)->value() == value);
}

}  // namespace
}  // namespace portolan::wire::vlan_test
