// SPDX-License-Identifier: Apache-2.0
#include "wire/quote.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/frame_view.h"
#include "wire/template.h"
#include "wire/test_frames.h"

namespace portolan::wire::quote_test {
namespace {

using namespace test_frames;
using addr::Family;

const std::vector<uint8_t> kUdpProbe = behind(kIcmpPortUnreachable, 14 + 20 + 8);  // UDP to port 161
const std::vector<uint8_t> kTcpProbe6 = behind(kIcmpv6Unreachable, 14 + 40 + 8);   // SYN to port 443

TEST(QuotedProbe, IsFoundInAReceivedError) {
  const auto frame = FrameView::check(kIcmpPortUnreachable, LinkType::kEthernet, false);
  ASSERT_TRUE(frame && frame->icmpv4().is_error());
  const auto probe = QuotedProbe::check(frame->icmpv4().payload(), Family::kIpv4);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->source(), kOurs);
  EXPECT_EQ(probe->destination(), kTheirs);
  EXPECT_EQ(probe->protocol(), 17);
  EXPECT_EQ(probe->source_port(), kOurPort);
  EXPECT_EQ(probe->destination_port(), 161);
  EXPECT_EQ(probe->udp_length(), 13);
  EXPECT_EQ(probe->ip_id(), kIpId);
  EXPECT_EQ(probe->udp_payload().size(), 5u);
}

TEST(QuotedProbe, IsFoundInAReceivedIcmpv6Error) {
  const auto frame = FrameView::check(kIcmpv6Unreachable, LinkType::kEthernet, false);
  ASSERT_TRUE(frame && frame->icmpv6().is_error());
  const auto probe = QuotedProbe::check(frame->icmpv6().payload(), Family::kIpv6);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->source(), kOurs6);
  EXPECT_EQ(probe->destination(), kTheirs6);
  EXPECT_EQ(probe->protocol(), 6);
  EXPECT_EQ(probe->tcp_sequence(), kToken);
  EXPECT_EQ(probe->destination_port(), 443);
  EXPECT_EQ(probe->flow_label(), 0x5beefu);
  EXPECT_EQ(probe->ip_id(), kIpId);
}

TEST(QuotedProbe, NeedsTheHeaderAndEightBytesAtEveryLength) {
  for (size_t n = 0; n <= kUdpProbe.size(); ++n) {
    const std::vector<uint8_t> cut = first(kUdpProbe, n);
    const auto probe = QuotedProbe::check(cut, Family::kIpv4);
    ASSERT_EQ(probe.has_value(), n >= 28) << n;
    if (probe) {
      EXPECT_EQ(probe->transport().size(), n - 20);
    } else {
      EXPECT_EQ(probe.error(), Drop::kTruncatedQuote);
    }
  }
  for (size_t n = 0; n <= kTcpProbe6.size(); ++n) {
    const std::vector<uint8_t> cut = first(kTcpProbe6, n);
    const auto probe = QuotedProbe::check(cut, Family::kIpv6);
    ASSERT_EQ(probe.has_value(), n >= 48) << n;
    if (!probe) {
      EXPECT_EQ(probe.error(), Drop::kTruncatedQuote);
    }
  }
}

TEST(QuotedProbe, NeedsThemBehindOptionsAndExtensionsToo) {
  const std::vector<uint8_t> options = with(kUdpProbe, 0, {0x46});                    // 24 bytes of header
  const std::vector<uint8_t> extended = with(with(kTcpProbe6, 6, {60}), 40, {6, 0});  // 48
  for (size_t behind_header = 0; behind_header <= 9; ++behind_header) {
    const std::vector<uint8_t> cut4 = first(options, 24 + behind_header);
    const std::vector<uint8_t> cut6 = first(extended, 48 + behind_header);
    EXPECT_EQ(QuotedProbe::check(cut4, Family::kIpv4).has_value(), behind_header >= 8) << behind_header;
    EXPECT_EQ(QuotedProbe::check(cut6, Family::kIpv6).has_value(), behind_header >= 8) << behind_header;
  }
}

// What routers do to the packets they quote: none of it hides who sent it.
TEST(QuotedProbe, IsReadLeniently) {
  for (const std::vector<uint8_t>& bytes : {
           with(kUdpProbe, 8, {0}),                                       // TTL 0
           with(kUdpProbe, 10, {0xde, 0xad}),                             // header checksum
           with(kUdpProbe, 2, {0, 0}),                                    // total length
           with(kUdpProbe, 2, {0xff, 0xff}), with(kUdpProbe, 1, {0xff}),  // TOS
           with(kUdpProbe, 6, {0x40}),                                    // DF
           with(kUdpProbe, 26, {0, 0}),                                   // UDP checksum
       }) {
    const auto probe = QuotedProbe::check(bytes, Family::kIpv4);
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->destination_port(), 161);
  }
  const std::vector<uint8_t> no_length6 = with(kTcpProbe6, 4, {0, 0});
  EXPECT_TRUE(QuotedProbe::check(no_length6, Family::kIpv6));
}

