// SPDX-License-Identifier: Apache-2.0
#include "wire/template.h"

#include <array>
#include <cstring>
#include <stdexcept>

#include "wire/arp.h"
#include "wire/crc32c.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/quote.h"
#include "wire/sctp.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace portolan::wire {

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

// The unspecified address of the same family: what stands where the target's will be patched in.
addr::IpAddress nobody(const addr::IpAddress& like) {
  return like.is_v4() ? addr::IpAddress::v4(0) : addr::IpAddress();
}

Endpoints unpatched(const IpShape& ip) { return {ip.source, nobody(ip.source)}; }

uint32_t flow_label(uint16_t ip_id) { return ip_id | (ip_id & 0xfu) << 16; }

// Most probes are 33 to 128 bytes: two or four fixed-size copies that overlap beat a call of unknown size.
[[gnu::always_inline]] inline void copy_frame(uint8_t* out, const uint8_t* in, size_t n) {
  if (n < 32 || n > 128) {
    std::memcpy(out, in, n);
    return;
  }
  if (n > 64) {
    std::memcpy(out + 32, in + 32, 32);
    std::memcpy(out + n - 64, in + n - 64, 32);
  }
  std::memcpy(out, in, 32);
  std::memcpy(out + n - 32, in + n - 32, 32);
}

// What the token adds to the payload's sum. At an odd offset its bytes stand the other way round in the words.
Sum token_sum(const TokenPlace& place, uint32_t token) {
  Sum sum;
  sum.add64(place.image(token));
  return place.offset % 2 == 0 ? sum : Sum().add16(base::to_be(sum.fold()));
}

void store_sctp_checksum(uint8_t* packet, size_t size) {
  const uint32_t crc = crc32c({packet, size});
  std::memcpy(packet + sctp_field::kChecksum, &crc, 4);
}

}  // namespace

Template Template::build(const LinkShape& link, const IpShape& ip, Body body, uint8_t protocol, base::Bytes transport) {
  const size_t header = ip.source.is_v4() ? ipv4_field::kMinSize : ipv6_field::kSize;
  require(!link.vlan || (link.type == LinkType::kEthernet && *link.vlan <= 0xfff), "a tag needs Ethernet and 12 bits");
  require(transport.size() + header <= 0xffff, "the probe does not fit in an IP packet");

  Template t;
  Layout& layout = t.layout_;
  layout.body = body;
  layout.is_v4 = ip.source.is_v4();
  layout.ethernet = link.type == LinkType::kEthernet;
  layout.network_at = size_of(link);
  layout.transport_at = layout.network_at + header;
  layout.size = layout.transport_at + transport.size();
  t.frame_.resize(layout.size);

  const base::MutableBytes frame(t.frame_);
  const auto size = static_cast<uint16_t>(transport.size());
  emit(link, {}, layout.is_v4 ? ether_type::kIpv4 : ether_type::kIpv6, frame);
  const base::MutableBytes network = frame.subspan(layout.network_at);
  if (layout.is_v4) {
    emit(Ipv4{.source = ip.source, .protocol = protocol, .ttl = ip.ttl, .payload_length = size}, network);
    base::store_be16(&network[ipv4_field::kChecksum], 0);
    layout.network_sum.add(network.first(header));
  } else {
    emit(Ipv6{.source = ip.source, .next_header = protocol, .hop_limit = ip.ttl, .payload_length = size}, network);
  }
  if (transport.empty()) return t;
  std::memcpy(&t.frame_[layout.transport_at], transport.data(), transport.size());
  const bool has_pseudo_header = !(body == Body::kIcmp && layout.is_v4);
  if (has_pseudo_header) layout.transport_sum = pseudo_header(unpatched(ip), protocol, size);
  layout.transport_sum.add(transport);
  return t;
}

Template Template::tcp(const LinkShape& link, const IpShape& ip, uint8_t flags, uint16_t window, base::Bytes options) {
  std::array<uint8_t, tcp_field::kMinSize + 40> bytes{};
  const Tcp segment{.flags = flags, .window = window, .options = options};
  emit(segment, unpatched(ip), bytes);
  base::store_be16(&bytes[tcp_field::kChecksum], 0);
  return build(link, ip, Body::kTcp, ip_protocol::kTcp, base::Bytes(bytes).first(size_of(segment)));
}

Template Template::tcp_syn(const LinkShape& link, const IpShape& ip, const SynOptions& options) {
  std::array<uint8_t, 40> raw{};
  emit(options, raw);
  return tcp(link, ip, tcp_flag::kSyn, options.window, base::Bytes(raw).first(size_of(options)));
}

Template Template::tcp_rst(const LinkShape& link, const IpShape& ip) { return tcp(link, ip, tcp_flag::kRst, 0, {}); }

