// SPDX-License-Identifier: Apache-2.0
// Frames as targets answer them, with right cookies unless they are spoilt: for tests and benchmarks of what receives.
#pragma once

#include <cstring>
#include <optional>
#include <vector>

#include "wire/cookie.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vlan.h"
#include "xdp/catch.h"

namespace portolan::xdp::testing {

using Frame = std::vector<uint8_t>;

inline constexpr addr::MacAddress kOurMac{{2, 0, 0, 0, 0, 1}};
inline constexpr addr::MacAddress kTheirMac{{2, 0, 0, 0, 0, 2}};

inline constexpr addr::IpAddress kOurs = addr::IpAddress::v4(0xc0000201);
inline constexpr addr::IpAddress kOurs6 = addr::IpAddress::v6(base::make_u128(0x20010db800000000, 1));

inline addr::IpAddress theirs(uint32_t i = 0) { return addr::IpAddress::v4(0xc6336400 + i); }
inline addr::IpAddress theirs6(uint64_t i = 7) { return addr::IpAddress::v6(base::make_u128(0x20010db800010000, i)); }

inline CatchOptions plain_options() {
  CatchOptions o;
  o.ours = {kOurs, kOurs6};
  o.first_port = 40000, o.last_port = 49999;
  o.passes = 3;
  o.key = {0x1234, 0x5678};
  o.tcp_tag = 0, o.echo_tag = 3;
  o.ring_bytes = 1 << 16;
  o.remembered = 1 << 12;
  return o;
}

// How a packet travels.
struct Envelope {
  std::optional<uint16_t> vlan{};
  uint8_t ttl = 57;
  addr::MacAddress to = kOurMac;
  Frame ip_options{};     // IPv4: a multiple of 4
  uint16_t fragment = 0;  // IPv4: flags and offset as they stand in the header; IPv6: offset and "more" likewise
  std::optional<uint8_t> next{};  // IPv6: an extension header of this type, 8 bytes (or a fragment header)
};

inline Frame packet(const wire::Endpoints& ends, uint8_t protocol, const Frame& body, const Envelope& e = {}) {
  const bool v4 = ends.source.is_v4();
  const size_t link = e.vlan ? 18 : 14;
  const size_t header = v4 ? 20 + e.ip_options.size() : e.next ? 48 : 40;
  Frame frame(link + header + body.size());
  const base::MutableBytes all(frame);
  const uint16_t type = v4 ? wire::ether_type::kIpv4 : wire::ether_type::kIpv6;
  emit(wire::Ethernet{e.to, kTheirMac, e.vlan ? wire::ether_type::kVlan : type}, all);
  if (e.vlan) emit(wire::Vlan{.id = *e.vlan, .priority = 5, .type = type}, all.subspan(14));
  const auto size = static_cast<uint16_t>(header - (v4 ? header : 40) + body.size());
  if (v4) {
    wire::Ipv4 ip{.source = ends.source, .destination = ends.destination, .protocol = protocol, .ttl = e.ttl};
    ip.more_fragments = (e.fragment & wire::ipv4_field::kMoreFragments) != 0;
    ip.fragment_offset = e.fragment & wire::ipv4_field::kOffsetMask;
    ip.options = e.ip_options, ip.payload_length = size;
    emit(ip, all.subspan(link));
  } else {
    wire::Ipv6 ip{.source = ends.source, .destination = ends.destination, .next_header = e.next.value_or(protocol)};
    ip.hop_limit = e.ttl, ip.payload_length = size;
    emit(ip, all.subspan(link));
    if (e.next) {
      frame[link + 40] = protocol;
      base::store_be16(&frame[link + 42], e.fragment);
    }
  }
  if (!body.empty()) std::memcpy(&frame[link + header], body.data(), body.size());
  return frame;
}

template <class Value>
Frame bytes_of(const Value& value, const wire::Endpoints& ends) {
  Frame out(size_of(value));
  if constexpr (requires { emit(value, ends, base::MutableBytes(out)); }) {
    emit(value, ends, base::MutableBytes(out));
  } else {
    emit(value, base::MutableBytes(out));
  }
  return out;
}

// What a target of some options' scan may say.
class Target {
 public:
  // REQUIRES: `options` outlives it; both addresses are of one family.
  Target(const CatchOptions& options, const addr::IpAddress& ours, const addr::IpAddress& theirs, uint16_t port = 80)
      : options_(options), ends_{theirs, ours}, port_(port) {}

