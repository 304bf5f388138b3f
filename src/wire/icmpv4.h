// SPDX-License-Identifier: Apache-2.0
// ICMP for IPv4 (RFC 792): any message, with the fields of echo, timestamp and the errors. See wire.h for the contract.
// The packet that an error quotes is read with QuotedProbe (quote.h).
#pragma once

#include <tl/expected.hpp>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/drop.h"

namespace portolan::wire {

namespace icmpv4_field {
inline constexpr size_t kType = 0;
inline constexpr size_t kCode = 1;
inline constexpr size_t kChecksum = 2;
inline constexpr size_t kRest = 4;  // identifier and sequence number, or unused, or the next-hop MTU (RFC 1191)
inline constexpr size_t kSize = 8;
inline constexpr size_t kTimestampSize = 20;  // the whole message: three times of 32 bits follow
}  // namespace icmpv4_field

namespace icmpv4_type {
inline constexpr uint8_t kEchoReply = 0;
inline constexpr uint8_t kDestinationUnreachable = 3;
inline constexpr uint8_t kSourceQuench = 4;
inline constexpr uint8_t kRedirect = 5;
inline constexpr uint8_t kEchoRequest = 8;
inline constexpr uint8_t kTimeExceeded = 11;
inline constexpr uint8_t kParameterProblem = 12;
inline constexpr uint8_t kTimestampRequest = 13;
inline constexpr uint8_t kTimestampReply = 14;
}  // namespace icmpv4_type

struct Icmpv4 {
  uint8_t type = 0;
  uint8_t code = 0;
  uint32_t rest = 0;      // the second word: identifier << 16 | sequence number in echo and timestamp
  base::Bytes payload{};  // behind the second word
};

class Icmpv4View {
 public:
  static tl::expected<Icmpv4View, Drop> check(base::Bytes message) {
    if (message.size() < icmpv4_field::kSize) return tl::unexpected(Drop::kTruncatedIcmpv4);
    return Icmpv4View(message);
  }

  uint8_t type() const { return message_[icmpv4_field::kType]; }
  uint8_t code() const { return message_[icmpv4_field::kCode]; }
  uint32_t rest() const { return base::load_be32(&message_[icmpv4_field::kRest]); }
  uint16_t identifier() const { return static_cast<uint16_t>(rest() >> 16); }
  uint16_t sequence() const { return static_cast<uint16_t>(rest()); }
  base::Bytes payload() const { return message_.subspan(icmpv4_field::kSize); }
  bool checksum_ok() const { return Sum().add(message_).ok(); }

  // The messages that quote a packet in payload().
  bool is_error() const {
    return type() == icmpv4_type::kDestinationUnreachable || type() == icmpv4_type::kSourceQuench ||
           type() == icmpv4_type::kRedirect || type() == icmpv4_type::kTimeExceeded ||
           type() == icmpv4_type::kParameterProblem;
  }
  bool is_echo_reply() const { return type() == icmpv4_type::kEchoReply && code() == 0; }
  bool is_timestamp_reply() const {
    return type() == icmpv4_type::kTimestampReply && code() == 0 && message_.size() >= icmpv4_field::kTimestampSize;
  }
  Icmpv4 value() const { return {type(), code(), rest(), payload()}; }

 private:
  friend class FrameView;
  explicit Icmpv4View(base::Bytes message) : message_(message) {}
  base::Bytes message_;
};

constexpr size_t size_of(const Icmpv4& v) { return icmpv4_field::kSize + v.payload.size(); }

inline void emit(const Icmpv4& v, base::MutableBytes out) {
  out[icmpv4_field::kType] = v.type;
  out[icmpv4_field::kCode] = v.code;
  base::store_be16(&out[icmpv4_field::kChecksum], 0);
  base::store_be32(&out[icmpv4_field::kRest], v.rest);
  if (!v.payload.empty()) std::memcpy(&out[icmpv4_field::kSize], v.payload.data(), v.payload.size());
  Sum().add(out.first(size_of(v))).store_checksum(&out[icmpv4_field::kChecksum]);
}

}  // namespace portolan::wire
