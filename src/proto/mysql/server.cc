// SPDX-License-Identifier: Apache-2.0
#include "proto/mysql/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr size_t kHeader = 4;  // length, 3 bytes little-endian, and sequence number
constexpr size_t kMostPacket = 8192;
constexpr size_t kScramble = 20;
constexpr uint32_t kGreeted = 1;  // Session::step

constexpr uint32_t kConnectWithDb = 1 << 3;
constexpr uint32_t kProtocol41 = 1 << 9;
constexpr uint32_t kSecureConnection = 1 << 15;
constexpr uint32_t kPluginAuth = 1 << 19;
constexpr uint32_t kLengthEncodedAuth = 1 << 21;

struct Release {
  std::string_view version;
  uint32_t capabilities;
  uint8_t charset;
  uint32_t mariadb;  // MariaDB's extended capabilities
};
// Without CLIENT_SSL (bit 11). MariaDB tells itself apart by a bit 0 that is clear.
constexpr std::array kReleases = {
    Release{"5.5.5-10.11.6-MariaDB-0+deb12u1", 0x81fff7fe, 45, 0x1d},
    Release{"5.5.5-10.5.23-MariaDB-0+deb11u1", 0x81fff7fe, 45, 0x07},
    Release{"5.5.5-10.3.39-MariaDB-0+deb10u1", 0x81bff7fe, 45, 0x07},
    Release{"5.7.42-0ubuntu0.18.04.1", 0x81fff7ff, 8, 0},
    Release{"5.7.44-log", 0x81fff7ff, 8, 0},
    Release{"8.0.36", 0x81fff7ff, 255, 0},
};

uint8_t low_byte(uint64_t v) { return static_cast<uint8_t>(v & 0xff); }
void le16(base::Writer& out, uint32_t v) { out.u8(low_byte(v)), out.u8(low_byte(v >> 8)); }
void le32(base::Writer& out, uint32_t v) { le16(out, v), le16(out, v >> 16); }
uint32_t load_le16(base::Bytes b) { return b[0] | uint32_t{b[1]} << 8; }
uint32_t load_le24(base::Bytes b) { return load_le16(b) | uint32_t{b[2]} << 16; }
uint32_t load_le32(base::Bytes b) { return load_le24(b) | uint32_t{b[3]} << 24; }

using Scramble = std::array<uint8_t, kScramble>;

// Random-looking, printable as servers make it, and the same whenever this conversation is asked for it.
Scramble scramble_of(const Session& s) {
  Scramble scramble;
  for (size_t i = 0; i < kScramble; ++i) {
    const uint64_t word = flow_word(s, "mysql", i / 8);
    scramble[i] = static_cast<uint8_t>('!' + (word >> (8 * (i % 8)) & 0x3f));
  }
  return scramble;
}

// Writes the header of a packet of `size` bytes.
void say_header(Answer& out, size_t size, uint8_t sequence) {
  le16(out.out(), static_cast<uint32_t>(size));
  out.out().u8(low_byte(size >> 16));
  out.out().u8(sequence);
}

void greet(Session& s, Answer& out) {
  constexpr std::string_view kPlugin = "mysql_native_password";
  const Release& release = pick(*s.persona, "mysql", kReleases);
  const Scramble scramble = scramble_of(s);
  s.step |= kGreeted;
  out.said("handshake");
  out.fact("mysql_scramble", Hex<kScramble>(scramble).text());
  base::Writer& w = out.out();
  say_header(out, 1 + release.version.size() + 1 + 4 + 8 + 1 + 7 + 1 + 10 + 13 + kPlugin.size() + 1, 0);
  w.u8(10);
  out.text(release.version);
  w.u8(0);
  le32(w, static_cast<uint32_t>(flow_word(s, "mysql", 9) & 0xffff) + 8);  // the thread's number
  w.bytes(base::Bytes(scramble).first(8));
  w.u8(0);
  le16(w, release.capabilities);
  w.u8(release.charset);
  le16(w, 2);  // status: autocommit
  le16(w, release.capabilities >> 16);
  w.u8(kScramble + 1);
  w.zeros(6);
  le32(w, release.mariadb);
  w.bytes(base::Bytes(scramble).subspan(8));
  w.u8(0);
  out.text(kPlugin);
  w.u8(0);
}

