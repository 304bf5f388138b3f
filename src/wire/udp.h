// SPDX-License-Identifier: Apache-2.0
// UDP datagram (RFC 768). See wire.h for the contract.
//
// The length field rules: 8 <= length <= bytes given; what stands behind it is cut. A zero checksum means "none" over
// IPv4 and is refused over IPv6 (RFC 8200, 8.1) by FrameView.
#pragma once

#include <tl/expected.hpp>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"
#include "wire/wire.h"

namespace portolan::wire {

namespace udp_field {
inline constexpr size_t kSourcePort = 0;
inline constexpr size_t kDestinationPort = 2;
inline constexpr size_t kLength = 4;
inline constexpr size_t kChecksum = 6;
inline constexpr size_t kSize = 8;
}  // namespace udp_field

struct Udp {
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  base::Bytes payload{};
};

class UdpView {
 public:
  static tl::expected<UdpView, Drop> check(base::Bytes bytes) {
    if (bytes.size() < udp_field::kSize) return tl::unexpected(Drop::kTruncatedUdp);
    const size_t length = base::load_be16(&bytes[udp_field::kLength]);
    if (length < udp_field::kSize || length > bytes.size()) return tl::unexpected(Drop::kUdpLength);
    return UdpView(bytes.first(length));
  }

  uint16_t source_port() const { return base::load_be16(&datagram_[udp_field::kSourcePort]); }
  uint16_t destination_port() const { return base::load_be16(&datagram_[udp_field::kDestinationPort]); }
  uint16_t length() const { return static_cast<uint16_t>(datagram_.size()); }  // header included
  bool has_checksum() const { return base::load_be16(&datagram_[udp_field::kChecksum]) != 0; }
  base::Bytes payload() const { return datagram_.subspan(udp_field::kSize); }
  // REQUIRES: has_checksum(), else the answer is about nothing.
  bool checksum_ok(const Endpoints& ends) const {
    return pseudo_header(ends, ip_protocol::kUdp, length()).add(datagram_).ok();
  }
  Udp value() const { return {source_port(), destination_port(), payload()}; }

 private:
  friend class FrameView;
  explicit UdpView(base::Bytes datagram) : datagram_(datagram) {}
  base::Bytes datagram_;
};

constexpr size_t size_of(const Udp& v) { return udp_field::kSize + v.payload.size(); }

// Always with a checksum. REQUIRES: payload of at most 65527 bytes.
inline void emit(const Udp& v, const Endpoints& ends, base::MutableBytes out) {
  const size_t size = size_of(v);
  base::store_be16(&out[udp_field::kSourcePort], v.source_port);
  base::store_be16(&out[udp_field::kDestinationPort], v.destination_port);
  base::store_be16(&out[udp_field::kLength], static_cast<uint16_t>(size));
  base::store_be16(&out[udp_field::kChecksum], 0);
  if (!v.payload.empty()) std::memcpy(&out[udp_field::kSize], v.payload.data(), v.payload.size());
  pseudo_header(ends, ip_protocol::kUdp, uint32_t(size))
      .add(out.first(size))
      .store_udp_checksum(&out[udp_field::kChecksum]);
}

}  // namespace portolan::wire
