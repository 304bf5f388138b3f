// SPDX-License-Identifier: Apache-2.0
// FrameView: a received frame, walked once from link to transport, with every bound and every checksum.
//
// After check() each accessor is a load or two; the typed views it hands out are checked already. What it refuses it
// names with one Drop, and the caller counts it. Refused are: what we cannot read (unknown EtherType, stacked tags),
// what is damaged (lengths, checksums), and what we do not put together (fragments). An IP packet of a protocol that
// has no view here passes as kOther: it may be the answer to an IP protocol scan.
//
// Not for packets quoted in ICMP errors, which are cut and changed on the way: see quote.h. Borrows the frame: dies
// with its bytes (wire.h). A value, 32 bytes, any thread.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/arp.h"
#include "wire/drop.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/link.h"
#include "wire/sctp.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace portolan::wire {

class FrameView {
 public:
  enum class Network : uint8_t { kArp, kIpv4, kIpv6 };
  enum class Transport : uint8_t { kArp, kTcp, kUdp, kSctp, kIcmpv4, kIcmpv6, kOther };

  // `checksum_partial`: the transport checksum was left to hardware that the frame never met; it is not verified. The
  // IPv4 header checksum always is.
  static tl::expected<FrameView, Drop> check(base::Bytes frame, LinkType link, bool checksum_partial);

  // Link. REQUIRES for the MACs: has_ethernet().
  bool has_ethernet() const { return has_ethernet_; }
  addr::MacAddress source_mac() const { return addr::MacAddress::from_bytes(frame_ + 6); }
  addr::MacAddress destination_mac() const { return addr::MacAddress::from_bytes(frame_); }
  std::optional<uint16_t> vlan() const {  // the 802.1Q identifier, 12 bits
    return has_vlan_ ? std::optional<uint16_t>(vlan_) : std::nullopt;
  }

  // Network. For ARP: the protocol addresses of sender and target, ttl 0, protocol 0.
  Network network() const { return network_; }
  addr::IpAddress source() const { return address(source_at_); }
  addr::IpAddress destination() const { return address(destination_at_); }
  uint8_t ttl() const { return ttl_; }            // IPv4 TTL or IPv6 hop limit
  uint8_t protocol() const { return protocol_; }  // of the payload, behind IPv6 extension headers
  base::Bytes payload() const { return {frame_ + payload_at_, payload_size_}; }  // of the IP packet, or the ARP packet
  // From the IP header on, without padding behind it. REQUIRES: network() is not kArp.
  base::Bytes packet() const {
    const uint32_t at = source_at_ - (network_ == Network::kIpv4 ? 12u : 8u);
    return {frame_ + at, payload_at_ + payload_size_ - at};
  }
  // IPv4 TOS or IPv6 traffic class. REQUIRES: network() is not kArp.
  uint8_t tos() const {
    if (network_ == Network::kIpv4) return frame_[source_at_ - 11];
    return static_cast<uint8_t>(base::load_be16(frame_ + source_at_ - 8) >> 4);
  }
  // REQUIRES: network() is kIpv4.
  uint16_t identification() const { return base::load_be16(frame_ + source_at_ - 8); }
  bool dont_fragment() const { return (frame_[source_at_ - 6] & 0x40) != 0; }

  // Transport. REQUIRES: transport() is the one asked for.
  Transport transport() const { return transport_; }
  ArpView arp() const { return ArpView(payload()); }
  TcpView tcp() const { return TcpView(payload()); }
  UdpView udp() const {  // its own length may be less than the packet's
    return UdpView(payload().first(base::load_be16(frame_ + payload_at_ + udp_field::kLength)));
  }
  SctpView sctp() const { return SctpView(payload()); }
  Icmpv4View icmpv4() const { return Icmpv4View(payload()); }
  Icmpv6View icmpv6() const { return Icmpv6View(payload()); }

 private:
  using Fault = std::optional<Drop>;

  FrameView(base::Bytes frame, LinkType link) : frame_(frame.data()), has_ethernet_(link == LinkType::kEthernet) {}
  Fault check_ethernet(base::Bytes frame, bool checksum_partial);
  Fault check_raw_ip(base::Bytes packet, bool checksum_partial);
  Fault check_arp(base::Bytes packet);
  Fault check_ipv4(base::Bytes packet, bool checksum_partial);
  Fault check_ipv6(base::Bytes packet, bool checksum_partial);
  template <class IpView>
  Fault check_transport(const IpView& ip, bool checksum_partial);

  addr::IpAddress address(uint32_t at) const {
    return network_ == Network::kIpv6 ? addr::IpAddress::from_v6_bytes(frame_ + at)
                                      : addr::IpAddress::from_v4_bytes(frame_ + at);
  }
  uint32_t offset_of(base::Bytes part) const { return static_cast<uint32_t>(part.data() - frame_); }

  const uint8_t* frame_;  // offsets below are counted from here
  uint32_t source_at_ = 0;
  uint32_t destination_at_ = 0;
  uint32_t payload_at_ = 0;
  uint32_t payload_size_ = 0;
  uint16_t vlan_ = 0;
  bool has_ethernet_ = false;
  bool has_vlan_ = false;
  Network network_ = Network::kArp;
  Transport transport_ = Transport::kOther;
  uint8_t ttl_ = 0;
  uint8_t protocol_ = 0;
};

}  // namespace portolan::wire