  wire::Cookie tcp_cookie() const { return wire::cookie(options_.key, ours(), theirs(), port_, options_.tcp_tag); }
  wire::Cookie echo_cookie() const { return wire::cookie(options_.key, ours(), theirs(), 0, options_.echo_tag); }
  // Our port for a pass, by its own way: count on from the first.
  uint16_t our_port(uint32_t pass = 0) const {
    const uint32_t size = uint32_t{options_.last_port} - options_.first_port + 1;
    const uint32_t first = static_cast<uint32_t>((uint64_t{tcp_cookie().port_bits} * size) >> 16);
    return static_cast<uint16_t>(options_.first_port + (first + pass) % size);
  }
  const addr::IpAddress& ours() const { return ends_.destination; }
  const addr::IpAddress& theirs() const { return ends_.source; }
  const wire::Endpoints& ends() const { return ends_; }
  uint16_t port() const { return port_; }
  uint8_t icmp() const { return ours().is_v4() ? wire::ip_protocol::kIcmpv4 : wire::ip_protocol::kIcmpv6; }

  wire::Tcp segment(uint8_t flags, uint32_t pass = 0) const {
    wire::Tcp t{.source_port = port_, .destination_port = our_port(pass), .sequence = base::SeqNum(0x01020304)};
    t.acknowledgment = base::SeqNum(tcp_cookie().token + 1);
    t.flags = flags, t.window = 64240;
    return t;
  }
  Frame tcp(const wire::Tcp& segment, const Envelope& e = {}) const {
    return packet(ends_, wire::ip_protocol::kTcp, bytes_of(segment, ends_), e);
  }
  Frame syn_ack(uint32_t pass = 0, const Envelope& e = {}) const {
    wire::Tcp t = segment(wire::tcp_flag::kSyn | wire::tcp_flag::kAck, pass);
    t.options = kOptions;
    return tcp(t, e);
  }
  Frame rst(uint32_t pass = 0, const Envelope& e = {}) const {
    return tcp(segment(wire::tcp_flag::kRst | wire::tcp_flag::kAck, pass), e);
  }
  Frame icmp_message(uint8_t type, uint8_t code, uint32_t rest, const Frame& payload, const Envelope& e = {}) const {
    const Frame body = ours().is_v4() ? bytes_of(wire::Icmpv4{type, code, rest, payload}, ends_)
                                      : bytes_of(wire::Icmpv6{type, code, rest, payload}, ends_);
    return packet(ends_, icmp(), body, e);
  }
  Frame echo_reply(const Envelope& e = {}, const Frame& payload = {'p', 'o', 'r', 't'}) const {
    return icmp_message(ours().is_v4() ? 0 : 129, 0, echo_cookie().token, payload, e);
  }
  Frame datagram(uint16_t our_port, const Envelope& e = {}) const {
    const Frame payload{1, 2, 3};
    return packet(ends_, wire::ip_protocol::kUdp, bytes_of(wire::Udp{port_, our_port, payload}, ends_), e);
  }
  // An error about a packet of ours that begins with these 8 bytes of transport.
  Frame error(uint8_t type, uint8_t code, uint8_t protocol, const Frame& transport, const Envelope& quoted = {},
              const Envelope& e = {}) const {
    const Frame whole = packet({ours(), theirs()}, protocol, transport, quoted);
    return icmp_message(type, code, 0, Frame(whole.begin() + 14, whole.end()), e);
  }
  Frame quoted_ports(uint16_t our_port) const {
    Frame bytes(8);
    base::store_be16(&bytes[0], our_port);
    base::store_be16(&bytes[2], port_);
    base::store_be32(&bytes[4], tcp_cookie().token);
    return bytes;
  }
  Frame quoted_echo(uint32_t token) const {
    Frame bytes(8);
    bytes[0] = ours().is_v4() ? 8 : 128;
    base::store_be32(&bytes[4], token);
    return bytes;
  }

  // MSS, SACK permitted, timestamps, no operation, window scale.
  static constexpr uint8_t kOptions[20] = {2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};

 private:
  const CatchOptions& options_;
  wire::Endpoints ends_;
  uint16_t port_;
};

}  // namespace portolan::xdp::testing
