// SPDX-License-Identifier: Apache-2.0
#include "wire/frame_view.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/test_frames.h"

namespace portolan::wire::frame_view_test {
namespace {

using namespace test_frames;
using Network = FrameView::Network;
using Transport = FrameView::Transport;

// Ethernet and IPv4 (IPv6) from them to us around any transport, with a right IP header.
std::vector<uint8_t> frame4(uint8_t protocol, const std::vector<uint8_t>& transport) {
  const Ipv4 ip{.source = kTheirs,
                .destination = kOurs,
                .protocol = protocol,
                .payload_length = static_cast<uint16_t>(transport.size())};
  std::vector<uint8_t> bytes(34);
  emit(Ethernet{kOurMac, kTheirMac, ether_type::kIpv4}, bytes);
  emit(ip, base::MutableBytes(bytes).subspan(14));
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  return bytes;
}

std::vector<uint8_t> frame6(uint8_t next, const std::vector<uint8_t>& transport) {
  const Ipv6 ip{.source = kTheirs6,
                .destination = kOurs6,
                .next_header = next,
                .payload_length = static_cast<uint16_t>(transport.size())};
  std::vector<uint8_t> bytes(54);
  emit(Ethernet{kOurMac, kTheirMac, ether_type::kIpv6}, bytes);
  emit(ip, base::MutableBytes(bytes).subspan(14));
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  return bytes;
}

// The IPv4 header of a frame made right again after something in it was changed.
std::vector<uint8_t> resummed(std::vector<uint8_t> frame) {
  base::store_be16(&frame[24], 0);
  Sum().add(base::Bytes(frame).subspan(14, 20)).store_checksum(&frame[24]);
  return frame;
}

struct Good {
  const char* what;
  std::vector<uint8_t> bytes;
  Network network;
  Transport transport;
  uint8_t protocol;
  uint8_t ttl;
};

const Good kGood[] = {
    {"ARP reply", kArpReply, Network::kArp, Transport::kArp, 0, 0},
    {"SYN-ACK", kTcpSynAck, Network::kIpv4, Transport::kTcp, 6, 64},
    {"SYN-ACK with a tag", kTcpSynAckVlan, Network::kIpv4, Transport::kTcp, 6, 64},
    {"RST with padding", kTcpRstPadded, Network::kIpv4, Transport::kTcp, 6, 64},
    {"SYN-ACK behind IP options", kTcpIpOptions, Network::kIpv4, Transport::kTcp, 6, 64},
    {"UDP", kUdpAnswer, Network::kIpv4, Transport::kUdp, 17, 64},
    {"UDP without checksum", kUdpNoChecksum, Network::kIpv4, Transport::kUdp, 17, 64},
    {"echo reply", kIcmpEchoReply, Network::kIpv4, Transport::kIcmpv4, 1, 64},
    {"timestamp reply", kIcmpTimestampReply, Network::kIpv4, Transport::kIcmpv4, 1, 64},
    {"port unreachable", kIcmpPortUnreachable, Network::kIpv4, Transport::kIcmpv4, 1, 64},
    {"INIT ACK", kSctpInitAck, Network::kIpv4, Transport::kSctp, 132, 64},
    {"ABORT", kSctpAbort, Network::kIpv4, Transport::kSctp, 132, 64},
    {"GRE", kOtherIpv4, Network::kIpv4, Transport::kOther, 47, 64},
    {"SYN-ACK over IPv6", kTcpSynAckV6, Network::kIpv6, Transport::kTcp, 6, 64},
    {"UDP behind three extension headers", kUdpAnswerV6Extensions, Network::kIpv6, Transport::kUdp, 17, 64},
    {"echo reply over IPv6", kIcmpv6EchoReply, Network::kIpv6, Transport::kIcmpv6, 58, 64},
    {"ICMPv6 port unreachable", kIcmpv6Unreachable, Network::kIpv6, Transport::kIcmpv6, 58, 64},
    {"neighbor advertisement", kNeighborAdvertisement, Network::kIpv6, Transport::kIcmpv6, 58, 255},
};

TEST(FrameView, ReadsGoldenFrames) {
  for (const Good& row : kGood) {
    const auto view = FrameView::check(row.bytes, LinkType::kEthernet, false);
    ASSERT_TRUE(view) << row.what << ": " << counter_name(view.error());
    EXPECT_EQ(view->network(), row.network) << row.what;
    EXPECT_EQ(view->transport(), row.transport) << row.what;
    EXPECT_EQ(view->protocol(), row.protocol) << row.what;
    EXPECT_EQ(view->ttl(), row.ttl) << row.what;
    EXPECT_EQ(view->source(), row.network == Network::kIpv6 ? kTheirs6 : kTheirs) << row.what;
    EXPECT_EQ(view->destination(), row.network == Network::kIpv6 ? kOurs6 : kOurs) << row.what;
    EXPECT_TRUE(view->has_ethernet());
    EXPECT_EQ(view->source_mac(), kTheirMac);
    EXPECT_EQ(view->destination_mac(), kOurMac);
  }
}

TEST(FrameView, ARawIpLinkIsTheSameWithoutEthernet) {
  for (const Good& row : kGood) {
    if (row.network == Network::kArp || &row == &kGood[2]) continue;
    const std::vector<uint8_t> packet = behind(row.bytes, 14);
    const auto view = FrameView::check(packet, LinkType::kRawIp, false);
    ASSERT_TRUE(view) << row.what;
    EXPECT_FALSE(view->has_ethernet());
    EXPECT_FALSE(view->vlan());
    EXPECT_EQ(view->transport(), row.transport);
  }
}

TEST(FrameView, TypedViews) {
  const auto check = [](const std::vector<uint8_t>& f) { return *FrameView::check(f, LinkType::kEthernet, false); };
  EXPECT_EQ(check(kArpReply).arp().sender_mac(), kTheirMac);
  EXPECT_EQ(check(kTcpSynAckVlan).vlan(), 100);
  EXPECT_FALSE(check(kTcpSynAck).vlan());
  EXPECT_TRUE(check(kTcpSynAck).tcp().is_syn_ack());
  EXPECT_TRUE(check(kTcpIpOptions).tcp().is_syn_ack());
  EXPECT_TRUE(check(kTcpRstPadded).tcp().is_rst());
  EXPECT_EQ(check(kTcpRstPadded).payload().size(), 20u);
  EXPECT_EQ(check(kUdpAnswer).udp().payload().size(), 3u);
  EXPECT_EQ(check(kUdpAnswerV6Extensions).udp().source_port(), 53);
  EXPECT_EQ(check(kSctpInitAck).sctp().verification_tag(), kToken);
  EXPECT_EQ(check(kIcmpEchoReply).icmpv4().rest(), kToken);
  EXPECT_EQ(check(kIcmpv6EchoReply).icmpv6().rest(), kToken);
  EXPECT_EQ(check(kOtherIpv4).payload().size(), 4u);
}

TEST(FrameView, RefusesMalformedFrames) {
  const std::vector<uint8_t> no_checksum_v6 = frame6(17, {0, 53, 0x9c, 0x41, 0, 8, 0, 0});
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedEthernet},
      {"13 bytes", first(kTcpSynAck, 13), Drop::kTruncatedEthernet},
      {"LLDP", with(kTcpSynAck, 12, {0x88, 0xcc}), Drop::kUnknownEtherType},
      {"802.3 length", with(kTcpSynAck, 12, {0, 60}), Drop::kUnknownEtherType},
      {"tag cut", first(kTcpSynAckVlan, 17), Drop::kTruncatedVlan},
      {"two tags", with(kTcpSynAckVlan, 16, {0x81, 0x00}), Drop::kUnknownEtherType},
      {"ARP cut", first(kArpReply, 41), Drop::kTruncatedArp},
      {"ARP for IPv6", with(kArpReply, 16, {0x86, 0xdd}), Drop::kArpAddressTypes},
      {"IPv4 cut", first(kTcpSynAck, 33), Drop::kTruncatedIpv4},
      {"IPv6 in an IPv4 frame", with(kTcpSynAck, 14, {0x65}), Drop::kIpv4Version},
      {"IPv4 in an IPv6 frame", with(kTcpSynAckV6, 14, {0x45}), Drop::kIpv6Version},
      {"IHL 4", resummed(with(kTcpSynAck, 14, {0x44})), Drop::kIpv4HeaderLength},
      {"IPv4 total length too large", resummed(with(kTcpSynAck, 16, {0, 61})), Drop::kIpv4TotalLength},
      {"IPv4 header spoilt", with(kTcpSynAck, 22, {63}), Drop::kIpv4Checksum},
      {"IPv4 first fragment", resummed(with(kTcpSynAck, 20, {0x20, 0})), Drop::kIpv4Fragment},
      {"IPv4 later fragment", resummed(with(kTcpSynAck, 20, {0, 5})), Drop::kIpv4Fragment},
      {"IPv6 cut", first(kTcpSynAckV6, 53), Drop::kTruncatedIpv6},
      {"IPv6 payload length too large", with(kTcpSynAckV6, 18, {0, 25}), Drop::kIpv6PayloadLength},
      {"IPv6 fragment", frame6(44, {6, 0, 0, 1, 0, 0, 0, 1}), Drop::kIpv6Fragment},
      {"IPv6 extension cut", frame6(60, {6, 0, 0, 1}), Drop::kIpv6ExtensionTruncated},
      {"TCP cut", frame4(6, std::vector<uint8_t>(19)), Drop::kTruncatedTcp},
      {"TCP data offset 0", frame4(6, std::vector<uint8_t>(20)), Drop::kTcpDataOffset},
      {"TCP spoilt", with(kTcpSynAck, 41, {1}), Drop::kTcpChecksum},
      {"TCP over IPv6 spoilt", with(kTcpSynAckV6, 60, {1}), Drop::kTcpChecksum},
      {"UDP cut", frame4(17, std::vector<uint8_t>(7)), Drop::kTruncatedUdp},
      {"UDP length 0", frame4(17, std::vector<uint8_t>(8)), Drop::kUdpLength},
      {"UDP spoilt", with(kUdpAnswer, 44, {'x'}), Drop::kUdpChecksum},
      {"UDP without checksum over IPv6", no_checksum_v6, Drop::kUdpNoChecksum},
      {"SCTP cut", frame4(132, std::vector<uint8_t>(11)), Drop::kTruncatedSctp},
      {"SCTP chunk length 0", frame4(132, std::vector<uint8_t>(16)), Drop::kSctpChunkLength},
      {"SCTP spoilt", with(kSctpInitAck, 38, {1}), Drop::kSctpChecksum},
      {"ICMP cut", frame4(1, std::vector<uint8_t>(7)), Drop::kTruncatedIcmpv4},
      {"ICMP spoilt", with(kIcmpEchoReply, 38, {1}), Drop::kIcmpv4Checksum},
      {"ICMPv6 cut", frame6(58, std::vector<uint8_t>(7)), Drop::kTruncatedIcmpv6},
      {"ICMPv6 spoilt", with(kIcmpv6EchoReply, 58, {1}), Drop::kIcmpv6Checksum},
  };
  for (const Malformed& row : table) {
    const auto view = FrameView::check(row.bytes, LinkType::kEthernet, false);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what << ": " << counter_name(view.error());
  }
}

