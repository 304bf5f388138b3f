// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/server.h"

#include <array>

#include "proto/tls/authority.h"
#include "proto/tls/client_hello.h"
#include "proto/tls/fingerprint.h"
#include "proto/tls/layer.h"

namespace portolan::proto {

namespace {

using tls::ClientHello;
using tls::HelloBytes;

constexpr uint8_t kNewestMinor = 4;  // of a record; all that are in use say 1 or 3

// Descriptions of a fatal alert (RFC 8446 6).
constexpr uint8_t kDecodeError = 50;
constexpr uint8_t kProtocolVersion = 70;
constexpr uint8_t kInternalError = 80;

// SSL 2's CLIENT-HELLO, also when it offers more (RFC 6101 E).
namespace ssl2 {
constexpr size_t kHeader = 11;        // up to the challenge's length
constexpr size_t kLengthsBefore = 9;  // of what the record's length counts
constexpr uint8_t kClientHello = 1;
}  // namespace ssl2

Match match_record(base::Bytes first) {
  const std::array<bool (*)(base::Bytes), 6> fits = {
      [](base::Bytes b) { return b[0] == tls::kHandshakeRecord; },
      [](base::Bytes b) { return b[1] == 3; },
      [](base::Bytes b) { return b[2] <= kNewestMinor; },
      [](base::Bytes b) { return b[3] <= tls::kMostFragment >> 8; },
      [](base::Bytes b) {
        const size_t size = base::load_be16(b.data() + 3);
        return size != 0 && size <= tls::kMostFragment;
      },
      [](base::Bytes b) { return b[5] == tls::kClientHelloMessage; },
  };
  for (size_t i = 0; i < fits.size(); ++i) {
    if (i >= first.size()) return Match::kMore;
    if (!fits[i](first)) return Match::kNo;
  }
  return Match::kYes;
}

Match match_ssl2(base::Bytes first) {
  if (!first.empty() && (first[0] & 0x80) == 0) return Match::kNo;
  if (first.size() > 2 && first[2] != ssl2::kClientHello) return Match::kNo;
  if (first.size() > 3 && first[3] != 0 && first[3] != 3) return Match::kNo;
  if (first.size() < ssl2::kHeader) return Match::kMore;
  const size_t record = base::load_be16(first.data()) & 0x7fff;
  const uint16_t version = base::load_be16(first.data() + 3);
  const size_t suites = base::load_be16(first.data() + 5);
  const size_t session_id = base::load_be16(first.data() + 7);
  const size_t challenge = base::load_be16(first.data() + 9);
  const bool consistent = suites != 0 && suites % 3 == 0 && challenge >= 16 && challenge <= 32 &&
                          record == ssl2::kLengthsBefore + suites + session_id + challenge;
  const bool known = version == 0x0002 || (version >= 0x0300 && version <= 0x0300 + kNewestMinor);
  return consistent && known ? Match::kYes : Match::kNo;
}

Match recognize(base::Bytes first, const Ends&) {
  const Match record = match_record(first);
  return record == Match::kNo ? match_ssl2(first) : record;
}

// Ends the conversation without a connection of OpenSSL's.
Step refuse(base::Bytes pending, uint8_t minor, uint8_t description, Answer& out) {
  const std::array<uint8_t, 7> alert = {21, 3, minor, 0, 2, 2, description};
  out.bytes(alert);
  out.said("alert");
  out.close();
  return Step::taken(pending.size());
}

void tell(const ClientHello& hello, Answer& out) {
  out.fact("tls_ja4", tls::ja4(hello));
  out.fact("tls_ja3", tls::ja3(hello));
  if (!hello.server_name().empty()) out.fact("tls_sni", hello.server_name());
  if (!hello.alpn().empty()) out.fact("tls_alpn", tls::alpn_text(hello));
}

Step begin(Session& session, base::Bytes pending, Answer& out) {
  if (const Match old = match_ssl2(pending); old != Match::kNo) {
    if (old == Match::kMore) return Step::more();
    out.fact("tls_version", "SSLv2");
    return session.persona->tls == nullptr ? Step::foreign() : refuse(pending, 0, kProtocolVersion, out);
  }
  std::array<uint8_t, base::BufferPool::kBlock> room;
  const HelloBytes bytes = tls::assemble_hello(pending, room);
  if (bytes.state == HelloBytes::State::kMore) return Step::more();
  const auto hello = bytes.state == HelloBytes::State::kWhole ? ClientHello::check(bytes.body) : std::nullopt;
  if (hello) tell(*hello, out);
  TlsAuthority* const authority = session.persona->tls;
  if (authority == nullptr) return Step::foreign();
  const uint8_t minor = std::min<uint8_t>(pending.size() > 2 ? pending[2] : 1, 3);
  if (!hello) return refuse(pending, minor, kDecodeError, out);
  ssl_st* const connection = authority->begin(hello->server_name(), session.ends.server);
  if (connection == nullptr) return refuse(pending, minor, kInternalError, out);
  auto layer = std::make_unique<tls::TlsLayer>(session, *authority, connection);
  layer->on_bytes(session.wall, pending, out);
  session.layer = std::move(layer);
  return Step::taken(pending.size());
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (session.layer == nullptr) return begin(session, pending, out);
  static_cast<tls::TlsLayer&>(*session.layer).on_bytes(session.wall, pending, out);
  return Step::taken(pending.size());
}

constexpr uint16_t kPorts[] = {443, 8443};
constexpr FactName kFacts[] = {
    {"tls_ja4", "JA4 of the ClientHello."},
    {"tls_ja3", "JA3 of the ClientHello: 32 hexadecimal digits."},
    {"tls_sni", "The server name that the client asked for."},
    {"tls_alpn", "The protocols that the client offered by ALPN, in its order, separated by commas."},
    {"tls_version", "The version agreed on."},
    {"tls_cipher", "The cipher suite agreed on, by OpenSSL's name."},
    {"tls_inner", "The protocol recognised inside."},
};

}  // namespace

const Server kTls = {
    .name = "tls",
    .tcp = true,
    .recognize = &recognize,
    .serve = &serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
