// SPDX-License-Identifier: Apache-2.0
#include "proto/ssh/kex_init.h"

#include <openssl/evp.h>

#include <memory>

#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::ssh {

namespace {

constexpr uint32_t kMostPacket = 15000;  // a KEXINIT is a tenth of it; a packet must fit where bytes are kept
constexpr uint32_t kLeastPacket = 5;
constexpr size_t kLeastPadding = 4;
constexpr size_t kBlock = 8;

// As OpenSSH 9 offers them, both directions alike.
constexpr std::string_view kOurKex =
    "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
    "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
    "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com";
constexpr std::string_view kOurHostKeys = "rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519";
constexpr std::string_view kOurCiphers =
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";
constexpr std::string_view kOurMacs =
    "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
    "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";
constexpr std::string_view kOurCompression = "none,zlib@openssh.com";
constexpr std::array<std::string_view, 10> kOurLists = {
    kOurKex, kOurHostKeys, kOurCiphers, kOurCiphers, kOurMacs, kOurMacs, kOurCompression, kOurCompression, "", ""};

void put_text(base::Writer& out, std::string_view text) {
  out.be32(static_cast<uint32_t>(text.size()));
  out.bytes(bytes_of(text));
}

// The head of a packet for a payload; returns how much padding must follow it.
size_t open_packet(base::Writer& out, size_t payload) {
  const size_t bare = 4 + 1 + payload + kLeastPadding;
  const size_t padding = kLeastPadding + (-bare & (kBlock - 1));
  out.be32(static_cast<uint32_t>(1 + payload + padding));
  out.u8(static_cast<uint8_t>(padding));
  return padding;
}

std::string_view take_list(base::Reader& reader) { return text_of(reader.take(reader.be32())); }

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};

}  // namespace

Packet first_packet(base::Bytes bytes) {
  if (bytes.size() < 5) return {};
  const uint32_t length = base::load_be32(bytes.data());
  const uint8_t padding = bytes[4];
  const bool sound = length >= kLeastPacket && length <= kMostPacket && padding >= kLeastPadding &&
                     padding + 2u <= length && (length + 4) % kBlock == 0;
  if (!sound) return {.kind = Packet::Kind::kBad};
  if (bytes.size() < 4 + size_t{length}) return {};
  return {Packet::Kind::kWhole, bytes.subspan(5, length - 1 - padding), 4 + size_t{length}};
}

std::optional<KexInit> parse_kex_init(base::Bytes payload) {
  base::Reader reader(payload);
  reader.skip(1 + 16);
  KexInit offer;
  offer.kex = take_list(reader);
  offer.host_keys = take_list(reader);
  offer.ciphers = take_list(reader);
  take_list(reader);
  offer.macs = take_list(reader);
  take_list(reader);
  offer.compression = take_list(reader);
  take_list(reader);
  take_list(reader);
  take_list(reader);
  reader.skip(1 + 4);
  if (!reader.ok() || reader.left() != 0) return std::nullopt;
  return offer;
}

Hassh hassh_of(const KexInit& offer) {
  // Made once: beginning again with the same algorithm allocates nothing.
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
  Hassh hassh;
  if (digest == nullptr || EVP_DigestInit_ex(digest.get(), EVP_md5(), nullptr) != 1) return hassh;
  std::string_view between;
  for (const std::string_view part : {offer.kex, offer.ciphers, offer.macs, offer.compression}) {
    EVP_DigestUpdate(digest.get(), between.data(), between.size());
    EVP_DigestUpdate(digest.get(), part.data(), part.size());
    between = ";";
  }
  std::array<uint8_t, 16> md5;
  hassh.known = EVP_DigestFinal_ex(digest.get(), md5.data(), nullptr) == 1;
  const Hex<16> hex(md5);
  std::copy(hex.text().begin(), hex.text().end(), hassh.digits.begin());
  return hassh;
}

void put_kex_init(base::Writer& out, base::Bytes cookie) {
  size_t payload = 1 + 16 + 1 + 4;
  for (const std::string_view list : kOurLists) payload += 4 + list.size();
  const size_t padding = open_packet(out, payload);
  out.u8(message::kKexInit);
  out.bytes(cookie);
  for (const std::string_view list : kOurLists) put_text(out, list);
  out.u8(0);    // no guess follows
  out.be32(0);  // reserved
  out.zeros(padding);
}

void put_disconnect(base::Writer& out, uint32_t reason, std::string_view description) {
  const size_t padding = open_packet(out, 1 + 4 + 4 + description.size() + 4);
  out.u8(message::kDisconnect);
  out.be32(reason);
  put_text(out, description);
  put_text(out, "");  // language
  out.zeros(padding);
}

}  // namespace portolan::proto::ssh
