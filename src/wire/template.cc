// SPDX-License-Identifier: Apache-2.0
#include "wire/template.h"

#include <array>
#include <cstring>
#include <stdexcept>

#include "wire/arp.h"
#include "wire/copy_frame.h"
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

// By bytes from the end, one step more for each zero that follows.
constexpr PatchCrc make_sctp_crc() {
  constexpr uint32_t kReversedPolynomial = 0x82f63b78;
  constexpr size_t kPlaces[kPatchedSctpBytes] = {0, 1, 2, 3, 16, 17, 18, 19};
  static_assert(sctp_field::kSourcePort == 0 && sctp_field::kSize + sctp_field::kInitiateTag == 16);
  PatchCrc table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    size_t row = kPatchedSctpBytes;
    for (size_t at = sctp_field::kSize + sctp_field::kInitSize; at-- != 0;) {
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReversedPolynomial : 0);
      if (row != 0 && kPlaces[row - 1] == at) table.of[--row][byte] = crc;
    }
  }
  return table;
}

constexpr PatchCrc kSctpCrc = make_sctp_crc();

// Where a transport that has a checksum over the pseudo header keeps it; 0: it has none.
size_t checksum_of(PatchBody body, bool is_v4) {
  if (body == kPatchTcp) return tcp_field::kChecksum;
  if (body == kPatchUdp) return udp_field::kChecksum;
  return body == kPatchIcmp && !is_v4 ? icmpv6_field::kChecksum : 0;
}

// RFC 1624: what the checksum was made of, and `more`.
uint64_t sum_behind(const uint8_t* checksum, uint64_t more) {
  uint16_t stored = 0;
  std::memcpy(&stored, checksum, sizeof stored);
  return static_cast<uint16_t>(~stored) + more;
}

// As it lies in memory, 16 bits.
uint64_t raw(Sum sum) { return base::to_be(sum.fold()); }

}  // namespace

const PatchCrc& Template::sctp_crc() { return kSctpCrc; }

Template Template::build(const LinkShape& link, const IpShape& ip, PatchBody body, uint8_t protocol,
                         base::Bytes transport) {
  const size_t header = ip.source.is_v4() ? ipv4_field::kMinSize : ipv6_field::kSize;
  require(!link.vlan || (link.type == LinkType::kEthernet && *link.vlan <= 0xfff), "a tag needs Ethernet and 12 bits");
  require(transport.size() + header <= 0xffff, "the probe does not fit in an IP packet");

  Template t;
  PatchLayout& layout = t.layout_;
  layout.body = body;
  layout.is_v4 = ip.source.is_v4();
  layout.ethernet = link.type == LinkType::kEthernet;
  layout.network_at = static_cast<uint32_t>(size_of(link));
  layout.transport_at = static_cast<uint32_t>(layout.network_at + header);
  layout.size = static_cast<uint32_t>(layout.transport_at + transport.size());
  t.frame_.resize(layout.size);

  const base::MutableBytes frame(t.frame_);
  const auto size = static_cast<uint16_t>(transport.size());
  emit(link, {}, layout.is_v4 ? ether_type::kIpv4 : ether_type::kIpv6, frame);
  const base::MutableBytes network = frame.subspan(layout.network_at);
  if (layout.is_v4) {
    emit(Ipv4{.source = ip.source, .protocol = protocol, .ttl = ip.ttl, .payload_length = size}, network);
    base::store_be16(&network[ipv4_field::kChecksum], 0);
    layout.network_sum = raw(Sum().add(network.first(header)));
  } else {
    emit(Ipv6{.source = ip.source, .next_header = protocol, .hop_limit = ip.ttl, .payload_length = size}, network);
  }
  if (transport.empty()) return t;
  std::memcpy(&t.frame_[layout.transport_at], transport.data(), transport.size());
  t.needs_source_ = ip.source == nobody(ip.source);
  const bool has_pseudo_header = !(body == kPatchIcmp && layout.is_v4);
  const Sum before = has_pseudo_header ? pseudo_header(unpatched(ip), protocol, size) : Sum();
  layout.transport_sum = raw(Sum(before).add(transport));
  return t;
}

