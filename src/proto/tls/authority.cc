// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/authority.h"

#include <algorithm>
#include <list>
#include <unordered_map>

#include "proto/tls/certificate.h"

namespace portolan::proto {
namespace {

using tls::CertificatePtr;
using tls::ContextPtr;
using tls::Issuer;

constexpr size_t kMostHostName = 253;
constexpr size_t kMostLabel = 63;

// What may be agreed on by ALPN, the dearest first (RFC 7301): what the servers inside can speak.
constexpr std::string_view kAlpn[] = {"http/1.1", "http/1.0", "imap", "pop3", "ftp", "mqtt"};

int choose_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                unsigned offered_size, void*) {
  for (const std::string_view ours : kAlpn) {
    for (unsigned at = 0; at + 1 < offered_size && at + 1 + offered[at] <= offered_size; at += 1u + offered[at]) {
      const std::string_view theirs{reinterpret_cast<const char*>(offered + at + 1), offered[at]};
      if (theirs != ours) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

// The certificate is chosen before the handshake; this only has the name acknowledged, as servers with names do.
int acknowledge_name(SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; }

ContextPtr make_context() {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const c = context.get();
  if (c == nullptr) return nullptr;
  SSL_CTX_set_security_level(c, 0);
  const bool set = SSL_CTX_set_min_proto_version(c, TLS1_VERSION) == 1 && SSL_CTX_set_max_proto_version(c, 0) == 1 &&
                   SSL_CTX_set_cipher_list(c, "ALL:!aNULL:!eNULL:!kPSK:!kSRP:!kDHE:@SECLEVEL=0") == 1;
  if (!set) return nullptr;
  SSL_CTX_set_options(
      c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(c, 0);
  SSL_CTX_set_recv_max_early_data(c, 0);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_alpn_select_cb(c, &choose_alpn, nullptr);
  // The macro for this has a cast of the old style.
  SSL_CTX_callback_ctrl(c, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(&acknowledge_name));
  return context;
}

// The certificates of the latest names.
class Cache {
 public:
  X509* find(const std::string& name) {
    const auto found = index_.find(name);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return order_.front().certificate.get();
  }
  X509* keep(const std::string& name, CertificatePtr certificate) {
    if (order_.size() >= TlsAuthority::kCachedCertificates) {
      index_.erase(order_.back().name);
      order_.pop_back();
    }
    order_.push_front({name, std::move(certificate)});
    index_[name] = order_.begin();
    return order_.front().certificate.get();
  }

 private:
  struct Entry {
    std::string name;
    CertificatePtr certificate;
  };
  std::list<Entry> order_;  // the latest first
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace

namespace tls {

std::optional<std::string> clean_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMostHostName) return std::nullopt;
  std::string clean;
  size_t label = 0;
  bool digits_only = true;  // of the last label: then it is an address or nothing
  for (const char c : name) {
    const char l = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if (l == '.') {
      if (label == 0 || clean.back() == '-') return std::nullopt;
      label = 0;
      digits_only = true;
    } else {
      const bool digit = l >= '0' && l <= '9';
      const bool inner = l == '-' && label != 0;
      if (!digit && !inner && l != '_' && !(l >= 'a' && l <= 'z')) return std::nullopt;
      if (++label > kMostLabel) return std::nullopt;
      digits_only = digits_only && digit;
    }
    clean += l;
  }
  if (label == 0 || clean.back() == '-' || digits_only) return std::nullopt;
  return clean;
}

}  // namespace tls

class TlsAuthority::Core {
 public:
  Core(Issuer issuer, ContextPtr context, uint32_t most_layers)
      : pool_(most_layers), issuer_(std::move(issuer)), context_(std::move(context)), most_layers_(most_layers) {}

  X509* certificate(std::string_view server_name, const addr::IpAddress& address) {
    const std::optional<std::string> host = tls::clean_host_name(server_name);
    const std::string name = host ? *host : address.to_string();
    if (X509* known = cache_.find(name)) return known;
    CertificatePtr made = tls::issue(issuer_, name, !host);
    return made == nullptr ? nullptr : cache_.keep(name, std::move(made));
  }

  SSL* begin(std::string_view server_name, const addr::IpAddress& address) {
    if (alive_ >= most_layers_) return nullptr;
    ERR_clear_error();
    X509* const shown = certificate(server_name, address);
    SSL* const ssl = shown == nullptr ? nullptr : SSL_new(context_.get());
    if (ssl == nullptr) return nullptr;
    ++alive_;
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, in, out);
    const bool ready = in != nullptr && out != nullptr && SSL_use_certificate(ssl, shown) == 1 &&
                       SSL_use_PrivateKey(ssl, issuer_.server_key.get()) == 1;
    if (!ready) {
      end(ssl);
      return nullptr;
    }
    SSL_set_accept_state(ssl);
    return ssl;
  }

  void end(SSL* ssl) {
    SSL_free(ssl);
    --alive_;
  }

  const Issuer& issuer() const { return issuer_; }
  uint32_t alive() const { return alive_; }
  base::BufferPool pool_;

 private:
  Issuer issuer_;
  ContextPtr context_;
  Cache cache_;
  uint32_t most_layers_;
  uint32_t alive_ = 0;
};

TlsAuthority::TlsAuthority(std::unique_ptr<Core> core) : core_(std::move(core)) {}
TlsAuthority::~TlsAuthority() = default;

TlsAuthority::Result TlsAuthority::from_pem(std::string_view text, base::Nanos wall, uint32_t most_layers) {
  auto issuer = Issuer::from_pem(text, wall);
  if (!issuer) return tl::make_unexpected(issuer.error());
  ContextPtr context = make_context();
  if (context == nullptr) return tl::make_unexpected(std::string("OpenSSL cannot make a server"));
  auto core = std::make_unique<Core>(std::move(*issuer), std::move(context), most_layers);
  return std::unique_ptr<TlsAuthority>(new TlsAuthority(std::move(core)));
}

std::string TlsAuthority::make_pem(base::Nanos wall) { return Issuer::make(wall).to_pem(); }

std::unique_ptr<TlsAuthority> TlsAuthority::ephemeral(base::Nanos wall, uint32_t most_layers) {
  return std::move(from_pem(make_pem(wall), wall, most_layers).value());
}

std::vector<uint8_t> TlsAuthority::certificate(std::string_view server_name, const addr::IpAddress& address) {
  X509* const found = core_->certificate(server_name, address);
  const int size = found == nullptr ? 0 : i2d_X509(found, nullptr);
  if (size <= 0) return {};
  std::vector<uint8_t> der(static_cast<size_t>(size));
  uint8_t* at = der.data();
  i2d_X509(found, &at);
  return der;
}

std::string TlsAuthority::ca_certificate() const {
  const tls::BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), core_->issuer().ca.get());
  return tls::text_in(out.get());
}

ssl_st* TlsAuthority::begin(std::string_view server_name, const addr::IpAddress& address) {
  return core_->begin(server_name, address);
}
void TlsAuthority::end(ssl_st* connection) { core_->end(connection); }
uint32_t TlsAuthority::alive() const { return core_->alive(); }
base::BufferPool& TlsAuthority::pool() { return core_->pool_; }

}  // namespace portolan::proto
