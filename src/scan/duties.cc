// SPDX-License-Identifier: Apache-2.0
#include "scan/duties.h"

#include "wire/ethernet.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/vlan.h"

namespace portolan::scan {
namespace {

// Writes the link header; returns what is left of the slot behind it.
base::MutableBytes link_header(const LaneState& state, base::MutableBytes out, const addr::MacAddress& to,
                               const Path& us, uint16_t type) {
  const auto vlan = state.plan.egress.vlan;
  const wire::Ethernet ethernet{to, us.source_mac, vlan ? wire::ether_type::kVlan : type};
  emit(ethernet, out);
  out = out.subspan(size_of(ethernet));
  if (!vlan) return out;
  const wire::Vlan tag{.id = *vlan, .type = type};
  emit(tag, out);
  return out.subspan(size_of(tag));
}

// Calls build(slot bytes) -> frame length and sends the frame.
template <class Build>
bool send_one(pktio::Port& port, Build build) {
  const auto slots = port.acquire(1);
  if (slots.empty()) return false;
  slots[0].length = static_cast<uint16_t>(build(base::MutableBytes(slots[0].data, slots[0].capacity)));
  port.commit(1);
  return true;
}

}  // namespace

bool answer_arp(LaneState& state, const Path& us, const wire::ArpView& request) {
  const wire::Arp reply{wire::arp_operation::kReply, us.source_mac, us.source, request.sender_mac(), request.sender()};
  return send_one(*state.ports[us.link], [&](base::MutableBytes out) {
    const auto rest = link_header(state, out, request.sender_mac(), us, wire::ether_type::kArp);
    emit(reply, rest);
    return out.size() - rest.size() + size_of(reply);
  });
}

bool answer_solicitation(LaneState& state, const Path& us, const wire::FrameView& frame) {
  // A solicitation from the unspecified address checks for duplicates: the answer goes to all nodes (RFC 4861, 7.2.4).
  const bool probing = frame.source() == addr::IpAddress();
  const addr::IpAddress to = probing ? addr::IpAddress::v6(base::make_u128(0xff02000000000000u, 1)) : frame.source();
  const addr::MacAddress to_mac = probing ? wire::multicast_mac(to) : frame.source_mac();
  const wire::NeighborAdvertisement reply{us.source, us.source_mac, false, !probing, true};
  const wire::Ipv6 ip{.source = us.source,
                      .destination = to,
                      .next_header = wire::ip_protocol::kIcmpv6,
                      .hop_limit = wire::ndp_field::kHopLimit,
                      .payload_length = static_cast<uint16_t>(size_of(reply))};
  return send_one(*state.ports[us.link], [&](base::MutableBytes out) {
    const auto rest = link_header(state, out, to_mac, us, wire::ether_type::kIpv6);
    emit(ip, rest);
    emit(reply, {us.source, to}, rest.subspan(size_of(ip)));
    return out.size() - rest.size() + size_of(ip) + size_of(reply);
  });
}

}  // namespace portolan::scan
