// SPDX-License-Identifier: Apache-2.0
// Certificates (RFC 5280): the CA's, made once, and those of servers, each a pure function of keys and name.
//
// Allocates, as OpenSSL does. Any thread, as long as an Issuer is used by one.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/siphash.h"
#include "proto/tls/openssl_ptr.h"

namespace portolan::proto::tls {

// What the file of an authority holds.
struct Issuer {
  CertificatePtr ca;
  KeyPtr ca_key;
  KeyPtr server_key;           // of every server
  base::SipKey serial_high{};  // from the CA's key
  base::SipKey serial_low{};

  // Fresh keys; valid from a month before `wall` for ten years.
  static Issuer make(base::Nanos wall);
  // The error says what is missing or does not fit.
  static tl::expected<Issuer, std::string> from_pem(std::string_view text, base::Nanos wall);
  std::string to_pem() const;
};

// For a host name, or an address's text when is_address. nullptr: OpenSSL refused.
CertificatePtr issue(const Issuer& issuer, const std::string& name, bool is_address);

}  // namespace portolan::proto::tls
