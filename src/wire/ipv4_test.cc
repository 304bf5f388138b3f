// SPDX-License-Identifier: Apache-2.0
#include "wire/ipv4.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::ipv4_test {
namespace {

using namespace test_frames;

const std::vector<uint8_t> kPacket = behind(kTcpSynAck, 14);
const std::vector<uint8_t> kWithOptions = behind(kTcpIpOptions, 14);

TEST(Ipv4, ReadsGoldenBytes) {
  const auto view = Ipv4View::check(kPacket);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->source(), kTheirs);
  EXPECT_EQ(view->destination(), kOurs);
  EXPECT_EQ(view->protocol(), 6);
  EXPECT_EQ(view->ttl(), 64);
  EXPECT_EQ(view->identification(), 0x1234);
  EXPECT_EQ(view->total_length(), kPacket.size());
  EXPECT_TRUE(view->options().empty());
  EXPECT_FALSE(view->is_fragment());
  EXPECT_TRUE(view->checksum_ok());
}

TEST(Ipv4, ReadsOptions) {
  const auto view = Ipv4View::check(kWithOptions);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->header_length(), 24u);
  EXPECT_EQ(view->options().size(), 4u);
  EXPECT_EQ(view->options()[0], 0x94);
  EXPECT_EQ(view->payload().size(), kWithOptions.size() - 24);
  EXPECT_TRUE(view->checksum_ok());
}

TEST(Ipv4, CutsPaddingAfterTheTotalLength) {
  std::vector<uint8_t> padded = kPacket;
  padded.resize(padded.size() + 6, 0xee);
  const auto view = Ipv4View::check(padded);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->payload().size(), kPacket.size() - 20);
}

TEST(Ipv4, RefusesMalformed) {
  const auto total = static_cast<uint8_t>(kPacket.size());
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedIpv4},
      {"one byte short of a header", first(kPacket, 19), Drop::kTruncatedIpv4},
      {"version 6", with(kPacket, 0, {0x65}), Drop::kIpv4Version},
      {"version 0", with(kPacket, 0, {0x05}), Drop::kIpv4Version},
      {"IHL 0", with(kPacket, 0, {0x40}), Drop::kIpv4HeaderLength},
      {"IHL 4", with(kPacket, 0, {0x44}), Drop::kIpv4HeaderLength},
      {"IHL 15, past the total length", with(with(kPacket, 0, {0x4f}), 2, {0, 59}), Drop::kIpv4HeaderLength},
      {"total length 0", with(kPacket, 2, {0, 0}), Drop::kIpv4HeaderLength},
      {"total length 19", with(kPacket, 2, {0, 19}), Drop::kIpv4HeaderLength},
      {"total length one more than captured", with(kPacket, 2, {0, uint8_t(total + 1)}), Drop::kIpv4TotalLength},
      {"total length 65535", with(kPacket, 2, {0xff, 0xff}), Drop::kIpv4TotalLength},
      {"last byte not captured", first(kPacket, kPacket.size() - 1), Drop::kIpv4TotalLength},
  };
  for (const Malformed& row : table) {
    const auto view = Ipv4View::check(row.bytes);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
}

TEST(Ipv4, HeaderLengthMayEqualTheTotalLength) {
  const std::vector<uint8_t> all_header = with(first(kPacket, 60), 0, {0x4f, 0, 0, 60});
  const auto view = Ipv4View::check(all_header);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->options().size(), 40u);
  EXPECT_TRUE(view->payload().empty());
}

TEST(Ipv4, EveryFlippedBitOfTheHeaderIsSeen) {
  for (size_t bit = 0; bit < 20 * 8; ++bit) {
    std::vector<uint8_t> spoilt = kPacket;
    spoilt[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    const auto view = Ipv4View::check(spoilt);
    EXPECT_FALSE(view && view->checksum_ok()) << bit;
  }
}

TEST(Ipv4, Fragments) {
  const auto is_fragment = [](uint8_t high, uint8_t low) {
    const std::vector<uint8_t> bytes = with(kPacket, 6, {high, low});
    return Ipv4View::check(bytes)->is_fragment();
  };
  EXPECT_TRUE(is_fragment(0x20, 0));   // the first
  EXPECT_TRUE(is_fragment(0x20, 1));   // one in the middle
  EXPECT_TRUE(is_fragment(0, 1));      // the last
  EXPECT_FALSE(is_fragment(0x40, 0));  // DF alone
}

RC_GTEST_PROP(Ipv4, WhatIsWrittenReadsBack, (uint32_t source, uint32_t destination, uint8_t protocol, uint8_t ttl)) {
  const std::vector<uint8_t> options(*rc::gen::inRange<size_t>(0, 11) * 4, 1);
  const Ipv4 value{.source = addr::IpAddress::v4(source),
                   .destination = addr::IpAddress::v4(destination),
                   .protocol = protocol,
                   .ttl = ttl,
                   .tos = *rc::gen::arbitrary<uint8_t>(),
                   .identification = *rc::gen::arbitrary<uint16_t>(),
                   .dont_fragment = *rc::gen::arbitrary<bool>(),
                   .more_fragments = *rc::gen::arbitrary<bool>(),
                   .fragment_offset = *rc::gen::inRange<uint16_t>(0, 8192),
                   .options = options,
                   .payload_length = *rc::gen::inRange<uint16_t>(0, 100)};
  std::vector<uint8_t> bytes(size_of(value) + value.payload_length);
  emit(value, bytes);
  const auto view = Ipv4View::check(bytes);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->checksum_ok());
  const Ipv4 back = view->value();
  RC_ASSERT(std::tie(back.source, back.destination, back.protocol, back.ttl, back.tos, back.identification) ==
            std::tie(value.source, value.destination, value.protocol, value.ttl, value.tos, value.identification));
  RC_ASSERT(std::tie(back.dont_fragment, back.more_fragments, back.fragment_offset, back.payload_length) ==
            std::tie(value.dont_fragment, value.more_fragments, value.fragment_offset, value.payload_length));
  RC_ASSERT(std::vector<uint8_t>(back.options.begin(), back.options.end()) == options);
}

}  // namespace
}  // namespace portolan::wire::ipv4_test
