// SPDX-License-Identifier: Apache-2.0
#include "wire/icmpv6.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::icmpv6_test {
namespace {

using namespace test_frames;

constexpr size_t kHeaders = 14 + 40;

TEST(Icmpv6, ReadsAnEchoReply) {
  const std::vector<uint8_t> message = behind(kIcmpv6EchoReply, kHeaders);
  const auto view = Icmpv6View::check(message);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_echo_reply());
  EXPECT_FALSE(view->is_error());
  EXPECT_FALSE(view->is_neighbor());
  EXPECT_EQ(view->rest(), kToken);
  EXPECT_TRUE(view->checksum_ok({kTheirs6, kOurs6}));
  EXPECT_FALSE(view->checksum_ok({kOurs6, kOurs6}));
}

TEST(Icmpv6, TypesBelow128AreErrors) {
  for (int type = 0; type < 256; ++type) {
    const std::vector<uint8_t> message{static_cast<uint8_t>(type), 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(Icmpv6View::check(message)->is_error(), type < 128) << type;
    EXPECT_EQ(Icmpv6View::check(message)->is_neighbor(), type == 135 || type == 136) << type;
  }
}

TEST(Icmpv6, RefusesEveryShorterMessage) {
  for (size_t n = 0; n < icmpv6_field::kSize; ++n) {
    const std::vector<uint8_t> bytes(n);
    const auto view = Icmpv6View::check(bytes);
    ASSERT_FALSE(view) << n;
    EXPECT_EQ(view.error(), Drop::kTruncatedIcmpv6);
  }
}

RC_GTEST_PROP(Icmpv6, WhatIsWrittenReadsBack,
              (uint8_t type, uint8_t code, uint32_t rest, const std::vector<uint8_t>& payload)) {
  const Icmpv6 value{type, code, rest, payload};
  const Endpoints ends{kOurs6, kTheirs6};
  std::vector<uint8_t> bytes(size_of(value), 0xee);
  emit(value, ends, bytes);
  const auto view = Icmpv6View::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->checksum_ok(ends));
  RC_ASSERT(std::make_tuple(view->type(), view->code(), view->rest()) == std::make_tuple(type, code, rest));
  RC_ASSERT(std::vector<uint8_t>(view->payload().begin(), view->payload().end()) == payload);
}

}  // namespace
}  // namespace portolan::wire::icmpv6_test
