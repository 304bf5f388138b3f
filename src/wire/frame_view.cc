// SPDX-License-Identifier: Apache-2.0
#include "wire/frame_view.h"

#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/vlan.h"

namespace portolan::wire {

namespace {

using Fault = std::optional<Drop>;

Fault tcp_fault(base::Bytes segment, Sum pseudo, bool checksum_partial) {
  if (const auto tcp = TcpView::check(segment); !tcp) return tcp.error();
  if (!checksum_partial && !pseudo.add(segment).ok()) return Drop::kTcpChecksum;
  return std::nullopt;
}

Fault udp_fault(base::Bytes bytes, Sum pseudo, bool is_v6, bool checksum_partial) {
  const auto udp = UdpView::check(bytes);
  if (!udp) return udp.error();
  if (checksum_partial) return std::nullopt;
  if (!udp->has_checksum()) return is_v6 ? Fault(Drop::kUdpNoChecksum) : std::nullopt;
  // The pseudo header counts UDP's own length, which may be less than the IP payload: take the difference off, in one's
  // complement.
  const auto difference = static_cast<uint16_t>(bytes.size() - udp->length());
  pseudo.add16(static_cast<uint16_t>(~difference)).add(bytes.first(udp->length()));
  return pseudo.ok() ? std::nullopt : Fault(Drop::kUdpChecksum);
}

Fault sctp_fault(base::Bytes packet, bool checksum_partial) {
  const auto sctp = SctpView::check(packet);
  if (!sctp) return sctp.error();
  return checksum_partial || sctp->checksum_ok() ? std::nullopt : Fault(Drop::kSctpChecksum);
}

Fault icmpv4_fault(base::Bytes message, bool checksum_partial) {
  const auto icmp = Icmpv4View::check(message);
  if (!icmp) return icmp.error();
  return checksum_partial || icmp->checksum_ok() ? std::nullopt : Fault(Drop::kIcmpv4Checksum);
}

Fault icmpv6_fault(base::Bytes message, Sum pseudo, bool checksum_partial) {
  if (const auto icmp = Icmpv6View::check(message); !icmp) return icmp.error();
  return checksum_partial || pseudo.add(message).ok() ? std::nullopt : Fault(Drop::kIcmpv6Checksum);
}

}  // namespace

template <class IpView>
FrameView::Fault FrameView::check_transport(const IpView& ip, bool checksum_partial) {
  const base::Bytes payload = ip.payload();
  const bool is_v6 = network_ == Network::kIpv6;
  protocol_ = ip.protocol();
  payload_at_ = offset_of(payload);
  payload_size_ = static_cast<uint32_t>(payload.size());
  switch (protocol_) {
    case ip_protocol::kTcp:
      transport_ = Transport::kTcp;
      return tcp_fault(payload, ip.pseudo_header_sum(), checksum_partial);
    case ip_protocol::kUdp:
      transport_ = Transport::kUdp;
      return udp_fault(payload, ip.pseudo_header_sum(), is_v6, checksum_partial);
    case ip_protocol::kSctp:
      transport_ = Transport::kSctp;
      return sctp_fault(payload, checksum_partial);
    case ip_protocol::kIcmpv4:
      if (is_v6) return std::nullopt;  // has no meaning there: kOther
      transport_ = Transport::kIcmpv4;
      return icmpv4_fault(payload, checksum_partial);
    case ip_protocol::kIcmpv6:
      if (!is_v6) return std::nullopt;
      transport_ = Transport::kIcmpv6;
      return icmpv6_fault(payload, ip.pseudo_header_sum(), checksum_partial);
    default:
      return std::nullopt;
  }
}

FrameView::Fault FrameView::check_ipv4(base::Bytes packet, bool checksum_partial) {
  const auto ip = Ipv4View::check(packet);
  if (!ip) return ip.error();
  if (!ip->checksum_ok()) return Drop::kIpv4Checksum;
  if (ip->is_fragment()) return Drop::kIpv4Fragment;
  network_ = Network::kIpv4;
  const uint32_t at = offset_of(packet);
  source_at_ = at + uint32_t{ipv4_field::kSource};
  destination_at_ = at + uint32_t{ipv4_field::kDestination};
  ttl_ = ip->ttl();
  return check_transport(*ip, checksum_partial);
}

FrameView::Fault FrameView::check_ipv6(base::Bytes packet, bool checksum_partial) {
  const auto ip = Ipv6View::check(packet);
  if (!ip) return ip.error();
  if (ip->is_fragment()) return Drop::kIpv6Fragment;
  network_ = Network::kIpv6;
  const uint32_t at = offset_of(packet);
  source_at_ = at + uint32_t{ipv6_field::kSource};
  destination_at_ = at + uint32_t{ipv6_field::kDestination};
  ttl_ = ip->hop_limit();
  return check_transport(*ip, checksum_partial);
}

FrameView::Fault FrameView::check_arp(base::Bytes packet) {
  if (const auto arp = ArpView::check(packet); !arp) return arp.error();
  network_ = Network::kArp;
  transport_ = Transport::kArp;
  payload_at_ = offset_of(packet);
  payload_size_ = arp_field::kSize;
  source_at_ = payload_at_ + uint32_t{arp_field::kSenderProtocol};
  destination_at_ = payload_at_ + uint32_t{arp_field::kTargetProtocol};
  return std::nullopt;
}

FrameView::Fault FrameView::check_ethernet(base::Bytes frame, bool checksum_partial) {
  const auto ethernet = EthernetView::check(frame);
  if (!ethernet) return ethernet.error();
  uint16_t type = ethernet->type();
  base::Bytes payload = ethernet->payload();
  if (type == ether_type::kVlan) {
    const auto tag = VlanView::check(payload);
    if (!tag) return tag.error();
    has_vlan_ = true;
    vlan_ = tag->id();
    type = tag->type();
    payload = tag->payload();
  }
  switch (type) {
    case ether_type::kIpv4:
      return check_ipv4(payload, checksum_partial);
    case ether_type::kIpv6:
      return check_ipv6(payload, checksum_partial);
    case ether_type::kArp:
      return check_arp(payload);
    default:
      return Drop::kUnknownEtherType;
  }
}

FrameView::Fault FrameView::check_raw_ip(base::Bytes packet, bool checksum_partial) {
  const int version = packet.empty() ? 0 : packet[0] >> 4;
  if (version == 4) return check_ipv4(packet, checksum_partial);
  if (version == 6) return check_ipv6(packet, checksum_partial);
  return Drop::kUnknownIpVersion;
}

tl::expected<FrameView, Drop> FrameView::check(base::Bytes frame, LinkType link, bool checksum_partial) {
  // Built in the place it is returned in: copying it just after its fields were stored would stall on them.
  tl::expected<FrameView, Drop> view(FrameView(frame, link));
  const Fault fault = link == LinkType::kEthernet ? view->check_ethernet(frame, checksum_partial)
                                                  : view->check_raw_ip(frame, checksum_partial);
  if (fault) view = tl::unexpected(*fault);
  return view;
}

}  // namespace portolan::wire
