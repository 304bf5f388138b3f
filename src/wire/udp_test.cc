// SPDX-License-Identifier: Apache-2.0
#include "wire/udp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::udp_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kDatagram = behind(kUdpAnswer, 14 + 20);

TEST(Udp, ReadsGoldenBytes) {
  const auto view = UdpView::check(kDatagram);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source_port(), 53);
  EXPECT_EQ(view->destination_port(), kOurPort);
  EXPECT_EQ(view->length(), 11);
  EXPECT_EQ(view->payload().size(), 3u);
  EXPECT_TRUE(view->has_checksum());
  EXPECT_TRUE(view->checksum_ok({kTheirs, kOurs}));
  EXPECT_FALSE(view->checksum_ok({kTheirs, kTheirs}));
}

TEST(Udp, CutsWhatStandsBehindTheLength) {
  std::vector<uint8_t> longer = kDatagram;
  longer.push_back(0xee);
  const auto view = UdpView::check(longer);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->payload().size(), 3u);
  EXPECT_TRUE(view->checksum_ok({kTheirs, kOurs}));
}

TEST(Udp, RefusesMalformed) {
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedUdp},
      {"one byte short of a header", first(kDatagram, 7), Drop::kTruncatedUdp},
      {"length 0", with(kDatagram, 4, {0, 0}), Drop::kUdpLength},
      {"length 7", with(kDatagram, 4, {0, 7}), Drop::kUdpLength},
      {"length one more than there is", with(kDatagram, 4, {0, 12}), Drop::kUdpLength},
      {"length 65535", with(kDatagram, 4, {0xff, 0xff}), Drop::kUdpLength},
  };
  for (const Malformed& row : table) {
    const auto view = UdpView::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
}

// A payload that is the checksum of all else makes the sum come out as zero.
TEST(Udp, AComputedZeroIsSentAsAllOnes) {
  std::vector<uint8_t> payload(2), bytes(10);
  const Endpoints ends{kOurs, kTheirs};
  emit(Udp{1, 2, payload}, ends, bytes);
  base::store_be16(payload.data(), base::load_be16(&bytes[udp_field::kChecksum]));
  emit(Udp{1, 2, payload}, ends, bytes);
  EXPECT_EQ(base::load_be16(&bytes[udp_field::kChecksum]), 0xffff);
  EXPECT_TRUE(UdpView::check(bytes)->checksum_ok(ends));
}

RC_GTEST_PROP(Udp, WhatIsWrittenReadsBack, (uint16_t from, uint16_t to, const std::vector<uint8_t>& payload, bool v6)) {
  const Endpoints ends = v6 ? Endpoints{kOurs6, kTheirs6} : Endpoints{kOurs, kTheirs};
  const Udp value{from, to, payload};
  std::vector<uint8_t> bytes(size_of(value), 0xee);
  emit(value, ends, bytes);
  const auto view = UdpView::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->has_checksum());
  RC_ASSERT(view->checksum_ok(ends));
  RC_ASSERT(view->source_port() == from);
  RC_ASSERT(view->destination_port() == to);
  RC_ASSERT(std::vector<uint8_t>(view->payload().begin(), view->payload().end()) == payload);
}

}  // namespace
}  // namespace portolan::wire::udp_test