Template Template::tcp(const LinkShape& link, const IpShape& ip, uint8_t flags, uint16_t window, base::Bytes options) {
  std::array<uint8_t, tcp_field::kMinSize + 40> bytes{};
  const Tcp segment{.flags = flags, .window = window, .options = options};
  emit(segment, unpatched(ip), bytes);
  base::store_be16(&bytes[tcp_field::kChecksum], 0);
  return build(link, ip, kPatchTcp, ip_protocol::kTcp, base::Bytes(bytes).first(size_of(segment)));
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
  Template t = build(link, ip, kPatchUdp, ip_protocol::kUdp, bytes);
  if (place) t.layout_.place_offset = place->offset, t.layout_.place_width = place->width;
  return t;
}

Template Template::icmp_echo(const LinkShape& link, const IpShape& ip, base::Bytes payload) {
  const bool v4 = ip.source.is_v4();
  std::vector<uint8_t> bytes(icmpv4_field::kSize + payload.size());
  bytes[icmpv4_field::kType] = v4 ? icmpv4_type::kEchoRequest : icmpv6_type::kEchoRequest;
  if (!payload.empty()) std::memcpy(&bytes[icmpv4_field::kSize], payload.data(), payload.size());
  return build(link, ip, kPatchIcmp, v4 ? ip_protocol::kIcmpv4 : ip_protocol::kIcmpv6, bytes);
}

Template Template::icmp_timestamp(const LinkShape& link, const IpShape& ip) {
  require(ip.source.is_v4(), "ICMPv6 has no timestamp");
  std::array<uint8_t, icmpv4_field::kTimestampSize> bytes{};
  bytes[icmpv4_field::kType] = icmpv4_type::kTimestampRequest;
  return build(link, ip, kPatchIcmp, ip_protocol::kIcmpv4, bytes);
}

Template Template::sctp_init(const LinkShape& link, const IpShape& ip) {
  std::array<uint8_t, sctp_field::kInitSize - sctp_field::kChunkHeader> init{};
  emit(SctpInit{}, init);
  std::array<uint8_t, sctp_field::kSize + sctp_field::kInitSize> bytes{};
  emit(Sctp{.chunk = SctpChunk{sctp_chunk::kInit, 0, init}}, bytes);
  std::memset(&bytes[sctp_field::kChecksum], 0, 4);
  Template t = build(link, ip, kPatchSctp, ip_protocol::kSctp, bytes);
  t.layout_.sctp_crc = crc32c(bytes);
  return t;
}

Template Template::arp_request(const LinkShape& link, const IpShape& ip) {
  require(link.type == LinkType::kEthernet && ip.source.is_v4(), "ARP needs Ethernet and IPv4");
  Template t;
  t.layout_.body = kPatchArp;
  t.layout_.network_at = static_cast<uint32_t>(size_of(link));
  t.layout_.size = static_cast<uint32_t>(t.layout_.network_at + arp_field::kSize);
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
  return build(link, {ip.source, ndp_field::kHopLimit}, kPatchNeighbor, ip_protocol::kIcmpv6, bytes);
}

Template Template::ip_probe(const LinkShape& link, const IpShape& ip, uint8_t protocol) {
  const bool v4 = ip.source.is_v4();
  if (protocol == ip_protocol::kTcp) return tcp_syn(link, ip, {});
  if (protocol == ip_protocol::kUdp) return udp(link, ip, {});
  if (protocol == ip_protocol::kSctp) return sctp_init(link, ip);
  if (protocol == (v4 ? ip_protocol::kIcmpv4 : ip_protocol::kIcmpv6)) return icmp_echo(link, ip);
  if (protocol == ip_protocol::kIgmp && v4) {
    constexpr std::array<uint8_t, 8> kGeneralQuery{0x11, 0, 0xee, 0xff, 0, 0, 0, 0};  // RFC 1112; with its checksum
    return build(link, ip, kPatchPlain, protocol, kGeneralQuery);
  }
  // An error about an empty packet would quote less than the 8 bytes that a quotation must have (quote.h).
  constexpr std::array<uint8_t, QuotedProbe::kTransportMin> kQuotable{};
  return build(link, ip, kPatchPlain, protocol, kQuotable);
}

