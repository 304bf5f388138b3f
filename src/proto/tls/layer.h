// SPDX-License-Identifier: Apache-2.0
// TlsLayer: the memory of one TLS conversation: OpenSSL's connection, and the Dialogue that goes on inside.
//
// Ciphertext comes in as it was cut, ciphertext goes out through the Answer. Owned by its Session; the authority
// outlives it. Single-threaded.
#pragma once

#include <string_view>

#include "proto/dialogue.h"
#include "proto/server.h"
#include "proto/tls/authority.h"

namespace portolan::proto::tls {

class TlsLayer final : public Layer {
 public:
  // `connection`: from authority.begin(); given back at the end.
  TlsLayer(const Session& outer, TlsAuthority& authority, ssl_st* connection);
  ~TlsLayer() override;
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  // The client's next bytes, all of which are taken.
  void on_bytes(base::Nanos wall, base::Bytes bytes, Answer& out);
  void on_silence(base::Nanos wall, Answer& out) override;

 private:
  bool shake_hands(base::Nanos wall, Answer& out);
  void read_all(base::Nanos wall, Answer& out);
  template <class Say>
  void say(Answer& out, Say what);
  void end(Answer& out);
  void flush(Answer& out);

  TlsAuthority* authority_;
  ssl_st* ssl_;
  Persona persona_;  // as outside, but without TLS
  Dialogue inner_;
  bool ended_ = false;
};

}  // namespace portolan::proto::tls
