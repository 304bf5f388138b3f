// SPDX-License-Identifier: Apache-2.0
// TCP segment (RFC 9293). See wire.h for the contract; options are in tcp_options.h.
#pragma once

#include <tl/expected.hpp>

#include "base/bytes.h"
#include "base/seqnum.h"
#include "wire/checksum.h"
#include "wire/drop.h"
#include "wire/tcp_options.h"
#include "wire/wire.h"

namespace portolan::wire {

namespace tcp_field {
inline constexpr size_t kSourcePort = 0;
inline constexpr size_t kDestinationPort = 2;
inline constexpr size_t kSequence = 4;
inline constexpr size_t kAcknowledgment = 8;
inline constexpr size_t kDataOffset = 12;
inline constexpr size_t kFlags = 13;
inline constexpr size_t kWindow = 14;
inline constexpr size_t kChecksum = 16;
inline constexpr size_t kUrgentPointer = 18;
inline constexpr size_t kMinSize = 20;
}  // namespace tcp_field

namespace tcp_flag {
inline constexpr uint8_t kFin = 0x01;
inline constexpr uint8_t kSyn = 0x02;
inline constexpr uint8_t kRst = 0x04;
inline constexpr uint8_t kPsh = 0x08;
inline constexpr uint8_t kAck = 0x10;
inline constexpr uint8_t kUrg = 0x20;
inline constexpr uint8_t kEce = 0x40;
inline constexpr uint8_t kCwr = 0x80;
}  // namespace tcp_flag

struct Tcp {
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  base::SeqNum sequence{};
  base::SeqNum acknowledgment{};
  uint8_t flags = 0;  // of tcp_flag
  uint16_t window = 0;
  uint16_t urgent_pointer = 0;
  base::Bytes options{};  // raw, a multiple of 4 bytes, at most 40
  base::Bytes payload{};
};

class TcpView {
 public:
  static tl::expected<TcpView, Drop> check(base::Bytes segment) {
    if (segment.size() < tcp_field::kMinSize) return tl::unexpected(Drop::kTruncatedTcp);
    const size_t header = size_t{segment[tcp_field::kDataOffset]} >> 4 << 2;
    if (header < tcp_field::kMinSize || header > segment.size()) return tl::unexpected(Drop::kTcpDataOffset);
    return TcpView(segment);
  }

  uint16_t source_port() const { return base::load_be16(&segment_[tcp_field::kSourcePort]); }
  uint16_t destination_port() const { return base::load_be16(&segment_[tcp_field::kDestinationPort]); }
  base::SeqNum sequence() const { return base::SeqNum(base::load_be32(&segment_[tcp_field::kSequence])); }
  base::SeqNum acknowledgment() const { return base::SeqNum(base::load_be32(&segment_[tcp_field::kAcknowledgment])); }
  size_t header_length() const { return size_t{segment_[tcp_field::kDataOffset]} >> 4 << 2; }
  uint8_t flags() const { return segment_[tcp_field::kFlags]; }
  bool has(uint8_t all_of) const { return (flags() & all_of) == all_of; }
  // The two answers to a SYN; both false when SYN, ACK, RST and FIN are mixed in a way no stack sends.
  bool is_syn_ack() const { return control() == (tcp_flag::kSyn | tcp_flag::kAck); }
  bool is_rst() const { return (control() & ~tcp_flag::kAck) == tcp_flag::kRst; }
  uint16_t window() const { return base::load_be16(&segment_[tcp_field::kWindow]); }  // unscaled
  uint16_t urgent_pointer() const { return base::load_be16(&segment_[tcp_field::kUrgentPointer]); }
  base::Bytes option_bytes() const {
    return segment_.subspan(tcp_field::kMinSize, header_length() - tcp_field::kMinSize);
  }
  TcpOptions options() const { return TcpOptions::read(option_bytes()); }
  base::Bytes payload() const { return segment_.subspan(header_length()); }
  bool checksum_ok(const Endpoints& ends) const {
    return pseudo_header(ends, ip_protocol::kTcp, uint32_t(segment_.size())).add(segment_).ok();
  }
  Tcp value() const {
    return {source_port(), destination_port(), sequence(),     acknowledgment(), flags(),
            window(),      urgent_pointer(),   option_bytes(), payload()};
  }

 private:
  friend class FrameView;
  explicit TcpView(base::Bytes segment) : segment_(segment) {}
  int control() const { return flags() & (tcp_flag::kSyn | tcp_flag::kAck | tcp_flag::kRst | tcp_flag::kFin); }
  base::Bytes segment_;
};

constexpr size_t size_of(const Tcp& v) { return tcp_field::kMinSize + v.options.size() + v.payload.size(); }

// Writes header, options and payload. REQUIRES: options of legal size.
inline void emit(const Tcp& v, const Endpoints& ends, base::MutableBytes out) {
  const size_t header = tcp_field::kMinSize + v.options.size();
  const size_t size = size_of(v);
  base::store_be16(&out[tcp_field::kSourcePort], v.source_port);
  base::store_be16(&out[tcp_field::kDestinationPort], v.destination_port);
  base::store_be32(&out[tcp_field::kSequence], v.sequence.value());
  base::store_be32(&out[tcp_field::kAcknowledgment], v.acknowledgment.value());
  out[tcp_field::kDataOffset] = static_cast<uint8_t>(header / 4 << 4);
  out[tcp_field::kFlags] = v.flags;
  base::store_be16(&out[tcp_field::kWindow], v.window);
  base::store_be16(&out[tcp_field::kChecksum], 0);
  base::store_be16(&out[tcp_field::kUrgentPointer], v.urgent_pointer);
  if (!v.options.empty()) std::memcpy(&out[tcp_field::kMinSize], v.options.data(), v.options.size());
  if (!v.payload.empty()) std::memcpy(&out[header], v.payload.data(), v.payload.size());
  pseudo_header(ends, ip_protocol::kTcp, uint32_t(size))
      .add(out.first(size))
      .store_checksum(&out[tcp_field::kChecksum]);
}

}  // namespace portolan::wire