// Inlined by force: only then do the fields of the layout stay in registers through a burst.
template <PatchBody body, bool is_v4>
[[gnu::always_inline]] inline void Template::stamp_as(const PatchLayout& layout, const uint8_t* frame, uint8_t* out,
                                                      const Stamp& s) {
  copy_frame(out, frame, layout.size);
  uint8_t* const network = out + layout.network_at;
  if constexpr (body == kPatchArp) {
    s.destination.store_v4(network + arp_field::kTargetProtocol);
    return;
  }
  const addr::IpAddress destination = body == kPatchNeighbor ? solicited_node(s.destination) : s.destination;
  PatchValues v{destination.hi(), destination.lo(), uint32_t{s.source_port} << 16 | s.destination_port, s.token,
                s.ip_id};
  if constexpr (body == kPatchNeighbor) {
    multicast_mac(destination).store(out);
    patch_ipv6(network, &layout, kPatchPlain, &v, &kSctpCrc, nullptr);
    uint8_t* const transport = network + ipv6_field::kSize;
    s.destination.store_v6(transport + ndp_field::kTarget);
    patch_checksum(transport + icmpv6_field::kChecksum,
                   layout.transport_sum + raw(Sum().add(destination)) + raw(Sum().add(s.destination)));
    return;
  }
  if (layout.ethernet) s.destination_mac.store(out);
  if constexpr (is_v4) {
    patch_ipv4(network, &layout, body, &v, &kSctpCrc, nullptr);
  } else {
    patch_ipv6(network, &layout, body, &v, &kSctpCrc, nullptr);
  }
}

template <class F>
void Template::dispatch(F&& f) const {
  const auto either = [this, &f]<PatchBody body>() {
    return layout_.is_v4 ? f.template operator()<body, true>() : f.template operator()<body, false>();
  };
  switch (layout_.body) {
    case kPatchPlain:
      return either.template operator()<kPatchPlain>();
    case kPatchTcp:
      return either.template operator()<kPatchTcp>();
    case kPatchUdp:
      return either.template operator()<kPatchUdp>();
    case kPatchIcmp:
      return either.template operator()<kPatchIcmp>();
    case kPatchSctp:
      return either.template operator()<kPatchSctp>();
    case kPatchArp:
      return f.template operator()<kPatchArp, true>();
    case kPatchNeighbor:
      return f.template operator()<kPatchNeighbor, false>();
  }
}

void Template::stamp(uint8_t* out, const Stamp& s) const {
  dispatch([&]<PatchBody body, bool is_v4>() { stamp_as<body, is_v4>(layout_, frame_.data(), out, s); });
}

void Template::stamp_burst(std::span<uint8_t* const> out, std::span<const Stamp> stamps) const {
  dispatch([&]<PatchBody body, bool is_v4>() {
    const PatchLayout layout = layout_;
    const uint8_t* const frame = frame_.data();
    for (size_t i = 0; i < stamps.size(); ++i) {
      const Stamp s = stamps[i];
      stamp_as<body, is_v4>(layout, frame, out[i], s);
    }
  });
}

void Template::put_sources(std::span<uint8_t* const> frames, std::span<const addr::IpAddress> sources) const {
  const PatchLayout layout = layout_;
  const bool is_v4 = layout.is_v4 != 0, is_udp = layout.body == kPatchUdp;
  const size_t checksum_at = checksum_of(static_cast<PatchBody>(layout.body), is_v4);
  for (size_t i = 0; i < sources.size(); ++i) {
    uint8_t* const network = frames[i] + layout.network_at;
    uint64_t more = 0;
    if (is_v4) {
      const uint32_t source = patch_be32(sources[i].v4_bits());
      patch_store32(network + ipv4_field::kSource, source);
      patch_checksum(network + ipv4_field::kChecksum, sum_behind(network + ipv4_field::kChecksum, source));
      more = source;
    } else {
      sources[i].store_v6(network + ipv6_field::kSource);
      more = patch_halves(patch_be64(sources[i].hi())) + patch_halves(patch_be64(sources[i].lo()));
    }
    if (checksum_at == 0) continue;
    uint8_t* const checksum = frames[i] + layout.transport_at + checksum_at;
    if (is_udp) {
      patch_udp_checksum(checksum, sum_behind(checksum, more));
    } else {
      patch_checksum(checksum, sum_behind(checksum, more));
    }
  }
}

}  // namespace portolan::wire