Template Template::udp(const LinkShape& link, const IpShape& ip, base::Bytes payload, std::optional<TokenPlace> place) {
  require(payload.size() <= 0xffff - udp_field::kSize, "the payload does not fit in a UDP datagram");
  std::vector<uint8_t> bytes(udp_field::kSize + payload.size());
  emit(Udp{.payload = payload}, unpatched(ip), bytes);
  base::store_be16(&bytes[udp_field::kChecksum], 0);
  if (place) {
    const auto width = place->width;
    require(width == 2 || width == 4 || width == 8, "a token is 2, 4 or 8 bytes wide");
    require(size_t{place->offset} + width <= payload.size(), "the token's place is outside the payload");
    std::memset(&bytes[udp_field::kSize + place->offset], 0, width);
  }
  Template t = build(link, ip, Body::kUdp, ip_protocol::kUdp, bytes);
  t.layout_.has_place = place.has_value();
  t.layout_.place = place.value_or(TokenPlace{});
  return t;
}

Template Template::icmp_echo(const LinkShape& link, const IpShape& ip, base::Bytes payload) {
  const bool v4 = ip.source.is_v4();
  std::vector<uint8_t> bytes(icmpv4_field::kSize + payload.size());
  bytes[icmpv4_field::kType] = v4 ? icmpv4_type::kEchoRequest : icmpv6_type::kEchoRequest;
  if (!payload.empty()) std::memcpy(&bytes[icmpv4_field::kSize], payload.data(), payload.size());
  return build(link, ip, Body::kIcmp, v4 ? ip_protocol::kIcmpv4 : ip_protocol::kIcmpv6, bytes);
}

Template Template::icmp_timestamp(const LinkShape& link, const IpShape& ip) {
  require(ip.source.is_v4(), "ICMPv6 has no timestamp");
  std::array<uint8_t, icmpv4_field::kTimestampSize> bytes{};
  bytes[icmpv4_field::kType] = icmpv4_type::kTimestampRequest;
  return build(link, ip, Body::kIcmp, ip_protocol::kIcmpv4, bytes);
}

Template Template::sctp_init(const LinkShape& link, const IpShape& ip) {
  std::array<uint8_t, sctp_field::kInitSize - sctp_field::kChunkHeader> init{};
  emit(SctpInit{}, init);
  std::array<uint8_t, sctp_field::kSize + sctp_field::kInitSize> bytes{};
  emit(Sctp{.chunk = SctpChunk{sctp_chunk::kInit, 0, init}}, bytes);
  std::memset(&bytes[sctp_field::kChecksum], 0, 4);
  return build(link, ip, Body::kSctp, ip_protocol::kSctp, bytes);
}

Template Template::arp_request(const LinkShape& link, const IpShape& ip) {
  require(link.type == LinkType::kEthernet && ip.source.is_v4(), "ARP needs Ethernet and IPv4");
  Template t;
  t.layout_.body = Body::kArp;
  t.layout_.network_at = size_of(link);
  t.layout_.size = t.layout_.network_at + arp_field::kSize;
  t.frame_.resize(t.layout_.size);
  const base::MutableBytes frame(t.frame_);
  emit(link, addr::MacAddress::broadcast(), ether_type::kArp, frame);
  emit(Arp{.sender_mac = link.source, .sender = ip.source}, frame.subspan(t.layout_.network_at));
  return t;
}

Template Template::neighbor_solicitation(const LinkShape& link, const IpShape& ip) {
  require(link.type == LinkType::kEthernet && !ip.source.is_v4(), "neighbor discovery needs Ethernet and IPv6");
  const NeighborSolicitation solicitation{.target = {}, .source_mac = link.source};
  std::array<uint8_t, ndp_field::kOptions + 8> bytes{};
  emit(solicitation, unpatched(ip), bytes);
  base::store_be16(&bytes[icmpv6_field::kChecksum], 0);
  return build(link, {ip.source, ndp_field::kHopLimit}, Body::kNeighbor, ip_protocol::kIcmpv6, bytes);
}

Template Template::ip_probe(const LinkShape& link, const IpShape& ip, uint8_t protocol) {
  const bool v4 = ip.source.is_v4();
  if (protocol == ip_protocol::kTcp) return tcp_syn(link, ip, {});
  if (protocol == ip_protocol::kUdp) return udp(link, ip, {});
  if (protocol == ip_protocol::kSctp) return sctp_init(link, ip);
  if (protocol == (v4 ? ip_protocol::kIcmpv4 : ip_protocol::kIcmpv6)) return icmp_echo(link, ip);
  if (protocol == ip_protocol::kIgmp && v4) {
    constexpr std::array<uint8_t, 8> kGeneralQuery{0x11, 0, 0xee, 0xff, 0, 0, 0, 0};  // RFC 1112; with its checksum
    return build(link, ip, Body::kPlain, protocol, kGeneralQuery);
  }
  // An error about an empty packet would quote less than the 8 bytes that a quotation must have (quote.h).
  constexpr std::array<uint8_t, QuotedProbe::kTransportMin> kQuotable{};
  return build(link, ip, Body::kPlain, protocol, kQuotable);
}

