// SPDX-License-Identifier: Apache-2.0
// KEXINIT: the algorithms that either side of SSH offers (RFC 4253, 7.1), and the packets around them (section 6).
//
// Before the keys are changed packets are plain: length, padding length, payload, padding. Views, pure functions.
// hassh_of keeps a digest context per thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/cursor.h"

namespace portolan::proto::ssh {

namespace message {
inline constexpr uint8_t kDisconnect = 1;
inline constexpr uint8_t kIgnore = 2;
inline constexpr uint8_t kUnimplemented = 3;
inline constexpr uint8_t kDebug = 4;
inline constexpr uint8_t kKexInit = 20;
}  // namespace message

namespace disconnect {
inline constexpr uint32_t kProtocolError = 2;
inline constexpr uint32_t kKeyExchangeFailed = 3;
}  // namespace disconnect

// A packet in front of the bytes.
struct Packet {
  enum class Kind : uint8_t { kMore, kWhole, kBad };
  Kind kind = Kind::kMore;
  base::Bytes payload{};  // at least one byte, the message number
  size_t size = 0;        // of the packet
};
Packet first_packet(base::Bytes bytes);

// What a client offers, in the order of its message; comma-separated names.
struct KexInit {
  std::string_view kex;
  std::string_view host_keys;
  std::string_view ciphers;  // client to server, as are the next two
  std::string_view macs;
  std::string_view compression;
};
// nullopt: the message is cut or overfull.
std::optional<KexInit> parse_kex_init(base::Bytes payload);

// The MD5 of "kex;ciphers;macs;compression" in hexadecimal (github.com/salesforce/hassh); empty: there is no MD5 here.
struct Hassh {
  std::array<char, 32> digits{};
  bool known = false;
  std::string_view text() const { return {digits.data(), known ? digits.size() : 0}; }
};
Hassh hassh_of(const KexInit& offer);

// Our packets.
void put_kex_init(base::Writer& out, base::Bytes cookie);  // REQUIRES: 16 bytes of cookie
void put_disconnect(base::Writer& out, uint32_t reason, std::string_view description);

}  // namespace portolan::proto::ssh
