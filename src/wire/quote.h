// SPDX-License-Identifier: Apache-2.0
// QuotedProbe: the packet inside an ICMP or ICMPv6 error, read leniently, to find out whether we sent it.
//
// Routers cut it (RFC 792 promises the IP header and 8 bytes), change TTL and checksums, and some spoil the length
// field. So nothing is required of it but what is read: the IP header, and 8 bytes of transport header behind it. No
// checksum is verified: the cookie in the quoted bytes is the proof. Bounds are exact.
//
// Here source() is the side that sent the probe (ours, if it is true) and destination() the target. Borrows the bytes
// of the frame (wire.h). A value, any thread.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "wire/drop.h"

namespace portolan::wire {

class QuotedProbe {
 public:
  static constexpr size_t kTransportMin = 8;

  // `quoted` is the payload() of an Icmpv4View or Icmpv6View that is_error(); `family` is that of the error.
  static tl::expected<QuotedProbe, Drop> check(base::Bytes quoted, addr::Family family);

  addr::IpAddress source() const { return source_; }
  addr::IpAddress destination() const { return destination_; }
  uint8_t protocol() const { return protocol_; }
  // IPv4: the identification; IPv6: the low 16 bits of the flow label. Where Template puts Stamp::ip_id.
  uint16_t ip_id() const { return static_cast<uint16_t>(id_); }
  uint32_t flow_label() const { return id_; }  // REQUIRES: IPv6; 20 bits

  // From the transport header to the end of the quotation: at least 8 bytes, possibly all, possibly with extensions of
  // the ICMP error behind (RFC 4884).
  base::Bytes transport() const { return transport_; }

  // The first 8 bytes. REQUIRES: protocol() is one that has the field.
  uint16_t source_port() const { return base::load_be16(&transport_[0]); }       // TCP, UDP, SCTP
  uint16_t destination_port() const { return base::load_be16(&transport_[2]); }  // TCP, UDP, SCTP
  uint32_t tcp_sequence() const { return base::load_be32(&transport_[4]); }
  uint16_t udp_length() const { return base::load_be16(&transport_[4]); }
  uint16_t udp_checksum() const { return base::load_be16(&transport_[6]); }
  uint32_t sctp_verification_tag() const { return base::load_be32(&transport_[4]); }
  uint8_t icmp_type() const { return transport_[0]; }
  uint8_t icmp_code() const { return transport_[1]; }
  uint32_t icmp_rest() const { return base::load_be32(&transport_[4]); }  // identifier << 16 | sequence number

  // Beyond the first 8 bytes, where the quotation is long enough.
  base::Bytes udp_payload() const { return transport_.subspan(8); }
  std::optional<uint32_t> sctp_initiate_tag() const;  // of an INIT as first chunk

 private:
  QuotedProbe() = default;
  static tl::expected<QuotedProbe, Drop> check_ipv4(base::Bytes quoted);
  static tl::expected<QuotedProbe, Drop> check_ipv6(base::Bytes quoted);

  addr::IpAddress source_;
  addr::IpAddress destination_;
  base::Bytes transport_;
  uint32_t id_ = 0;
  uint8_t protocol_ = 0;
};

}  // namespace portolan::wire