// Inlined by force, here and below: only then do the fields of the layout stay in registers through a burst.
template <Template::Body body>
[[gnu::always_inline]] inline void Template::stamp_transport(const Layout& layout, uint8_t* transport, const Stamp& s,
                                                             Sum sum) {
  const uint32_t ports = uint32_t{s.source_port} << 16 | s.destination_port;
  if constexpr (body == Body::kTcp) {
    base::store_be32(transport + tcp_field::kSourcePort, ports);
    base::store_be32(transport + tcp_field::kSequence, s.token);
    sum.add32(ports).add32(s.token).store_checksum(transport + tcp_field::kChecksum);
  } else if constexpr (body == Body::kUdp) {
    base::store_be32(transport + udp_field::kSourcePort, ports);
    sum.add32(ports);
    if (layout.has_place) {
      layout.place.store(transport + udp_field::kSize, s.token);
      sum.add(token_sum(layout.place, s.token));
    }
    sum.store_udp_checksum(transport + udp_field::kChecksum);
  } else if constexpr (body == Body::kIcmp) {
    base::store_be32(transport + icmpv4_field::kRest, s.token);
    sum.add32(s.token).store_checksum(transport + icmpv4_field::kChecksum);
  } else if constexpr (body == Body::kSctp) {
    base::store_be32(transport + sctp_field::kSourcePort, ports);
    base::store_be32(transport + sctp_field::kSize + sctp_field::kInitiateTag, sctp_tag(s.token));
    store_sctp_checksum(transport, layout.size - layout.transport_at);
  } else if constexpr (body == Body::kNeighbor) {
    s.destination.store_v6(transport + ndp_field::kTarget);
    sum.add(s.destination).store_checksum(transport + icmpv6_field::kChecksum);
  }
}

template <Template::Body body, bool is_v4>
[[gnu::always_inline]] inline void Template::stamp_as(const Layout& layout, const uint8_t* frame, uint8_t* out,
                                                      const Stamp& s) {
  copy_frame(out, frame, layout.size);
  uint8_t* const network = out + layout.network_at;
  if constexpr (body == Body::kArp) {
    s.destination.store_v4(network + arp_field::kTargetProtocol);
    return;
  }
  const addr::IpAddress destination = body == Body::kNeighbor ? solicited_node(s.destination) : s.destination;
  if constexpr (body == Body::kNeighbor) {
    multicast_mac(destination).store(out);
  } else {
    if (layout.ethernet) s.destination_mac.store(out);
  }

  Sum transport_sum = layout.transport_sum;
  if constexpr (is_v4) {
    const uint32_t bits = destination.v4_bits();
    base::store_be16(network + ipv4_field::kIdentification, s.ip_id);
    base::store_be32(network + ipv4_field::kDestination, bits);
    Sum(layout.network_sum).add16(s.ip_id).add32(bits).store_checksum(network + ipv4_field::kChecksum);
    if constexpr (body != Body::kIcmp) transport_sum.add32(bits);
  } else {
    base::store_be32(network + ipv6_field::kVersionClassFlow, uint32_t{6} << 28 | flow_label(s.ip_id));
    destination.store_v6(network + ipv6_field::kDestination);
    transport_sum.add64(destination.hi()).add64(destination.lo());
  }
  stamp_transport<body>(layout, out + layout.transport_at, s, transport_sum);
}

template <class F>
void Template::dispatch(F&& f) const {
  const auto either = [this, &f]<Body body>() {
    return layout_.is_v4 ? f.template operator()<body, true>() : f.template operator()<body, false>();
  };
  switch (layout_.body) {
    case Body::kPlain:
      return either.template operator()<Body::kPlain>();
    case Body::kTcp:
      return either.template operator()<Body::kTcp>();
    case Body::kUdp:
      return either.template operator()<Body::kUdp>();
    case Body::kIcmp:
      return either.template operator()<Body::kIcmp>();
    case Body::kSctp:
      return either.template operator()<Body::kSctp>();
    case Body::kArp:
      return f.template operator()<Body::kArp, true>();
    case Body::kNeighbor:
      return f.template operator()<Body::kNeighbor, false>();
  }
}

void Template::stamp(uint8_t* out, const Stamp& s) const {
  dispatch([&]<Body body, bool is_v4>() { stamp_as<body, is_v4>(layout_, frame_.data(), out, s); });
}

void Template::stamp_burst(std::span<uint8_t* const> out, std::span<const Stamp> stamps) const {
  dispatch([&]<Body body, bool is_v4>() {
    const Layout layout = layout_;
    const uint8_t* const frame = frame_.data();
    for (size_t i = 0; i < stamps.size(); ++i) {
      const Stamp s = stamps[i];
      stamp_as<body, is_v4>(layout, frame, out[i], s);
    }
  });
}

}  // namespace portolan::wire
