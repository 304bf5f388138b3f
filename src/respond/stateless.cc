// SPDX-License-Identifier: Apache-2.0
#include "respond/stateless.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/reply.h"
#include "wire/udp.h"
#include "wire/wire.h"

namespace portolan::respond {
namespace {

wire::Endpoints ends_of(const ReplyPath& path) { return {path.ours, path.theirs}; }

size_t ip_header_size(const ReplyPath& path) {
  return path.ours.is_v4() ? wire::ipv4_field::kMinSize : wire::ipv6_field::kSize;
}

base::MutableBytes behind_ip(const ReplyPath& path, base::MutableBytes out) {
  return out.subspan(wire::size_of(path.link) + ip_header_size(path));
}

// The ICMP type and code of a reason in a family.
struct TypeCode {
  uint8_t type, code;
};
TypeCode code_of(Unreachable why, bool v4) {
  switch (why) {
    case Unreachable::kPort:
      return v4 ? TypeCode{3, 3} : TypeCode{1, 4};
    case Unreachable::kProtocol:
      return v4 ? TypeCode{3, 2} : TypeCode{4, 1};  // IPv6: unrecognized next header
    case Unreachable::kProhibited:
      return v4 ? TypeCode{3, 13} : TypeCode{1, 1};
    case Unreachable::kHost:
      break;
  }
  return v4 ? TypeCode{3, 1} : TypeCode{1, 3};
}

constexpr size_t kMostV4Error = 576;
constexpr size_t kMostV6Error = 1280;

}  // namespace

ReplyPath path_back(const wire::FrameView& frame, const addr::MacAddress& own_mac) {
  ReplyPath path;
  if (frame.has_ethernet()) {
    path.link = {wire::LinkType::kEthernet, own_mac, frame.vlan()};
    path.mac = frame.source_mac();
  } else {
    path.link.type = wire::LinkType::kRawIp;
  }
  path.ours = frame.destination();
  path.theirs = frame.source();
  return path;
}

size_t ip_frame(const ReplyPath& path, const IpLook& look, uint8_t protocol, size_t payload_size,
                base::MutableBytes out) {
  const base::MutableBytes network = out.subspan(wire::size_of(path.link));
  const auto length = static_cast<uint16_t>(payload_size);
  if (path.ours.is_v4()) {
    wire::emit(path.link, path.mac, wire::ether_type::kIpv4, out);
    wire::Ipv4 ip{.source = path.ours, .destination = path.theirs, .protocol = protocol, .ttl = look.ttl};
    ip.tos = look.tos;
    ip.identification = look.identification;
    ip.dont_fragment = look.dont_fragment;
    ip.payload_length = length;
    wire::emit(ip, network);
  } else {
    wire::emit(path.link, path.mac, wire::ether_type::kIpv6, out);
    wire::emit(wire::Ipv6{.source = path.ours,
                          .destination = path.theirs,
                          .next_header = protocol,
                          .hop_limit = look.ttl,
                          .traffic_class = look.tos,
                          .payload_length = length},
               network);
  }
  return wire::size_of(path.link) + ip_header_size(path) + payload_size;
}

size_t tcp_segment(const ReplyPath& path, const IpLook& ip, const wire::Tcp& segment, base::MutableBytes out) {
  wire::emit(segment, ends_of(path), behind_ip(path, out));
  return ip_frame(path, ip, wire::ip_protocol::kTcp, wire::size_of(segment), out);
}

size_t syn_ack(const ReplyPath& path, const IpLook& ip, const population::Personality& who, const wire::TcpView& syn,
               uint32_t cookie, uint32_t clock, base::MutableBytes out) {
  const wire::TcpOptions offer = syn.options();
  const std::string_view layout =
      who.layout({offer.window_scale.has_value(), offer.sack_permitted, offer.timestamps.has_value()});
  std::array<uint8_t, population::kMostSynAckOptions> options;
  const uint16_t mss = path.ours.is_v4() ? who.look.mss_v4 : who.look.mss_v6;
  const uint32_t echo = offer.timestamps ? offer.timestamps->value : 0;
  const size_t size = population::write_syn_ack_options(layout, mss, who.look.window_scale, clock, echo, options);
  const wire::Tcp answer{.source_port = syn.destination_port(),
                         .destination_port = syn.source_port(),
                         .sequence = base::SeqNum(cookie),
                         .acknowledgment = base::SeqNum(syn.sequence().value() + 1),
                         .flags = wire::tcp_flag::kSyn | wire::tcp_flag::kAck,
                         .window = offer.timestamps ? who.look.window : who.look.window_plain,
                         .options = base::Bytes(options).first(size)};
  return tcp_segment(path, ip, answer, out);
}

size_t bare_ack(const ReplyPath& path, const IpLook& ip, uint16_t window, const wire::TcpView& syn, uint32_t sequence,
                base::MutableBytes out) {
  const wire::Tcp answer{.source_port = syn.destination_port(),
                         .destination_port = syn.source_port(),
                         .sequence = base::SeqNum(sequence),
                         .acknowledgment = base::SeqNum(syn.sequence().value() + 1),
                         .flags = wire::tcp_flag::kAck,
                         .window = window};
  return tcp_segment(path, ip, answer, out);
}

size_t reset(const ReplyPath& path, const IpLook& ip, uint16_t window, const wire::TcpView& segment,
             base::MutableBytes out) {
  wire::Tcp answer{.source_port = segment.destination_port(), .destination_port = segment.source_port()};
  answer.window = window;
  if (segment.has(wire::tcp_flag::kAck)) {
    answer.sequence = segment.acknowledgment();
    answer.flags = wire::tcp_flag::kRst;
  } else {
    const uint32_t length = static_cast<uint32_t>(segment.payload().size()) +
                            (segment.has(wire::tcp_flag::kSyn) ? 1 : 0) + (segment.has(wire::tcp_flag::kFin) ? 1 : 0);
    answer.acknowledgment = base::SeqNum(segment.sequence().value() + length);
    answer.flags = wire::tcp_flag::kRst | wire::tcp_flag::kAck;
  }
  return tcp_segment(path, ip, answer, out);
}

size_t udp_datagram(const ReplyPath& path, const IpLook& ip, uint16_t source_port, uint16_t destination_port,
                    base::Bytes payload, base::MutableBytes out) {
  const wire::Udp answer{source_port, destination_port, payload};
  wire::emit(answer, ends_of(path), behind_ip(path, out));
  return ip_frame(path, ip, wire::ip_protocol::kUdp, wire::size_of(answer), out);
}

size_t echo_reply(const ReplyPath& path, const IpLook& ip, const wire::FrameView& frame, base::MutableBytes out) {
  const base::MutableBytes body = behind_ip(path, out);
  if (frame.network() == wire::FrameView::Network::kIpv4) {
    wire::Icmpv4 answer = frame.icmpv4().value();
    answer.type = wire::icmpv4_type::kEchoReply;
    wire::emit(answer, body);
    return ip_frame(path, ip, wire::ip_protocol::kIcmpv4, wire::size_of(answer), out);
  }
  wire::Icmpv6 answer = frame.icmpv6().value();
  answer.type = wire::icmpv6_type::kEchoReply;
  wire::emit(answer, ends_of(path), body);
  return ip_frame(path, ip, wire::ip_protocol::kIcmpv6, wire::size_of(answer), out);
}

size_t arp_answer(const ReplyPath& path, const wire::ArpView& request, base::Bytes padding, base::MutableBytes out) {
  const size_t size = wire::arp_reply(path.link, request, out);
  const size_t more = std::min(padding.size(), out.size() - size);
  if (more != 0) std::memcpy(&out[size], padding.data(), more);
  return size + more;
}

size_t timestamp_reply(const ReplyPath& path, const IpLook& ip, const wire::FrameView& frame, uint32_t ms,
                       base::MutableBytes out) {
  const wire::Icmpv4 asked = frame.icmpv4().value();
  std::array<uint8_t, 12> times{};
  std::memcpy(times.data(), asked.payload.data(), 4);
  base::store_be32(&times[4], ms);
  base::store_be32(&times[8], ms);
  const wire::Icmpv4 answer{wire::icmpv4_type::kTimestampReply, 0, asked.rest, times};
  wire::emit(answer, behind_ip(path, out));
  return ip_frame(path, ip, wire::ip_protocol::kIcmpv4, wire::size_of(answer), out);
}

size_t unreachable(const ReplyPath& path, const IpLook& ip, Unreachable why, const wire::FrameView& frame, size_t quote,
                   base::MutableBytes out) {
  const bool v4 = path.ours.is_v4();
  const TypeCode code = code_of(why, v4);
  const size_t most = (v4 ? kMostV4Error : kMostV6Error) - ip_header_size(path) - wire::icmpv4_field::kSize;
  const base::Bytes packet = frame.packet();
  // RFC 4443 2.4 (c) leaves no choice: as much as fits.
  const base::Bytes quoted = packet.first(std::min({packet.size(), most, v4 ? quote : most}));
  const base::MutableBytes body = behind_ip(path, out);
  if (v4) {
    const wire::Icmpv4 error{code.type, code.code, 0, quoted};
    wire::emit(error, body);
    return ip_frame(path, ip, wire::ip_protocol::kIcmpv4, wire::size_of(error), out);
  }
  // A parameter problem points at the next header field of the fixed header.
  const wire::Icmpv6 error{code.type, code.code, code.type == 4 ? 6u : 0u, quoted};
  wire::emit(error, ends_of(path), body);
  return ip_frame(path, ip, wire::ip_protocol::kIcmpv6, wire::size_of(error), out);
}

}  // namespace portolan::respond
