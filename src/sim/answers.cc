// SPDX-License-Identifier: Apache-2.0
#include "sim/answers.h"

#include <array>
#include <cstring>

#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/sctp.h"
#include "wire/udp.h"
#include "wire/vlan.h"

namespace portolan::sim {
namespace {

using addr::Protocol;
using Transport = wire::FrameView::Transport;

bool is_v6(const wire::FrameView& probe) { return probe.network() == wire::FrameView::Network::kIpv6; }

// Link header (with the probe's VLAN tag), then room for `size` more bytes.
std::vector<uint8_t> framed(const wire::FrameView& probe, const addr::MacAddress& from, uint16_t type, size_t size,
                            size_t& at) {
  std::vector<uint8_t> frame;
  at = 0;
  if (probe.has_ethernet()) {
    const auto vlan = probe.vlan();
    at = 14u + (vlan ? 4u : 0u);
    frame.resize(at);
    emit(wire::Ethernet{probe.source_mac(), from, vlan ? wire::ether_type::kVlan : type}, frame);
    if (vlan) emit(wire::Vlan{.id = *vlan, .type = type}, base::MutableBytes(frame).subspan(14));
  }
  frame.resize(at + size);
  return frame;
}

template <class Value>
std::vector<uint8_t> bytes_of(const Value& v, const wire::Endpoints& ends) {
  std::vector<uint8_t> out(size_of(v));
  emit(v, ends, out);
  return out;
}

wire::Endpoints back(const wire::FrameView& probe) { return {probe.destination(), probe.source()}; }

}  // namespace

std::optional<addr::Target> question(const wire::FrameView& probe) {
  const auto target = [&](Protocol p, uint16_t port) { return addr::Target{probe.destination(), {p, port}}; };
  switch (probe.transport()) {
    case Transport::kArp:
      if (!probe.arp().is_request()) return std::nullopt;
      return addr::Target{probe.arp().target(), {Protocol::kArp, 0}};
    case Transport::kTcp:
      if (!probe.tcp().has(wire::tcp_flag::kSyn) || probe.tcp().has(wire::tcp_flag::kAck)) return std::nullopt;
      return target(Protocol::kTcp, probe.tcp().destination_port());
    case Transport::kUdp:
      return target(Protocol::kUdp, probe.udp().destination_port());
    case Transport::kSctp:
      return target(Protocol::kSctp, probe.sctp().destination_port());
    case Transport::kIcmpv4:
      if (probe.icmpv4().type() == wire::icmpv4_type::kEchoRequest) return target(Protocol::kIcmpEcho, 0);
      if (probe.icmpv4().type() == wire::icmpv4_type::kTimestampRequest) return target(Protocol::kIcmpTimestamp, 0);
      return std::nullopt;
    case Transport::kIcmpv6: {
      const auto icmp = probe.icmpv6();
      if (icmp.type() == wire::icmpv6_type::kEchoRequest) return target(Protocol::kIcmpEcho, 0);
      if (icmp.type() != wire::icmpv6_type::kNeighborSolicitation) return std::nullopt;
      const auto neighbor = wire::NeighborView::check(icmp.message(), probe.ttl());
      if (!neighbor) return std::nullopt;
      return addr::Target{neighbor->target(), {Protocol::kNdp, 0}};
    }
    case Transport::kOther:
      return target(Protocol::kIp, probe.protocol());
  }
  return std::nullopt;
}

std::vector<uint8_t> ip_reply(const wire::FrameView& probe, const addr::IpAddress& from,
                              const addr::MacAddress& from_mac, uint8_t protocol, base::Bytes transport, uint8_t ttl) {
  size_t at = 0;
  if (is_v6(probe)) {
    const wire::Ipv6 ip{.source = from,
                        .destination = probe.source(),
                        .next_header = protocol,
                        .hop_limit = ttl,
                        .payload_length = static_cast<uint16_t>(transport.size())};
    auto frame = framed(probe, from_mac, wire::ether_type::kIpv6, size_of(ip) + transport.size(), at);
    emit(ip, base::MutableBytes(frame).subspan(at));
    if (!transport.empty()) std::memcpy(&frame[at + size_of(ip)], transport.data(), transport.size());
    return frame;
  }
  const wire::Ipv4 ip{.source = from,
                      .destination = probe.source(),
                      .protocol = protocol,
                      .ttl = ttl,
                      .identification = 7,
                      .payload_length = static_cast<uint16_t>(transport.size())};
  auto frame = framed(probe, from_mac, wire::ether_type::kIpv4, size_of(ip) + transport.size(), at);
  emit(ip, base::MutableBytes(frame).subspan(at));
  if (!transport.empty()) std::memcpy(&frame[at + size_of(ip)], transport.data(), transport.size());
  return frame;
}

std::vector<uint8_t> tcp_reply(const wire::FrameView& probe, uint8_t flags, uint32_t sequence,
                               uint32_t acknowledgment) {
  static constexpr std::array<uint8_t, 4> kMss{2, 4, 5, 0xb4};
  wire::Tcp tcp;
  tcp.source_port = probe.tcp().destination_port();
  tcp.destination_port = probe.tcp().source_port();
  tcp.sequence = base::SeqNum(sequence);
  tcp.acknowledgment = base::SeqNum(acknowledgment);
  tcp.flags = flags;
  tcp.window = 64240;
  if ((flags & wire::tcp_flag::kSyn) != 0) tcp.options = kMss;
  return bytes_of(tcp, back(probe));
}

std::vector<uint8_t> udp_reply(const wire::FrameView& probe, base::Bytes payload) {
  wire::Udp udp;
  udp.source_port = probe.udp().destination_port();
  udp.destination_port = probe.udp().source_port();
  udp.payload = payload;
  return bytes_of(udp, back(probe));
}

std::vector<uint8_t> echo_reply(const wire::FrameView& probe) {
  if (is_v6(probe)) {
    auto icmp = probe.icmpv6().value();
    icmp.type = wire::icmpv6_type::kEchoReply;
    return bytes_of(icmp, back(probe));
  }
  auto icmp = probe.icmpv4().value();
  static constexpr std::array<uint8_t, 12> kTimes{};
  if (icmp.type == wire::icmpv4_type::kTimestampRequest) {
    icmp.type = wire::icmpv4_type::kTimestampReply;
    icmp.payload = kTimes;
  } else {
    icmp.type = wire::icmpv4_type::kEchoReply;
  }
  std::vector<uint8_t> out(size_of(icmp));
  emit(icmp, out);
  return out;
}

std::vector<uint8_t> sctp_reply(const wire::FrameView& probe, bool open) {
  const auto init = probe.sctp().init();
  std::array<uint8_t, wire::sctp_field::kInitSize - wire::sctp_field::kChunkHeader> body{};
  emit(wire::SctpInit{.initiate_tag = 99}, body);
  const wire::Sctp sctp{.source_port = probe.sctp().destination_port(),
                        .destination_port = probe.sctp().source_port(),
                        .verification_tag = init ? init->initiate_tag : 0,
                        .chunk = wire::SctpChunk{open ? wire::sctp_chunk::kInitAck : wire::sctp_chunk::kAbort, 0,
                                                 open ? base::Bytes(body) : base::Bytes()}};
  std::vector<uint8_t> out(size_of(sctp));
  emit(sctp, out);
  return out;
}

std::vector<uint8_t> icmp_error(const wire::FrameView& probe, const addr::IpAddress& from, uint8_t type, uint8_t code,
                                base::Bytes probe_packet) {
  const base::Bytes quoted = probe_packet.first(std::min<size_t>(probe_packet.size(), 548));
  if (is_v6(probe)) {
    return bytes_of(wire::Icmpv6{.type = type, .code = code, .rest = 0, .payload = quoted}, {from, probe.source()});
  }
  const wire::Icmpv4 icmp{.type = type, .code = code, .rest = 0, .payload = quoted};
  std::vector<uint8_t> out(size_of(icmp));
  emit(icmp, out);
  return out;
}

std::vector<uint8_t> arp_reply(const wire::FrameView& probe, const addr::MacAddress& from) {
  const auto request = probe.arp();
  const wire::Arp reply{wire::arp_operation::kReply, from, request.target(), request.sender_mac(), request.sender()};
  size_t at = 0;
  auto frame = framed(probe, from, wire::ether_type::kArp, size_of(reply), at);
  emit(reply, base::MutableBytes(frame).subspan(at));
  return frame;
}

std::vector<uint8_t> neighbor_advertisement(const wire::FrameView& probe, const addr::IpAddress& target,
                                            const addr::MacAddress& from) {
  const wire::NeighborAdvertisement reply{target, from, false, true, true};
  return ip_reply(probe, target, from, wire::ip_protocol::kIcmpv6, bytes_of(reply, {target, probe.source()}),
                  wire::ndp_field::kHopLimit);
}

}  // namespace portolan::sim
