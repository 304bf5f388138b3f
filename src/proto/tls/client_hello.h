// SPDX-License-Identifier: Apache-2.0
// ClientHello: the first message of a TLS client (RFC 8446 4.1.2, RFC 5246 7.4.1.2), read for what it tells of him.
//
// Not for the handshake, which OpenSSL reads for itself: this is for the log, for the choice of a certificate, and for
// refusing without the cost of a connection. assemble_hello() puts the message together from records; check() is the
// only door to a ClientHello, whose spans are views into the bytes that it was given. Lists are bounded and even-sized
// where they hold 16-bit numbers. An extension whose body is malformed counts as present and empty; of two of a kind
// the first counts. Nothing here allocates but numbers(). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace portolan::proto::tls {

inline constexpr size_t kRecordHeader = 5;
inline constexpr size_t kMostFragment = 16384;  // bytes of one record's plaintext (RFC 8446 5.1)
inline constexpr uint8_t kHandshakeRecord = 22;
inline constexpr uint8_t kClientHelloMessage = 1;

// Of extensions (IANA "TLS ExtensionType Values"), those that are looked into.
namespace extension {
inline constexpr uint16_t kServerName = 0;
inline constexpr uint16_t kGroups = 10;
inline constexpr uint16_t kPointFormats = 11;
inline constexpr uint16_t kSignatureAlgorithms = 13;
inline constexpr uint16_t kAlpn = 16;
inline constexpr uint16_t kSupportedVersions = 43;
}  // namespace extension

struct HelloBytes {
  enum class State : uint8_t {
    kMore,   // it has begun well and is not whole
    kWhole,  // `body` is it, without the message's header
    kBad     // these are not records of a handshake that begins with a ClientHello, or it is too long
  };
  State state = State::kMore;
  base::Bytes body{};  // into `stream`, or into `room` when several records hold it
};
// stream: all bytes of the connection so far. A message longer than `room` is kBad.
HelloBytes assemble_hello(base::Bytes stream, base::MutableBytes room);

class ClientHello {
 public:
  // nullopt: its own lengths contradict each other or the size.
  static std::optional<ClientHello> check(base::Bytes body);

  uint16_t legacy_version() const { return version_; }
  base::Bytes cipher_suites() const { return ciphers_; }  // 16-bit numbers, as are these:
  base::Bytes groups() const { return groups_; }
  base::Bytes signature_algorithms() const { return signature_algorithms_; }
  base::Bytes supported_versions() const { return supported_versions_; }
  base::Bytes point_formats() const { return point_formats_; }  // 8-bit numbers

  bool has_server_name() const { return has_server_name_; }
  std::string_view server_name() const { return server_name_; }  // any bytes; empty: none, or malformed
  base::Bytes alpn() const { return alpn_; }                     // names, each after its length of one byte

  // The types of the extensions, in their order.
  template <class Each>
  void each_extension(Each&& each) const {
    for (base::Bytes rest = extensions_; !rest.empty();) {
      each(base::load_be16(rest.data()));
      rest = rest.subspan(4 + size_t{base::load_be16(rest.data() + 2)});
    }
  }

 private:
  ClientHello() = default;
  bool walk_extensions();
  void look_into(uint16_t type, base::Bytes body);

  uint16_t version_ = 0;
  bool has_server_name_ = false;
  std::string_view server_name_;
  base::Bytes ciphers_, extensions_, groups_, point_formats_, signature_algorithms_, supported_versions_, alpn_;
};

// Values that clients strew in to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a and so on.
constexpr bool is_grease(uint16_t v) { return (v & 0x0f0f) == 0x0a0a && (v >> 8) == (v & 0xff); }
// A list's 16-bit numbers in their order, without GREASE.
std::vector<uint16_t> numbers(base::Bytes list);

}  // namespace portolan::proto::tls