// Up to the next NUL, which is taken as well; without one all that is left.
std::string_view take_string(base::Bytes& rest) {
  const std::string_view text = text_of(rest);
  const size_t end = std::min(text.find('\0'), text.size());
  rest = rest.subspan(std::min(end + 1, rest.size()));
  return text.substr(0, end);
}

base::Bytes take(base::Bytes& rest, size_t n) {
  const base::Bytes head = rest.first(std::min(n, rest.size()));
  rest = rest.subspan(head.size());
  return head;
}

base::Bytes take_response(base::Bytes& rest, uint32_t capabilities) {
  if ((capabilities & (kSecureConnection | kLengthEncodedAuth)) == 0) return base::Bytes(bytes_of(take_string(rest)));
  const base::Bytes length = take(rest, 1);
  // A response of more than 250 bytes, whose length takes more than a byte, is not one to a scramble.
  return length.empty() || length[0] > 250 ? base::Bytes{} : take(rest, length[0]);
}

struct Login {
  std::string_view user;
  bool password = false;
};

// HandshakeResponse41, and 320 of clients before 4.1. REQUIRES: packet.size() >= 4.
Login read_login(base::Bytes packet, Answer& out) {
  const bool modern = (load_le16(packet) & kProtocol41) != 0;
  const uint32_t capabilities = modern ? load_le32(packet) : load_le16(packet);
  base::Bytes rest = packet;
  take(rest, modern ? 32 : 5);
  const std::string_view user = take_string(rest);
  const base::Bytes response = take_response(rest, capabilities);
  out.fact("mysql_user", user);
  out.fact("mysql_response", Hex<64>(response).text());
  if ((capabilities & kConnectWithDb) != 0) out.fact("mysql_database", take_string(rest));
  if ((capabilities & kPluginAuth) != 0) out.fact("mysql_plugin", take_string(rest));
  return {user, !response.empty()};
}

void deny(const Session& s, const Login& login, uint8_t sequence, Answer& out) {
  std::array<uint8_t, 512> room;
  FactList none;
  Answer text({room}, none);
  text.bytes(std::array<uint8_t, 3>{0xff, 0x15, 0x04});
  text.text("#28000");
  say(text, *s.persona, "Access denied for user '%w'@'", login.user.substr(0, 80));
  say_address(text, s.ends.client);
  text.text(login.password ? "' (using password: YES)" : "' (using password: NO)");
  out.said("1045");
  say_header(out, text.written().size(), sequence);
  out.bytes(text.written());
  out.close();
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  if (pending.size() < kHeader) return Step::more();
  const size_t size = load_le24(pending);
  if (size < kHeader || size > kMostPacket || pending[3] != 1) return Step::foreign();
  if (pending.size() < kHeader + size) return Step::more();
  if ((s.step & kGreeted) == 0) greet(s, out);
  const Login login = read_login(pending.subspan(kHeader, size), out);
  deny(s, login, 2, out);
  return Step::taken(kHeader + size);
}

// A client's answer to a greeting that it did not wait for: 41's reserved bytes tell it.
Match recognize(base::Bytes first, const Ends&) {
  constexpr size_t kReserved = kHeader + 9;
  constexpr size_t kFixed = kHeader + 32;
  if ((first.size() >= 3 && first[2] != 0) || (first.size() >= 4 && first[3] != 1)) return Match::kNo;
  if (first.size() >= 6 && (load_le16(first.subspan(4)) & kProtocol41) == 0) return Match::kNo;
  // MariaDB puts its extended capabilities into the last four of the 23.
  for (size_t i = kReserved; i < std::min(first.size(), kFixed - 4); ++i) {
    if (first[i] != 0) return Match::kNo;
  }
  if (first.size() < kFixed) return Match::kMore;
  return load_le24(first) >= 32 ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {3306};
constexpr FactName kFacts[] = {
    {"mysql_user", "the name that was given to log in"},
    {"mysql_response", "the scrambled password, in hexadecimal; empty: none was given"},
    {"mysql_scramble", "the 20 bytes that the password was scrambled with, in hexadecimal"},
    {"mysql_database", "the database that was asked for"},
    {"mysql_plugin", "the client's authentication plugin"},
};

}  // namespace

constinit const Server kMysql = {
    .name = "mysql",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
