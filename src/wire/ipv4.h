// SPDX-License-Identifier: Apache-2.0
// IPv4 header (RFC 791), with options. See wire.h for the contract.
//
// The one door test: 20 <= IHL*4 <= total length <= bytes given. Bytes past the total length (Ethernet padding) are
// cut.
#pragma once

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"

namespace portolan::wire {

namespace ipv4_field {
inline constexpr size_t kVersionIhl = 0;
inline constexpr size_t kTos = 1;
inline constexpr size_t kTotalLength = 2;
inline constexpr size_t kIdentification = 4;
inline constexpr size_t kFlagsOffset = 6;
inline constexpr size_t kTtl = 8;
inline constexpr size_t kProtocol = 9;
inline constexpr size_t kChecksum = 10;
inline constexpr size_t kSource = 12;
inline constexpr size_t kDestination = 16;
inline constexpr size_t kMinSize = 20;
inline constexpr uint16_t kDontFragment = 0x4000;
inline constexpr uint16_t kMoreFragments = 0x2000;
inline constexpr uint16_t kOffsetMask = 0x1fff;
}  // namespace ipv4_field

struct Ipv4 {
  addr::IpAddress source = addr::IpAddress::v4(0);       // IPv4
  addr::IpAddress destination = addr::IpAddress::v4(0);  // IPv4
  uint8_t protocol = 0;
  uint8_t ttl = 64;
  uint8_t tos = 0;  // DSCP and ECN
  uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  uint16_t fragment_offset = 0;  // in units of 8 bytes, 13 bits
  base::Bytes options{};         // a multiple of 4 bytes, at most 40
  uint16_t payload_length = 0;   // bytes behind the header
};

class Ipv4View {
 public:
  static tl::expected<Ipv4View, Drop> check(base::Bytes bytes) {
    if (bytes.size() < ipv4_field::kMinSize) return tl::unexpected(Drop::kTruncatedIpv4);
    if (bytes[ipv4_field::kVersionIhl] >> 4 != 4) return tl::unexpected(Drop::kIpv4Version);
    const size_t header = size_t{bytes[ipv4_field::kVersionIhl] & 0x0fu} * 4;
    const size_t total = base::load_be16(&bytes[ipv4_field::kTotalLength]);
    if (header < ipv4_field::kMinSize || header > total) return tl::unexpected(Drop::kIpv4HeaderLength);
    if (total > bytes.size()) return tl::unexpected(Drop::kIpv4TotalLength);
    return Ipv4View(bytes.first(total));
  }

  size_t header_length() const { return size_t{bytes_[ipv4_field::kVersionIhl] & 0x0fu} * 4; }
  uint16_t total_length() const { return static_cast<uint16_t>(bytes_.size()); }
  uint8_t tos() const { return bytes_[ipv4_field::kTos]; }
  uint16_t identification() const { return base::load_be16(&bytes_[ipv4_field::kIdentification]); }
  bool dont_fragment() const { return (flags_offset() & ipv4_field::kDontFragment) != 0; }
  bool more_fragments() const { return (flags_offset() & ipv4_field::kMoreFragments) != 0; }
  uint16_t fragment_offset() const { return flags_offset() & ipv4_field::kOffsetMask; }  // units of 8 bytes
  bool is_fragment() const { return (flags_offset() & (ipv4_field::kMoreFragments | ipv4_field::kOffsetMask)) != 0; }
  uint8_t ttl() const { return bytes_[ipv4_field::kTtl]; }
  uint8_t protocol() const { return bytes_[ipv4_field::kProtocol]; }
  addr::IpAddress source() const { return addr::IpAddress::from_v4_bytes(&bytes_[ipv4_field::kSource]); }
  addr::IpAddress destination() const { return addr::IpAddress::from_v4_bytes(&bytes_[ipv4_field::kDestination]); }
  base::Bytes options() const { return bytes_.subspan(ipv4_field::kMinSize, header_length() - ipv4_field::kMinSize); }
  base::Bytes payload() const { return bytes_.subspan(header_length()); }
  bool checksum_ok() const { return Sum().add(bytes_.first(header_length())).ok(); }
  // The addresses, protocol and payload length as TCP and UDP sum them.
  Sum pseudo_header_sum() const {
    return Sum().add(bytes_.subspan(ipv4_field::kSource, 8)).add32(protocol()).add32(uint32_t(payload().size()));
  }

  Ipv4 value() const {
    return {source(),
            destination(),
            protocol(),
            ttl(),
            tos(),
            identification(),
            dont_fragment(),
            more_fragments(),
            fragment_offset(),
            options(),
            static_cast<uint16_t>(payload().size())};
  }

 private:
  explicit Ipv4View(base::Bytes bytes) : bytes_(bytes) {}
  uint16_t flags_offset() const { return base::load_be16(&bytes_[ipv4_field::kFlagsOffset]); }
  base::Bytes bytes_;  // header and payload
};

// The header alone.
constexpr size_t size_of(const Ipv4& v) { return ipv4_field::kMinSize + v.options.size(); }

// Writes the header with its checksum. REQUIRES: IPv4 addresses, options of legal size, total length below 65536.
inline void emit(const Ipv4& v, base::MutableBytes out) {
  const size_t header = size_of(v);
  out[ipv4_field::kVersionIhl] = static_cast<uint8_t>(0x40 | header / 4);
  out[ipv4_field::kTos] = v.tos;
  base::store_be16(&out[ipv4_field::kTotalLength], static_cast<uint16_t>(header + v.payload_length));
  base::store_be16(&out[ipv4_field::kIdentification], v.identification);
  const int flags =
      (v.dont_fragment ? ipv4_field::kDontFragment : 0) | (v.more_fragments ? ipv4_field::kMoreFragments : 0);
  base::store_be16(&out[ipv4_field::kFlagsOffset],
                   static_cast<uint16_t>(flags | (v.fragment_offset & ipv4_field::kOffsetMask)));
  out[ipv4_field::kTtl] = v.ttl;
  out[ipv4_field::kProtocol] = v.protocol;
  base::store_be16(&out[ipv4_field::kChecksum], 0);
  v.source.store_v4(&out[ipv4_field::kSource]);
  v.destination.store_v4(&out[ipv4_field::kDestination]);
  if (!v.options.empty()) std::memcpy(&out[ipv4_field::kMinSize], v.options.data(), v.options.size());
  Sum().add(out.first(header)).store_checksum(&out[ipv4_field::kChecksum]);
}

}  // namespace portolan::wire
