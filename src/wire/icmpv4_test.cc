// SPDX-License-Identifier: Apache-2.0
#include "wire/icmpv4.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::icmpv4_test {
namespace {

using namespace test_frames;

constexpr size_t kHeaders = 14 + 20;

TEST(Icmpv4, ReadsAnEchoReply) {
  const std::vector<uint8_t> message = behind(kIcmpEchoReply, kHeaders);
  const auto view = Icmpv4View::check(message);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_echo_reply());
  EXPECT_FALSE(view->is_error());
  EXPECT_FALSE(view->is_timestamp_reply());
  EXPECT_EQ(view->rest(), kToken);
  EXPECT_EQ(view->identifier(), 0xcafe);
  EXPECT_EQ(view->sequence(), 0xbabe);
  EXPECT_EQ(view->payload().size(), 4u);
  EXPECT_TRUE(view->checksum_ok());
}

TEST(Icmpv4, ATimestampReplyHasItsThreeTimes) {
  const std::vector<uint8_t> message = behind(kIcmpTimestampReply, kHeaders);
  EXPECT_TRUE(Icmpv4View::check(message)->is_timestamp_reply());
  const std::vector<uint8_t> cut = first(message, 19);
  EXPECT_FALSE(Icmpv4View::check(cut)->is_timestamp_reply());
}

TEST(Icmpv4, KnowsItsErrors) {
  for (int type = 0; type < 256; ++type) {
    const std::vector<uint8_t> message{static_cast<uint8_t>(type), 0, 0, 0, 0, 0, 0, 0};
    const bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    EXPECT_EQ(Icmpv4View::check(message)->is_error(), quotes) << type;
  }
}

TEST(Icmpv4, RefusesEveryShorterMessage) {
  for (size_t n = 0; n < icmpv4_field::kSize; ++n) {
    const std::vector<uint8_t> bytes(n);
    const auto view = Icmpv4View::check(bytes);
    ASSERT_FALSE(view) << n;
    EXPECT_EQ(view.error(), Drop::kTruncatedIcmpv4);
  }
}

TEST(Icmpv4, WritesGoldenBytes) {
  const std::vector<uint8_t> golden = behind(kIcmpEchoReply, kHeaders);
  const std::vector<uint8_t> payload{'p', 'i', 'n', 'g'};
  std::vector<uint8_t> bytes(golden.size());
  emit(Icmpv4{.type = icmpv4_type::kEchoReply, .rest = kToken, .payload = payload}, bytes);
  EXPECT_EQ(bytes, golden);
}

RC_GTEST_PROP(Icmpv4, WhatIsWrittenReadsBack,
              (uint8_t type, uint8_t code, uint32_t rest, const std::vector<uint8_t>& payload)) {
  const Icmpv4 value{type, code, rest, payload};
  std::vector<uint8_t> bytes(size_of(value), 0xee);
  emit(value, bytes);
  const auto view = Icmpv4View::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->checksum_ok());
  RC_ASSERT(std::make_tuple(view->type(), view->code(), view->rest()) == std::make_tuple(type, code, rest));
  RC_ASSERT(std::vector<uint8_t>(view->payload().begin(), view->payload().end()) == payload);
}

}  // namespace
}  // namespace portolan::wire::icmpv4_test
