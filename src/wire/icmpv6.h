// SPDX-License-Identifier: Apache-2.0
// ICMPv6 (RFC 4443): any message, with the fields of echo and the errors. See wire.h for the contract.
// Neighbor Discovery messages are read with NeighborView (ndp.h), quoted packets with QuotedProbe (quote.h).
#pragma once

#include <tl/expected.hpp>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"
#include "wire/wire.h"

namespace portolan::wire {

namespace icmpv6_field {
inline constexpr size_t kType = 0;
inline constexpr size_t kCode = 1;
inline constexpr size_t kChecksum = 2;
inline constexpr size_t kRest = 4;  // identifier and sequence number, or unused, or the MTU
inline constexpr size_t kSize = 8;
}  // namespace icmpv6_field

namespace icmpv6_type {
inline constexpr uint8_t kDestinationUnreachable = 1;
inline constexpr uint8_t kPacketTooBig = 2;
inline constexpr uint8_t kTimeExceeded = 3;
inline constexpr uint8_t kParameterProblem = 4;
inline constexpr uint8_t kEchoRequest = 128;
inline constexpr uint8_t kEchoReply = 129;
inline constexpr uint8_t kNeighborSolicitation = 135;
inline constexpr uint8_t kNeighborAdvertisement = 136;
}  // namespace icmpv6_type

struct Icmpv6 {
  uint8_t type = 0;
  uint8_t code = 0;
  uint32_t rest = 0;      // the second word: identifier << 16 | sequence number in echo
  base::Bytes payload{};  // behind the second word
};

class Icmpv6View {
 public:
  static tl::expected<Icmpv6View, Drop> check(base::Bytes message) {
    if (message.size() < icmpv6_field::kSize) return tl::unexpected(Drop::kTruncatedIcmpv6);
    return Icmpv6View(message);
  }

  uint8_t type() const { return message_[icmpv6_field::kType]; }
  uint8_t code() const { return message_[icmpv6_field::kCode]; }
  uint32_t rest() const { return base::load_be32(&message_[icmpv6_field::kRest]); }
  uint16_t identifier() const { return static_cast<uint16_t>(rest() >> 16); }
  uint16_t sequence() const { return static_cast<uint16_t>(rest()); }
  base::Bytes payload() const { return message_.subspan(icmpv6_field::kSize); }
  bool checksum_ok(const Endpoints& ends) const {
    return pseudo_header(ends, ip_protocol::kIcmpv6, uint32_t(message_.size())).add(message_).ok();
  }

  bool is_error() const { return type() < 128; }  // these quote a packet in payload() (RFC 4443, 2.1)
  bool is_echo_reply() const { return type() == icmpv6_type::kEchoReply && code() == 0; }
  bool is_neighbor() const {
    return type() == icmpv6_type::kNeighborSolicitation || type() == icmpv6_type::kNeighborAdvertisement;
  }
  base::Bytes message() const { return message_; }
  Icmpv6 value() const { return {type(), code(), rest(), payload()}; }

 private:
  friend class FrameView;
  explicit Icmpv6View(base::Bytes message) : message_(message) {}
  base::Bytes message_;
};

constexpr size_t size_of(const Icmpv6& v) { return icmpv6_field::kSize + v.payload.size(); }

// The checksum covers the addresses.
inline void emit(const Icmpv6& v, const Endpoints& ends, base::MutableBytes out) {
  const size_t size = size_of(v);
  out[icmpv6_field::kType] = v.type;
  out[icmpv6_field::kCode] = v.code;
  base::store_be16(&out[icmpv6_field::kChecksum], 0);
  base::store_be32(&out[icmpv6_field::kRest], v.rest);
  if (!v.payload.empty()) std::memcpy(&out[icmpv6_field::kSize], v.payload.data(), v.payload.size());
  pseudo_header(ends, ip_protocol::kIcmpv6, uint32_t(size))
      .add(out.first(size))
      .store_checksum(&out[icmpv6_field::kChecksum]);
}

}  // namespace portolan::wire