TEST(FrameView, RawIpNeedsAKnownVersion) {
  for (const std::vector<uint8_t>& bytes : {std::vector<uint8_t>{}, {0x05}, {0x50, 0, 0}, {0xff}}) {
    const auto view = FrameView::check(bytes, LinkType::kRawIp, false);
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error(), Drop::kUnknownIpVersion);
  }
}

// A veth's peer left the transport checksum to hardware: only the IPv4 header is held to its own.
TEST(FrameView, APartialChecksumIsNotVerified) {
  for (const auto& [bytes, at] : {std::pair(kTcpSynAck, 41), std::pair(kUdpAnswer, 44), std::pair(kTcpSynAckV6, 60),
                                  std::pair(kIcmpEchoReply, 38), std::pair(kSctpInitAck, 38)}) {
    const std::vector<uint8_t> spoilt = with(bytes, static_cast<size_t>(at), {1});
    EXPECT_FALSE(FrameView::check(spoilt, LinkType::kEthernet, false));
    EXPECT_TRUE(FrameView::check(spoilt, LinkType::kEthernet, true));
  }
  EXPECT_EQ(FrameView::check(with(kTcpSynAck, 22, {63}), LinkType::kEthernet, true).error(), Drop::kIpv4Checksum);
}

TEST(FrameView, UdpMayBeShorterThanItsPacket) {
  for (const size_t extra : {1u, 2u, 7u}) {
    std::vector<uint8_t> longer = behind(kUdpAnswer, 34);
    longer.resize(longer.size() + extra, 0xee);
    const std::vector<uint8_t> bytes = frame4(17, longer);
    const auto view = FrameView::check(bytes, LinkType::kEthernet, false);
    ASSERT_TRUE(view) << extra << counter_name(view.error());
    // payload() is the packet's, the datagram ends where UDP says.
    EXPECT_EQ(view->payload().size(), 11 + extra);
    EXPECT_EQ(view->udp().payload().size(), 3u);
  }
}

