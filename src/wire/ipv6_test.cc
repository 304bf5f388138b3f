// SPDX-License-Identifier: Apache-2.0
#include "wire/ipv6.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::ipv6_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kPacket = behind(kTcpSynAckV6, 14);
const std::vector<uint8_t> kExtended = behind(kUdpAnswerV6Extensions, 14);

// A packet whose payload is `extensions`, the first of type `next`.
std::vector<uint8_t> packet(uint8_t next, const std::vector<uint8_t>& extensions) {
  std::vector<uint8_t> bytes = first(kPacket, ipv6_field::kSize);
  bytes.insert(bytes.end(), extensions.begin(), extensions.end());
  base::store_be16(&bytes[ipv6_field::kPayloadLength], static_cast<uint16_t>(extensions.size()));
  bytes[ipv6_field::kNextHeader] = next;
  return bytes;
}

// `count` destination options headers of 8 bytes, TCP behind the last.
std::vector<uint8_t> chain(int count) {
  std::vector<uint8_t> bytes;
  for (int i = 1; i <= count; ++i) {
    const uint8_t next = i == count ? ip_protocol::kTcp : ip_protocol::kDestinationOptions;
    bytes.insert(bytes.end(), {next, 0, 1, 4, 0, 0, 0, 0});
  }
  return packet(ip_protocol::kDestinationOptions, bytes);
}

TEST(Ipv6, ReadsGoldenBytes) {
  const auto view = Ipv6View::check(kPacket);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->value(), (Ipv6{.source = kTheirs6,
                                 .destination = kOurs6,
                                 .next_header = ip_protocol::kTcp,
                                 .hop_limit = 64,
                                 .traffic_class = 0,
                                 .flow_label = 0x12345,
                                 .payload_length = 24}));
  EXPECT_FALSE(view->has_extensions());
}

TEST(Ipv6, WalksHopByHopDestinationOptionsAndAtomicFragment) {
  const auto view = Ipv6View::check(kExtended);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->protocol(), ip_protocol::kUdp);
  EXPECT_EQ(view->payload().size(), 11u);
  EXPECT_TRUE(view->has_extensions());
  EXPECT_FALSE(view->is_fragment());
}

TEST(Ipv6, CutsPaddingAfterThePayload) {
  std::vector<uint8_t> padded = kPacket;
  padded.resize(padded.size() + 9, 0xee);
  EXPECT_EQ(Ipv6View::check(padded)->payload().size(), 24u);
}

TEST(Ipv6, OtherNextHeadersAreTheUpperLayer) {
  for (const uint8_t next : {uint8_t{59}, uint8_t{50}, uint8_t{51}, uint8_t{135}, uint8_t{253}}) {
    const std::vector<uint8_t> bytes = packet(next, {1, 2, 3});
    const auto view = Ipv6View::check(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->protocol(), next);
    EXPECT_EQ(view->payload().size(), 3u);
  }
}

TEST(Ipv6, Fragments) {
  const auto is_fragment = [](uint8_t high, uint8_t low) {
    const std::vector<uint8_t> bytes = packet(ip_protocol::kFragment, {17, 0, high, low, 0, 0, 0, 1, 0xaa});
    const auto view = Ipv6View::check(bytes);
    EXPECT_EQ(view->payload().size(), 1u);
    return view->is_fragment();
  };
  EXPECT_FALSE(is_fragment(0, 0));  // atomic
  EXPECT_FALSE(is_fragment(0, 6));  // atomic, reserved bits set
  EXPECT_TRUE(is_fragment(0, 1));   // the first
  EXPECT_TRUE(is_fragment(0, 8));   // the last
  EXPECT_TRUE(is_fragment(0x80, 1));
}

TEST(Ipv6, RefusesMalformed) {
  const auto mapped = [](size_t at) {
    return with(kPacket, at, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4});
  };
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedIpv6},
      {"one byte short of a header", first(kPacket, 39), Drop::kTruncatedIpv6},
      {"version 4", with(kPacket, 0, {0x45}), Drop::kIpv6Version},
      {"payload length one more than captured", with(kPacket, 4, {0, 25}), Drop::kIpv6PayloadLength},
      {"payload length 65535", with(kPacket, 4, {0xff, 0xff}), Drop::kIpv6PayloadLength},
      {"mapped source", mapped(ipv6_field::kSource), Drop::kIpv6MappedAddress},
      {"mapped destination", mapped(ipv6_field::kDestination), Drop::kIpv6MappedAddress},
      {"hop-by-hop without a byte", packet(0, {}), Drop::kIpv6ExtensionTruncated},
      {"hop-by-hop of 7 bytes", packet(0, {6, 0, 1, 3, 0, 0, 0}), Drop::kIpv6ExtensionTruncated},
      {"routing longer than the payload", packet(43, {6, 1, 0, 0, 0, 0, 0, 0}), Drop::kIpv6ExtensionTruncated},
      {"length 255", packet(60, {6, 255, 0, 0, 0, 0, 0, 0}), Drop::kIpv6ExtensionTruncated},
      {"fragment header of 7 bytes", packet(44, {6, 0, 0, 0, 0, 0, 0}), Drop::kIpv6ExtensionTruncated},
      {"second extension missing", packet(60, {43, 0, 1, 4, 0, 0, 0, 0}), Drop::kIpv6ExtensionTruncated},
      {"hop-by-hop second", packet(60, {0, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0}), Drop::kIpv6ExtensionOrder},
      {"hop-by-hop twice", packet(0, {0, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0}), Drop::kIpv6ExtensionOrder},
      {"one extension too many", chain(kMaxIpv6Extensions + 1), Drop::kIpv6ExtensionTooMany},
  };
  for (const Malformed& row : table) {
    const auto view = Ipv6View::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
  EXPECT_TRUE(Ipv6View::check(chain(kMaxIpv6Extensions)));
}

TEST(Ipv6, RefusesEveryTruncation) {
  for (size_t n = 0; n < kExtended.size(); ++n) EXPECT_FALSE(Ipv6View::check(first(kExtended, n))) << n;
}

RC_GTEST_PROP(Ipv6, WhatIsWrittenReadsBack, (uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint8_t hop_limit)) {
  const Ipv6 value{.source = addr::IpAddress::v6(base::make_u128(a | 1, b)),
                   .destination = addr::IpAddress::v6(base::make_u128(c | 1, d)),
                   .next_header = *rc::gen::suchThat<uint8_t>([](uint8_t next) { return !is_ipv6_extension(next); }),
                   .hop_limit = hop_limit,
                   .traffic_class = *rc::gen::arbitrary<uint8_t>(),
                   .flow_label = *rc::gen::inRange<uint32_t>(0, 1 << 20),
                   .payload_length = *rc::gen::inRange<uint16_t>(0, 100)};
  std::vector<uint8_t> bytes(size_of(value) + value.payload_length);
  emit(value, bytes);
  const auto view = Ipv6View::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->value() == value);
}

}  // namespace
}  // namespace portolan::wire::ipv6_test