TEST(QuotedProbe, RefusesMalformed) {
  struct Row {
    Malformed malformed;
    Family family;
  };
  std::vector<uint8_t> extension_cut = with(kTcpProbe6, 6, {60});
  extension_cut[41] = 200;
  const std::vector<uint8_t> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::vector<uint8_t> mapped_source = kTcpProbe6;
  std::copy(mapped.begin(), mapped.end(), mapped_source.begin() + 8);
  const Row table[] = {
      {{"IPv6 in an IPv4 error", kTcpProbe6, Drop::kQuoteVersion}, Family::kIpv4},
      {{"IPv4 in an IPv6 error", behind(kTcpSyn, 0), Drop::kQuoteVersion}, Family::kIpv6},
      {{"IHL 0", with(kUdpProbe, 0, {0x40}), Drop::kQuoteHeaderLength}, Family::kIpv4},
      {{"IHL 4", with(kUdpProbe, 0, {0x44}), Drop::kQuoteHeaderLength}, Family::kIpv4},
      {{"IHL 15 past the end", with(kUdpProbe, 0, {0x4f}), Drop::kTruncatedQuote}, Family::kIpv4},
      {{"IHL 7, 5 bytes behind it", first(with(kUdpProbe, 0, {0x47}), 33), Drop::kTruncatedQuote}, Family::kIpv4},
      {{"later fragment", with(kUdpProbe, 6, {0, 1}), Drop::kQuoteFragment}, Family::kIpv4},
      {{"extension past the end", extension_cut, Drop::kQuoteExtensions}, Family::kIpv6},
      {{"fragment", with(with(kTcpProbe6, 6, {44}), 42, {0, 9}), Drop::kQuoteFragment}, Family::kIpv6},
      {{"mapped source", mapped_source, Drop::kQuoteMappedAddress}, Family::kIpv6},
  };
  for (const auto& [row, family] : table) {
    const auto probe = QuotedProbe::check(row.bytes, family);
    ASSERT_FALSE(probe) << row.what;
    EXPECT_EQ(probe.error(), row.reason) << row.what << ": " << counter_name(probe.error());
  }
}

TEST(QuotedProbe, SctpAndIcmpFields) {
  const std::vector<uint8_t> init = behind(kSctpInit, 14);
  for (size_t n = 28; n <= init.size(); ++n) {
    const std::vector<uint8_t> cut = first(init, n);
    const auto probe = QuotedProbe::check(cut, Family::kIpv4);
    ASSERT_TRUE(probe);
    EXPECT_EQ(probe->sctp_verification_tag(), 0u);
    EXPECT_EQ(probe->sctp_initiate_tag(), n >= 40 ? std::optional(kToken) : std::nullopt) << n;
  }
  const std::vector<uint8_t> echo = behind(kIcmpEcho, 14);
  const auto probe = QuotedProbe::check(echo, Family::kIpv4);
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->icmp_type(), 8);
  EXPECT_EQ(probe->icmp_code(), 0);
  EXPECT_EQ(probe->icmp_rest(), kToken);
}

RC_GTEST_PROP(QuotedProbe, WhatATemplateStampsIsReadBack,
              (uint16_t ours, uint16_t theirs, uint32_t token, uint16_t id)) {
  const bool v4 = *rc::gen::arbitrary<bool>();
  const LinkShape raw{.type = LinkType::kRawIp};
  const Template syn = Template::tcp_syn(raw, {v4 ? kOurs : kOurs6}, {});
  std::vector<uint8_t> bytes(syn.length());
  syn.stamp(bytes.data(), {.destination = v4 ? kTheirs : kTheirs6,
                           .destination_mac = {},
                           .source_port = ours,
                           .destination_port = theirs,
                           .token = token,
                           .ip_id = id});
  const auto probe = QuotedProbe::check(bytes, v4 ? Family::kIpv4 : Family::kIpv6);
  RC_ASSERT(probe.has_value());
  RC_ASSERT(probe->source() == (v4 ? kOurs : kOurs6));
  RC_ASSERT(probe->destination() == (v4 ? kTheirs : kTheirs6));
  RC_ASSERT(probe->source_port() == ours);
  RC_ASSERT(probe->destination_port() == theirs);
  RC_ASSERT(probe->tcp_sequence() == token);
  RC_ASSERT(probe->ip_id() == id);
}

}  // namespace
}  // namespace portolan::wire::quote_test