TEST(FrameView, IcmpOfTheOtherFamilyIsOther) {
  const std::vector<uint8_t> v6 = frame6(1, {1, 2, 3}), v4 = frame4(58, {});
  EXPECT_EQ(FrameView::check(v6, LinkType::kEthernet, false)->transport(), Transport::kOther);
  EXPECT_EQ(FrameView::check(v4, LinkType::kEthernet, false)->transport(), Transport::kOther);
}

TEST(FrameView, RefusesEveryTruncation) {
  for (const Good& row : kGood) {
    const bool padded = row.bytes == kArpReply || row.bytes == kTcpRstPadded;
    const size_t whole = row.bytes.size() - (row.bytes == kArpReply ? 18 : padded ? 6 : 0);
    for (size_t n = 0; n < whole; ++n) {
      EXPECT_FALSE(FrameView::check(first(row.bytes, n), LinkType::kEthernet, false)) << row.what << ' ' << n;
    }
    EXPECT_TRUE(FrameView::check(first(row.bytes, whole), LinkType::kEthernet, false)) << row.what;
  }
}

RC_GTEST_PROP(FrameView, AnyFlippedTransportBitIsRefused, ()) {
  const Good& row = *rc::gen::elementOf(std::vector<Good>(std::begin(kGood) + 7, std::begin(kGood) + 12));
  const size_t bit = *rc::gen::inRange<size_t>(34 * 8, row.bytes.size() * 8);
  std::vector<uint8_t> spoilt = row.bytes;
  spoilt[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  RC_ASSERT(!FrameView::check(spoilt, LinkType::kEthernet, false));
}

}  // namespace
}  // namespace portolan::wire::frame_view_test
