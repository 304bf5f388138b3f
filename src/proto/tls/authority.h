// SPDX-License-Identifier: Apache-2.0
// TlsAuthority: who signs the certificates that a responder shows, and what all its TLS connections share.
//
// One file in PEM holds everything that is kept between runs: certificate and RSA key of a CA, and one RSA key for all
// servers. A certificate for a server name is a pure function of that file and the name (RSA PKCS#1 v1.5 signatures
// have no randomness, the serial number is a keyed hash, the dates are the CA's): the same client sees the same bytes
// tomorrow, and strangers who make up names fill no disk. The latest kCachedCertificates are kept in memory.
//
// The names come from strangers: one that is not a host name is answered by a certificate for the server's address.
// Live connections are bounded. TLS 1.0 to 1.3, without renegotiation, tickets, resumption and early data, at OpenSSL's
// security level 0, since a responder wants to hear old clients too: nothing worth hiding goes through it.
// Files and exceptions-free errors at start only; afterwards it allocates (OpenSSL does). Outlives its connections.
// Single-threaded: several threads open the file once each, and say the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/ip_address.h"
#include "base/buffer_pool.h"
#include "base/clock.h"

struct ssl_st;  // OpenSSL's SSL

namespace portolan::proto {

class TlsAuthority {
 public:
  static constexpr uint32_t kMostLayers = 1024;
  static constexpr size_t kCachedCertificates = 1024;
  using Result = tl::expected<std::unique_ptr<TlsAuthority>, std::string>;

  // Reads the file, or makes it, whole or not at all and for its owner's eyes alone, when there is none. `wall`: now,
  // Unix epoch. most_layers: connections alive at once. The error names the file, what is wrong and the cure.
  static Result open(const std::string& path, base::Nanos wall, uint32_t most_layers = kMostLayers);
  // From the text of such a file; the error is the reason alone.
  static Result from_pem(std::string_view text, base::Nanos wall, uint32_t most_layers = kMostLayers);
  // The text of a new one, fresh keys within. Takes some tenths of a second.
  static std::string make_pem(base::Nanos wall);
  // Of this process alone.
  static std::unique_ptr<TlsAuthority> ephemeral(base::Nanos wall, uint32_t most_layers = kMostLayers);

  ~TlsAuthority();
  TlsAuthority(const TlsAuthority&) = delete;
  TlsAuthority& operator=(const TlsAuthority&) = delete;

  // The certificate that a client who asks for `server_name` at `address` is shown (DER).
  std::vector<uint8_t> certificate(std::string_view server_name, const addr::IpAddress& address);
  // The CA's, in PEM, for those who want their clients to trust it.
  std::string ca_certificate() const;

  // For the server: a connection that awaits its ClientHello on memory BIOs; nullptr when as many as there may be are
  // alive. To be given back.
  ssl_st* begin(std::string_view server_name, const addr::IpAddress& address);
  void end(ssl_st* connection);
  uint32_t alive() const;
  base::BufferPool& pool();  // for what is inside

 private:
  class Core;
  explicit TlsAuthority(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

namespace tls {

// The name in lower case without a dot at the end; nullopt when it is not a host name (RFC 1123 2.1; underscores are
// let through) or is longer than 253 characters.
std::optional<std::string> clean_host_name(std::string_view name);

}  // namespace tls
}  // namespace portolan::proto
