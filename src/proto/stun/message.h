// SPDX-License-Identifier: Apache-2.0
// Binding: a STUN binding request as views into the datagram that holds it (RFC 8489, sections 5 and 14; RFC 3489).
//
// And the numbers of the protocol. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::stun {

inline constexpr uint32_t kCookie = 0x2112a442;
inline constexpr size_t kHeader = 20;  // type, length of the attributes, cookie, transaction

namespace type {
inline constexpr uint16_t kBindingRequest = 0x0001;
inline constexpr uint16_t kBindingSuccess = 0x0101;
inline constexpr uint16_t kBindingError = 0x0111;
}  // namespace type

namespace attribute {
inline constexpr uint16_t kMappedAddress = 0x0001;
inline constexpr uint16_t kChangeRequest = 0x0003;
inline constexpr uint16_t kSourceAddress = 0x0004;   // RFC 3489
inline constexpr uint16_t kChangedAddress = 0x0005;  // RFC 3489
inline constexpr uint16_t kUsername = 0x0006;
inline constexpr uint16_t kErrorCode = 0x0009;
inline constexpr uint16_t kUnknownAttributes = 0x000a;
inline constexpr uint16_t kXorMappedAddress = 0x0020;
inline constexpr uint16_t kFirstOptional = 0x8000;  // from here on they may be ignored
inline constexpr uint16_t kSoftware = 0x8022;
inline constexpr uint16_t kFingerprint = 0x8028;
}  // namespace attribute

struct Binding {
  bool classic = false;       // RFC 3489: without the cookie
  base::Bytes transaction{};  // 16 bytes, the cookie among them
  bool well_formed = true;    // the attributes fill the message exactly
  bool change_address = false;
  bool change_port = false;
  bool fingerprint = false;
  std::string_view software{};
  std::string_view username{};
  // Attributes that must be understood and are not; those beyond the array are not told.
  std::array<uint16_t, 4> unknown{};
  size_t unknown_count = 0;
};

// REQUIRES: at least kHeader bytes, and as many behind as the header says.
Binding parse_binding(base::Bytes message);

// The value of the FINGERPRINT of a message, given all before it with the length that counts it (RFC 8489, 14.7).
uint32_t fingerprint_of(base::Bytes message);

}  // namespace portolan::proto::stun
