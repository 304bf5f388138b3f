// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/ntlm.h"

#include <algorithm>

#include "proto/picks.h"
#include "proto/smb/little.h"
#include "proto/text.h"

namespace portolan::proto::smb {

namespace {

constexpr uint64_t kSecondsFrom1601 = 11'644'473'600;
constexpr uint64_t kTicks = 10'000'000;  // of a second
constexpr std::string_view kSignature{"NTLMSSP\0", 8};
constexpr uint32_t kFlags = 0xe28a8215;
constexpr uint32_t kUnicode = 1;
constexpr size_t kChallengeHeader = 56;

// MS-NLMP 2.2.2.1
enum class Pair : uint16_t { kEnd = 0, kComputer = 1, kDomain = 2, kDnsComputer = 3, kDnsDomain = 4, kTimestamp = 7 };

struct Names {
  std::string_view netbios;
  std::string_view dns;
};

struct Challenge {
  Names names;
  uint64_t nonce;      // as the eight bytes are read in network order
  uint64_t timestamp;  // file time
  std::array<uint8_t, 8> version;
};

void put_pair(base::Writer& out, Pair id, std::string_view text) {
  put_le16(out, static_cast<uint16_t>(id));
  put_le16(out, static_cast<uint16_t>(2 * text.size()));
  put_utf16(out, text);
}

void put_field(base::Writer& out, size_t length, size_t offset) {
  put_le16(out, static_cast<uint16_t>(length));
  put_le16(out, static_cast<uint16_t>(length));
  put_le32(out, static_cast<uint32_t>(offset));
}

void put(const Challenge& challenge, base::Writer& out) {
  const size_t target = 2 * challenge.names.netbios.size();
  const size_t info = 2 * (4 + target) + 2 * (4 + 2 * challenge.names.dns.size()) + 12 + 4;
  out.bytes(bytes_of(kSignature));
  put_le32(out, static_cast<uint32_t>(NtlmType::kChallenge));
  put_field(out, target, kChallengeHeader);
  put_le32(out, kFlags);
  out.be64(challenge.nonce);
  out.zeros(8);
  put_field(out, info, kChallengeHeader + target);
  out.bytes(challenge.version);
  put_utf16(out, challenge.names.netbios);
  put_pair(out, Pair::kDomain, challenge.names.netbios);
  put_pair(out, Pair::kComputer, challenge.names.netbios);
  put_pair(out, Pair::kDnsDomain, challenge.names.dns);
  put_pair(out, Pair::kDnsComputer, challenge.names.dns);
  put_le16(out, static_cast<uint16_t>(Pair::kTimestamp));
  put_le16(out, 8);
  put_le64(out, challenge.timestamp);
  put_le32(out, 0);  // Pair::kEnd, of no length
}

void put_utf8(ShortText& out, uint32_t c) {
  if (c < 0x80) return out.put(static_cast<char>(c));
  if (c < 0x800) {
    out.put(static_cast<char>(0xc0 | c >> 6));
  } else if (c < 0x10000) {
    out.put(static_cast<char>(0xe0 | c >> 12));
    out.put(static_cast<char>(0x80 | (c >> 6 & 63)));
  } else {
    out.put(static_cast<char>(0xf0 | c >> 18));
    out.put(static_cast<char>(0x80 | (c >> 12 & 63)));
    out.put(static_cast<char>(0x80 | (c >> 6 & 63)));
  }
  out.put(static_cast<char>(0x80 | (c & 63)));
}

// Position `at` holds length, room, offset. nullopt: the field is not within the message.
std::optional<base::Bytes> field_at(base::Bytes message, size_t at) {
  base::Reader reader(message);
  reader.skip(at);
  const uint16_t length = le16(reader);
  le16(reader);
  const uint32_t offset = le32(reader);
  if (!reader.ok() || offset > message.size() || length > message.size() - offset) return std::nullopt;
  return message.subspan(offset, length);
}

ShortText read_text(base::Bytes field, bool unicode) {
  if (unicode) return from_utf16(field);
  ShortText text;
  for (const char c : text_of(field)) text.put(c);
  return text;
}

}  // namespace

uint64_t file_time_of_seconds(base::Nanos wall) {
  return (static_cast<uint64_t>(wall / base::kSecond) + kSecondsFrom1601) * kTicks;
}

uint64_t file_time(base::Nanos wall) {
  return file_time_of_seconds(wall) + static_cast<uint64_t>(wall % base::kSecond / 100);
}

std::optional<NtlmMessage> find_ntlm(base::Bytes token) {
  const size_t at = text_of(token).find(kSignature);
  if (at == std::string_view::npos) return std::nullopt;
  base::Reader reader(token.subspan(at + kSignature.size()));
  const uint32_t type = le32(reader);
  if (!reader.ok()) return std::nullopt;
  return NtlmMessage{static_cast<NtlmType>(type), token.subspan(at)};
}

ShortText from_utf16(base::Bytes utf16) {
  ShortText text;
  base::Reader reader(utf16);
  while (reader.left() >= 2) {
    uint32_t c = le16(reader);
    if (c >= 0xd800 && c < 0xdc00 && reader.left() >= 2) {
      const uint32_t low = le16(reader);
      c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : '?';
    } else if (c >= 0xd800 && c < 0xe000) {
      c = '?';
    }
    put_utf8(text, c);
  }
  return text;
}

void put_utf16(base::Writer& out, std::string_view ascii) {
  for (const char c : ascii) put_le16(out, static_cast<uint8_t>(c));
}

std::optional<Identity> read_authenticate(base::Bytes message) {
  const auto domain = field_at(message, 28);
  const auto user = field_at(message, 36);
  const auto workstation = field_at(message, 44);
  if (!domain || !user || !workstation) return std::nullopt;
  base::Reader reader(message);
  reader.skip(60);
  // The flags are missing in the oldest form; that one is from before Unicode.
  const bool unicode = (le32(reader) & kUnicode) != 0;
  return Identity{read_text(*user, unicode), read_text(*domain, unicode), read_text(*workstation, unicode)};
}

void put_challenge(const Session& session, base::Writer& out) {
  const NetbiosName netbios(*session.persona);
  put({.names = {netbios.text(), session.persona->host_name.substr(0, 63)},
       .nonce = flow_word(session, "smb"),
       .timestamp = file_time(session.wall),
       .version = {6, 1, 0, 0, 0, 0, 0, 15}},  // Samba's
      out);
}

void put_masscanned_challenge(base::Writer& out) {
  constexpr base::Nanos kTime = 1'644'278'400 * base::kSecond;  // 2022-02-08
  put({.names = {"WIN1", "WIN1"},
       .nonce = 0x2491a8f6f3892d34,
       .timestamp = file_time_of_seconds(kTime),
       .version = {10, 0, 0x61, 0x4a, 0, 0, 0, 15}},
      out);
}

NetbiosName::NetbiosName(const Persona& persona) {
  const std::string_view host = persona.host_name;
  for (const char c : host.substr(0, std::min(host.find('.'), text_.size()))) {
    text_[size_++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  }
}

}  // namespace portolan::proto::smb
