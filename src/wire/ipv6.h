// SPDX-License-Identifier: Apache-2.0
// IPv6 header (RFC 8200) and the extension headers before the upper layer. See wire.h for the contract.
//
// check() walks hop-by-hop options, routing, fragment and destination options headers, at most kMaxIpv6Extensions of
// them, each bounded by the payload. An atomic fragment (RFC 6946) is a whole packet and is walked through; any other
// fragment ends the walk with is_fragment(). Other next headers are the upper layer, even if we know none of them.
// Bytes past the payload length are cut. A jumbogram (payload length 0) has no upper layer here.
#pragma once

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"
#include "wire/wire.h"

namespace portolan::wire {

namespace ipv6_field {
inline constexpr size_t kVersionClassFlow = 0;
inline constexpr size_t kPayloadLength = 4;
inline constexpr size_t kNextHeader = 6;
inline constexpr size_t kHopLimit = 7;
inline constexpr size_t kSource = 8;
inline constexpr size_t kDestination = 24;
inline constexpr size_t kSize = 40;
inline constexpr uint32_t kFlowMask = 0xfffff;
// Extension headers.
inline constexpr size_t kExtensionNext = 0;
inline constexpr size_t kExtensionLength = 1;  // in units of 8 bytes, the first 8 not counted
inline constexpr size_t kFragmentOffset = 2;   // 13 bits of offset, 2 reserved, 1 "more"
inline constexpr size_t kFragmentSize = 8;
}  // namespace ipv6_field

inline constexpr int kMaxIpv6Extensions = 8;

struct Ipv6 {
  addr::IpAddress source{};
  addr::IpAddress destination{};
  uint8_t next_header = ip_protocol::kNoNextHeader;
  uint8_t hop_limit = 64;
  uint8_t traffic_class = 0;
  uint32_t flow_label = 0;      // 20 bits
  uint16_t payload_length = 0;  // bytes behind the header

  bool operator==(const Ipv6&) const = default;
};

// Where the upper layer begins, counted from the first byte after the fixed header.
struct Ipv6UpperLayer {
  uint8_t protocol = ip_protocol::kNoNextHeader;
  uint16_t offset = 0;
  bool is_fragment = false;  // of a larger packet: what stands at offset need not be an upper-layer header
};

constexpr bool is_ipv6_extension(uint8_t next) {
  return next == ip_protocol::kHopByHop || next == ip_protocol::kRouting || next == ip_protocol::kFragment ||
         next == ip_protocol::kDestinationOptions;
}

// Walks the extension headers at the beginning of `payload`, of which the first has type `next`.
tl::expected<Ipv6UpperLayer, Drop> walk_ipv6_extensions(uint8_t next, base::Bytes payload);

class Ipv6View {
 public:
  static tl::expected<Ipv6View, Drop> check(base::Bytes bytes) {
    if (bytes.size() < ipv6_field::kSize) return tl::unexpected(Drop::kTruncatedIpv6);
    if (bytes[ipv6_field::kVersionClassFlow] >> 4 != 6) return tl::unexpected(Drop::kIpv6Version);
    const size_t length = base::load_be16(&bytes[ipv6_field::kPayloadLength]);
    if (length > bytes.size() - ipv6_field::kSize) return tl::unexpected(Drop::kIpv6PayloadLength);
    Ipv6View view(bytes.first(ipv6_field::kSize + length));
    if (view.source().is_v4() || view.destination().is_v4()) return tl::unexpected(Drop::kIpv6MappedAddress);
    const uint8_t next = bytes[ipv6_field::kNextHeader];
    view.upper_.protocol = next;
    if (is_ipv6_extension(next)) {
      const auto upper = walk_ipv6_extensions(next, view.bytes_.subspan(ipv6_field::kSize));
      if (!upper) return tl::unexpected(upper.error());
      view.upper_ = *upper;
    }
    return view;
  }

  uint8_t traffic_class() const { return static_cast<uint8_t>(first_word() >> 20); }
  uint32_t flow_label() const { return first_word() & ipv6_field::kFlowMask; }
  uint8_t hop_limit() const { return bytes_[ipv6_field::kHopLimit]; }
  addr::IpAddress source() const { return addr::IpAddress::from_v6_bytes(&bytes_[ipv6_field::kSource]); }
  addr::IpAddress destination() const { return addr::IpAddress::from_v6_bytes(&bytes_[ipv6_field::kDestination]); }
  uint8_t protocol() const { return upper_.protocol; }  // behind the extension headers
  bool is_fragment() const { return upper_.is_fragment; }
  bool has_extensions() const { return upper_.offset != 0; }
  base::Bytes payload() const { return bytes_.subspan(ipv6_field::kSize + upper_.offset); }  // of protocol()
  // The addresses, protocol and payload length as the upper layers sum them.
  Sum pseudo_header_sum() const {
    return Sum().add(bytes_.subspan(ipv6_field::kSource, 32)).add32(protocol()).add32(uint32_t(payload().size()));
  }

  // Without the extension headers.
  Ipv6 value() const {
    return {source(),
            destination(),
            protocol(),
            hop_limit(),
            traffic_class(),
            flow_label(),
            static_cast<uint16_t>(payload().size())};
  }

 private:
  explicit Ipv6View(base::Bytes bytes) : bytes_(bytes) {}
  uint32_t first_word() const { return base::load_be32(&bytes_[ipv6_field::kVersionClassFlow]); }
  base::Bytes bytes_;  // header, extension headers and payload
  Ipv6UpperLayer upper_;
};

constexpr size_t size_of(const Ipv6&) { return ipv6_field::kSize; }

inline void emit(const Ipv6& v, base::MutableBytes out) {
  base::store_be32(&out[ipv6_field::kVersionClassFlow],
                   uint32_t{6} << 28 | uint32_t{v.traffic_class} << 20 | (v.flow_label & ipv6_field::kFlowMask));
  base::store_be16(&out[ipv6_field::kPayloadLength], v.payload_length);
  out[ipv6_field::kNextHeader] = v.next_header;
  out[ipv6_field::kHopLimit] = v.hop_limit;
  v.source.store_v6(&out[ipv6_field::kSource]);
  v.destination.store_v6(&out[ipv6_field::kDestination]);
}

}  // namespace portolan::wire
