// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/certificate.h"

#include <fmt/format.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

#include "base/bytes.h"
#include "base/random.h"

namespace portolan::proto::tls {
namespace {

constexpr unsigned kKeyBits = 2048;
constexpr time_t kDay = 86400;
constexpr time_t kBackdated = 30 * kDay;
constexpr time_t kLasts = 3650 * kDay;
constexpr size_t kSerial = 16;          // bytes; positive and of constant length
constexpr size_t kMostCommonName = 64;  // RFC 5280, ub-common-name

// Only while keys are made, before the first packet.
void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make a certificate");
}

void set_serial(X509* certificate, std::array<uint8_t, kSerial> bytes) {
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x3f) | 0x40);
  ASN1_STRING_set(X509_get_serialNumber(certificate), bytes.data(), bytes.size());
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const uint8_t*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool added = made != nullptr && X509_add_ext(certificate, made, -1) == 1;
  X509_EXTENSION_free(made);
  return added;
}

// Names like those that a Windows domain gives its CA; drawn, so that two responders have nothing in common.
std::string ca_name() {
  uint64_t random = base::secure_random64();
  std::string host;
  for (int i = 0; i < 8; ++i, random /= 36) host += "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[random % 36];
  return fmt::format("SRV-{}-CA", host);
}

CertificatePtr make_ca(EVP_PKEY* key, base::Nanos wall) {
  CertificatePtr ca(X509_new());
  must(ca != nullptr);
  X509* const c = ca.get();
  std::array<uint8_t, kSerial> serial;
  base::secure_random(serial);
  set_serial(c, serial);
  const time_t from = static_cast<time_t>(wall / base::kSecond) / kDay * kDay - kBackdated;
  must(X509_set_version(c, X509_VERSION_3) == 1 && X509_set_pubkey(c, key) == 1);
  must(ASN1_TIME_set(X509_getm_notBefore(c), from) != nullptr);
  must(ASN1_TIME_set(X509_getm_notAfter(c), from + kLasts) != nullptr);
  must(add_name(X509_get_subject_name(c), "CN", ca_name()));
  must(X509_set_issuer_name(c, X509_get_subject_name(c)) == 1);
  must(add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE"));
  must(add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature"));
  must(add_extension(c, c, NID_subject_key_identifier, "hash"));
  must(X509_sign(c, key, EVP_sha256()) != 0);
  return ca;
}

// Who knows the names and not the key cannot tell whether two serial numbers are of one authority.
bool derive_serial_keys(Issuer& issuer) {
  uint8_t* der = nullptr;
  const int size = i2d_PrivateKey(issuer.ca_key.get(), &der);
  std::array<uint8_t, 32> hash{};
  const bool hashed =
      size > 0 && EVP_Digest(der, static_cast<size_t>(size), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_clear_free(der, size > 0 ? static_cast<size_t>(size) : 0);
  issuer.serial_high = {base::load_be64(hash.data()), base::load_be64(hash.data() + 8)};
  issuer.serial_low = {base::load_be64(hash.data() + 16), base::load_be64(hash.data() + 24)};
  return hashed;
}

BioPtr reader_of(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Instead of OpenSSL's own, which asks at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string what_is_wrong(const Issuer& issuer, base::Nanos wall) {
  if (issuer.ca == nullptr) return "it holds no certificate";
  if (issuer.ca_key == nullptr) return "it holds no private key (or one with a passphrase)";
  if (issuer.server_key == nullptr) return "it holds no second private key, that of the servers";
  if (X509_check_private_key(issuer.ca.get(), issuer.ca_key.get()) != 1) {
    return "its first private key is not that of its certificate";
  }
  if (X509_check_ca(issuer.ca.get()) != 1) return "its certificate is not that of a CA";
  for (const KeyPtr* key : {&issuer.ca_key, &issuer.server_key}) {
    if (EVP_PKEY_get_base_id(key->get()) != EVP_PKEY_RSA) return "its keys are not both RSA keys";
  }
  const time_t now = static_cast<time_t>(wall / base::kSecond);
  if (ASN1_TIME_cmp_time_t(X509_get0_notAfter(issuer.ca.get()), now) < 0) return "its certificate has expired";
  return {};
}

}  // namespace

Issuer Issuer::make(base::Nanos wall) {
  Issuer issuer;
  issuer.ca_key.reset(EVP_RSA_gen(kKeyBits));
  issuer.server_key.reset(EVP_RSA_gen(kKeyBits));
  must(issuer.ca_key != nullptr && issuer.server_key != nullptr);
  issuer.ca = make_ca(issuer.ca_key.get(), wall);
  must(derive_serial_keys(issuer));
  return issuer;
}

tl::expected<Issuer, std::string> Issuer::from_pem(std::string_view text, base::Nanos wall) {
  Issuer issuer;
  const BioPtr certificates = reader_of(text);
  const BioPtr keys = reader_of(text);
  issuer.ca.reset(PEM_read_bio_X509(certificates.get(), nullptr, &no_passphrase, nullptr));
  issuer.ca_key.reset(PEM_read_bio_PrivateKey(keys.get(), nullptr, &no_passphrase, nullptr));
  issuer.server_key.reset(PEM_read_bio_PrivateKey(keys.get(), nullptr, &no_passphrase, nullptr));
  std::string wrong = what_is_wrong(issuer, wall);
  if (wrong.empty() && !derive_serial_keys(issuer)) wrong = "its key cannot be used";
  ERR_clear_error();
  if (!wrong.empty()) return tl::make_unexpected(std::move(wrong));
  return issuer;
}

std::string Issuer::to_pem() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  BIO_puts(out.get(),
           "What portolan respond signs its TLS certificates with. Keep it secret: whoever trusts the CA trusts\n"
           "everyone who has this file. Certificate of the CA, its key, and the key of all servers:\n");
  must(PEM_write_bio_X509(out.get(), ca.get()) == 1);
  for (const KeyPtr* key : {&ca_key, &server_key}) {
    must(PEM_write_bio_PrivateKey(out.get(), key->get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  }
  return text_in(out.get());
}

CertificatePtr issue(const Issuer& issuer, const std::string& name, bool is_address) {
  CertificatePtr made(X509_new());
  X509* const c = made.get();
  X509* const ca = issuer.ca.get();
  if (c == nullptr) return nullptr;
  const base::Bytes hashed{reinterpret_cast<const uint8_t*>(name.data()), name.size()};
  std::array<uint8_t, kSerial> serial;
  base::store_be64(serial.data(), base::siphash_bytes(issuer.serial_high, hashed));
  base::store_be64(serial.data() + 8, base::siphash_bytes(issuer.serial_low, hashed));
  set_serial(c, serial);
  // A label has at most 63 characters, so the first one always fits.
  const std::string common = name.size() <= kMostCommonName ? name : name.substr(0, name.find('.'));
  const bool whole =
      X509_set_version(c, X509_VERSION_3) == 1 && X509_set_pubkey(c, issuer.server_key.get()) == 1 &&
      X509_set1_notBefore(c, X509_get0_notBefore(ca)) == 1 && X509_set1_notAfter(c, X509_get0_notAfter(ca)) == 1 &&
      add_name(X509_get_subject_name(c), "CN", common) && X509_set_issuer_name(c, X509_get_subject_name(ca)) == 1 &&
      add_extension(c, ca, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(c, ca, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
      add_extension(c, ca, NID_ext_key_usage, "serverAuth") &&
      add_extension(c, ca, NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + name) &&
      add_extension(c, ca, NID_subject_key_identifier, "hash") &&
      add_extension(c, ca, NID_authority_key_identifier, "keyid:always") &&
      X509_sign(c, issuer.ca_key.get(), EVP_sha256()) != 0;
  return whole ? std::move(made) : nullptr;
}

}  // namespace portolan::proto::tls
