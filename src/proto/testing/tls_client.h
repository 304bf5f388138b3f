// SPDX-License-Identifier: Apache-2.0
// A TLS client of OpenSSL's over memory BIOs, and a responder's side for it to talk to. For tests only.
#pragma once

#include <gtest/gtest.h>

#include "proto/dialogue.h"
#include "proto/tls/authority.h"
#include "proto/tls/openssl_ptr.h"

namespace portolan::proto::testing {

using addr::IpAddress;
using tls::BioPtr;
using tls::CertificatePtr;
using tls::ContextPtr;

inline constexpr base::Nanos kWall = 1'700'000'000 * base::kSecond;
inline const IpAddress kServer = IpAddress::v4(0xc6336407);
inline const IpAddress kServer6 = IpAddress::v6(base::make_u128(0x20010db800000000, 7));

// Keys take time to make: once for all tests.
inline const std::string& pem() {
  static const std::string text = TlsAuthority::make_pem(kWall);
  return text;
}
inline std::unique_ptr<TlsAuthority> authority(uint32_t most = 16) {
  return std::move(TlsAuthority::from_pem(pem(), kWall, most).value());
}

struct ClientPlan {
  std::string name = "www.example.org";
  int version = TLS1_3_VERSION;
  const char* ciphers = nullptr;  // for TLS 1.2 and below
  std::vector<uint8_t> alpn{};
  std::string trusted{};  // PEM of a CA; empty: nothing is verified
  std::string host{};     // to verify
};

class Client {
 public:
  explicit Client(const ClientPlan& plan) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* const c = context_.get();
    SSL_CTX_set_security_level(c, 0);
    SSL_CTX_set_min_proto_version(c, plan.version);
    SSL_CTX_set_max_proto_version(c, plan.version);
    if (plan.ciphers != nullptr) SSL_CTX_set_cipher_list(c, plan.ciphers);
    if (!plan.trusted.empty()) {
      const BioPtr in(BIO_new_mem_buf(plan.trusted.data(), static_cast<int>(plan.trusted.size())));
      const CertificatePtr ca(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
      X509_STORE_add_cert(SSL_CTX_get_cert_store(c), ca.get());
      SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
      X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(c), kWall / base::kSecond);
    }
    ssl_ = SSL_new(c);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    if (!plan.name.empty()) SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, const_cast<char*>(plan.name.c_str()));
    if (!plan.host.empty()) SSL_set1_host(ssl_, plan.host.c_str());
    SSL_set_alpn_protos(ssl_, plan.alpn.data(), static_cast<unsigned>(plan.alpn.size()));
  }
  ~Client() { SSL_free(ssl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  SSL* ssl() { return ssl_; }
  std::string out() {
    std::string bytes = tls::text_in(SSL_get_wbio(ssl_));
    BIO_reset(SSL_get_wbio(ssl_));
    return bytes;
  }
  void in(std::string_view bytes) { BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size())); }
  bool shaken() {
    SSL_do_handshake(ssl_);
    return SSL_is_init_finished(ssl_) == 1;
  }
  std::string read() {
    std::string all(65536, '\0');
    size_t have = 0;
    for (int n = 0; (n = SSL_read(ssl_, all.data() + have, static_cast<int>(all.size() - have))) > 0;) {
      have += static_cast<size_t>(n);
    }
    all.resize(have);
    return all;
  }
  CertificatePtr certificate() { return CertificatePtr(SSL_get1_peer_certificate(ssl_)); }

 private:
  ContextPtr context_;
  SSL* ssl_ = nullptr;
};

// The responder's side of one connection.
class Responder {
 public:
  Responder(TlsAuthority* authority, uint16_t port, const IpAddress& server = kServer)
      : persona_(persona_of(authority)),
        dialogue_(persona_, {IpAddress::v4(0xc0000209), server, 40000, port, Transport::kTcp}, kWall, pool_) {}

  std::string open() {
    return answer([&](Answer& a) { dialogue_.on_open(kWall, a); });
  }
  std::string bytes(std::string_view some) {
    const std::vector<uint8_t> exact(some.begin(), some.end());
    return answer([&](Answer& a) { dialogue_.on_bytes(kWall, exact, a); });
  }
  std::string silence() {
    return answer([&](Answer& a) { dialogue_.on_silence(kWall, a); });
  }
  std::string fact(std::string_view name) const {
    for (const Fact& f : facts_.all()) {
      if (f.name == name) return std::string(f.value);
    }
    return "-";
  }
  bool closed() const { return closed_; }
  Dialogue& dialogue() { return dialogue_; }

 private:
  static Persona persona_of(TlsAuthority* authority) {
    Persona persona;
    persona.host_name = "mx1.example.org";
    persona.tls = authority;
    return persona;
  }
  template <class Call>
  std::string answer(Call call) {
    std::vector<uint8_t> room(16384);
    Answer a(room, facts_);
    call(a);
    EXPECT_TRUE(a.ok());
    closed_ = closed_ || a.closes() || a.aborts();
    return {a.written().begin(), a.written().end()};
  }

  Persona persona_;
  base::BufferPool pool_{4};
  FactList facts_;
  Dialogue dialogue_;
  bool closed_ = false;
};

// Carries bytes both ways, `cut` at a time towards the responder, until both are silent.
inline void carry(Client& client, Responder& responder, size_t cut = SIZE_MAX) {
  client.shaken();
  for (std::string some = client.out(); !some.empty(); some = client.out()) {
    for (size_t at = 0; at < some.size(); at += std::min(cut, some.size() - at)) {
      client.in(responder.bytes(std::string_view(some).substr(at, cut)));
    }
    client.shaken();
  }
}
inline std::string ask(Client& client, Responder& responder, std::string_view question, size_t cut = SIZE_MAX) {
  carry(client, responder, cut);
  SSL_write(client.ssl(), question.data(), static_cast<int>(question.size()));
  carry(client, responder, cut);
  return client.read();
}
inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n";

}  // namespace portolan::proto::testing
