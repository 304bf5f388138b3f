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

// Options, written one after another and padded with NOPs at the end.
class OptionWriter {
 public:
  void mss(uint16_t v) { put({wire::tcp_option_kind::kMss, 4, uint8_t(v >> 8), uint8_t(v)}); }
  void scale(uint8_t v) { put({wire::tcp_option_kind::kWindowScale, 3, v}); }
  void sack() { put({wire::tcp_option_kind::kSackPermitted, 2}); }
  void nop() { put({wire::tcp_option_kind::kNop}); }
  void timestamps(uint32_t value, uint32_t echo) {
    put({wire::tcp_option_kind::kTimestamps, 10});
    base::store_be32(&bytes_[size_], value);
    base::store_be32(&bytes_[size_ + 4], echo);
    size_ += 8;
  }
  base::Bytes padded() {
    while (size_ % 4 != 0) nop();
    return {bytes_.data(), size_};
  }

 private:
  void put(std::initializer_list<uint8_t> v) {
    for (const uint8_t b : v) bytes_[size_++] = b;
  }
  std::array<uint8_t, 40> bytes_{};
  size_t size_ = 0;
};

// Linux: MSS; then SACK permitted beside timestamps, or two NOPs in its place; NOP and window scale.
void linux_options(const SynAckLook& look, const wire::TcpOptions& offer, uint32_t clock_ms, OptionWriter& w) {
  w.mss(look.mss);
  if (offer.timestamps) {
    if (offer.sack_permitted) {
      w.sack();
    } else {
      w.nop(), w.nop();
    }
    w.timestamps(clock_ms, offer.timestamps->value);
  } else if (offer.sack_permitted) {
    w.nop(), w.nop(), w.sack();
  }
  if (offer.window_scale) w.nop(), w.scale(look.window_scale);
}

void ordered_options(const SynAckLook& look, const wire::TcpOptions& offer, uint32_t clock_ms, OptionWriter& w) {
  size_t room = 40;  // a NOP in the order costs one, however often it stands there
  for (const uint8_t kind : look.option_order) {
    if (room < 10) return;
    if (kind == wire::tcp_option_kind::kMss) w.mss(look.mss), room -= 4;
    if (kind == wire::tcp_option_kind::kNop) w.nop(), room -= 1;
    if (kind == wire::tcp_option_kind::kWindowScale && offer.window_scale) w.scale(look.window_scale), room -= 3;
    if (kind == wire::tcp_option_kind::kSackPermitted && offer.sack_permitted) w.sack(), room -= 2;
    if (kind == wire::tcp_option_kind::kTimestamps && offer.timestamps) {
      w.timestamps(clock_ms, offer.timestamps->value);
      room -= 10;
    }
  }
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

size_t syn_ack(const ReplyPath& path, const IpLook& ip, const SynAckLook& look, const wire::TcpView& syn,
               uint32_t cookie, uint32_t clock_ms, base::MutableBytes out) {
  const wire::TcpOptions offer = syn.options();
  OptionWriter options;
  if (look.options) {
    if (look.option_order.empty()) {
      linux_options(look, offer, clock_ms, options);
    } else {
      ordered_options(look, offer, clock_ms, options);
    }
  }
  // ECN setup (RFC 3168 6.1.1.1): both bits asked, one granted.
  const bool ecn = look.options && syn.has(wire::tcp_flag::kEce | wire::tcp_flag::kCwr);
  const wire::Tcp answer{
      .source_port = syn.destination_port(),
      .destination_port = syn.source_port(),
      .sequence = base::SeqNum(cookie),
      .acknowledgment = base::SeqNum(syn.sequence().value() + 1),
      .flags = static_cast<uint8_t>(wire::tcp_flag::kSyn | wire::tcp_flag::kAck | (ecn ? wire::tcp_flag::kEce : 0)),
      .window = offer.timestamps ? look.window : look.window_plain,
      .options = options.padded()};
  return tcp_segment(path, ip, answer, out);
}

size_t reset(const ReplyPath& path, const IpLook& ip, const wire::TcpView& segment, base::MutableBytes out) {
  wire::Tcp answer{.source_port = segment.destination_port(), .destination_port = segment.source_port()};
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
  const base::Bytes quoted = packet.first(std::min({packet.size(), most, quote}));
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
