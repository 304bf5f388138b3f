// SPDX-License-Identifier: Apache-2.0
#include "wire/reply.h"

#include "wire/ipv6.h"

namespace portolan::wire {

size_t arp_reply(const LinkShape& link, const ArpView& request, base::MutableBytes out) {
  emit(link, request.sender_mac(), ether_type::kArp, out);
  const Arp reply{.operation = arp_operation::kReply,
                  .sender_mac = link.source,
                  .sender = request.target(),
                  .target_mac = request.sender_mac(),
                  .target = request.sender()};
  emit(reply, out.subspan(size_of(link)));
  return size_of(link) + size_of(reply);
}

size_t neighbor_advertisement(const LinkShape& link, const FrameView& frame, const NeighborView& solicitation,
                              base::MutableBytes out) {
  const bool anonymous = frame.source() == addr::IpAddress();
  const auto all_nodes = addr::IpAddress::v6(base::make_u128(0xff02'0000'0000'0000, 1));
  const Endpoints ends{solicitation.target(), anonymous ? all_nodes : frame.source()};
  const NeighborAdvertisement reply{
      .target = solicitation.target(), .target_mac = link.source, .solicited = !anonymous, .overrides = true};
  emit(link, anonymous ? multicast_mac(all_nodes) : frame.source_mac(), ether_type::kIpv6, out);
  const Ipv6 ip{.source = ends.source,
                .destination = ends.destination,
                .next_header = ip_protocol::kIcmpv6,
                .hop_limit = ndp_field::kHopLimit,
                .payload_length = static_cast<uint16_t>(size_of(reply))};
  const base::MutableBytes network = out.subspan(size_of(link));
  emit(ip, network);
  emit(reply, ends, network.subspan(size_of(ip)));
  return size_of(link) + size_of(ip) + size_of(reply);
}

}  // namespace portolan::wire
