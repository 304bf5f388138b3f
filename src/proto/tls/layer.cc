// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/layer.h"

#include <array>

#include "proto/tls/openssl_ptr.h"

namespace portolan::proto::tls {
namespace {

constexpr size_t kPlain = 16384;     // bytes of one record
constexpr size_t kMostSaid = 15872;  // of one answer inside: encrypted, it fits where it would have without TLS

// Ports of protocols inside TLS whose server speaks first (IANA), and where it does so without.
constexpr std::pair<uint16_t, uint16_t> kPlainPorts[] = {{465, 25},  {990, 21},  {992, 23},
                                                         {993, 143}, {994, 194}, {995, 110}};

Ends inside(Ends ends) {
  for (const auto& [over_tls, plain] : kPlainPorts) {
    if (ends.server_port == over_tls) ends.server_port = plain;
  }
  return ends;
}

Persona without_tls(Persona persona) {
  persona.tls = nullptr;
  return persona;
}

}  // namespace

TlsLayer::TlsLayer(const Session& outer, TlsAuthority& authority, ssl_st* connection)
    : authority_(&authority),
      ssl_(connection),
      persona_(without_tls(*outer.persona)),
      inner_(persona_, inside(outer.ends), outer.wall, authority.pool()) {}

TlsLayer::~TlsLayer() { authority_->end(ssl_); }

void TlsLayer::on_bytes(base::Nanos wall, base::Bytes bytes, Answer& out) {
  if (ended_) return;
  ERR_clear_error();
  BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  if (SSL_is_init_finished(ssl_) || shake_hands(wall, out)) read_all(wall, out);
  flush(out);
}

void TlsLayer::on_silence(base::Nanos wall, Answer& out) {
  if (ended_ || !SSL_is_init_finished(ssl_)) return;
  ERR_clear_error();
  say(out, [&](Answer& plain) { inner_.on_silence(wall, plain); });
  flush(out);
}

// True when the connection stands.
bool TlsLayer::shake_hands(base::Nanos wall, Answer& out) {
  const int done = SSL_do_handshake(ssl_);
  if (done != 1) {
    if (SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ) {
      out.said("alert");
      ended_ = true;
      out.close();
    }
    return false;
  }
  out.fact("tls_version", SSL_get_version(ssl_));
  out.fact("tls_cipher", SSL_get_cipher_name(ssl_));
  out.said("handshake");
  say(out, [&](Answer& plain) { inner_.on_open(wall, plain); });
  return true;
}

void TlsLayer::read_all(base::Nanos wall, Answer& out) {
  std::array<uint8_t, kPlain> plain;
  while (!ended_) {
    const int size = SSL_read(ssl_, plain.data(), static_cast<int>(plain.size()));
    if (size <= 0) {
      // A close_notify is answered by ours; anything else but "more, please" has put an alert into the outgoing bytes.
      const int why = SSL_get_error(ssl_, size);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) end(out);
      return;
    }
    const base::Bytes bytes{plain.data(), static_cast<size_t>(size)};
    say(out, [&](Answer& answer) { inner_.on_bytes(wall, bytes, answer); });
  }
}

// Has the inner conversation answer, and encrypts that.
template <class Say>
void TlsLayer::say(Answer& out, Say what) {
  std::array<uint8_t, kMostSaid> room;
  Answer plain(room, out.facts());
  what(plain);
  if (const Server* server = inner_.server()) out.fact("tls_inner", server->name);
  if (!plain.what().empty()) out.said(plain.what());
  // What does not fit is not said, as outside.
  const base::Bytes words = plain.ok() ? plain.written() : base::Bytes{};
  const bool sent = words.empty() || SSL_write(ssl_, words.data(), static_cast<int>(words.size())) > 0;
  if (plain.aborts()) {
    ended_ = true;
    out.abort();
  } else if (plain.closes() || !sent) {
    end(out);
  }
}

void TlsLayer::end(Answer& out) {
  if (ended_) return;
  ended_ = true;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  out.close();
}

void TlsLayer::flush(Answer& out) {
  BIO* const bio = SSL_get_wbio(ssl_);
  const char* bytes = nullptr;
  const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &bytes);
  if (size > 0) out.bytes({reinterpret_cast<const uint8_t*>(bytes), static_cast<size_t>(size)});
  BIO_reset(bio);
}

}  // namespace portolan::proto::tls
