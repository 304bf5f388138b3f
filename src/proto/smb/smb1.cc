// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/smb1.h"

#include <array>

#include "proto/picks.h"
#include "proto/smb/little.h"
#include "proto/smb/log_on.h"
#include "proto/smb/ntlm.h"
#include "proto/smb/smb2.h"
#include "proto/smb/spnego.h"
#include "proto/text.h"

namespace portolan::proto::smb1 {

namespace {

using namespace smb;

constexpr uint8_t kNegotiate = 0x72;
constexpr uint8_t kSessionSetup = 0x73;
constexpr uint8_t kResponse = 0x80;
constexpr uint16_t kExtendedSecurity = 0x0800;
constexpr uint16_t kNone = 0xffff;
constexpr std::string_view kNtLm = "NT LM 0.12";
constexpr std::string_view kSmb2Any = "SMB 2.???";
constexpr std::string_view kSmb2 = "SMB 2.002";

struct Request {
  uint8_t command = 0;
  uint8_t flags = 0;
  uint16_t flags2 = 0;
  uint16_t pid_high = 0;
  uint16_t tid = 0, pid = 0, uid = 0, mid = 0;
  base::Bytes words{};
  base::Bytes data{};
  size_t data_at = 0;  // in the message
};

std::optional<Request> parse(base::Bytes message) {
  base::Reader reader(message);
  Request r;
  reader.skip(4);
  r.command = reader.u8();
  reader.skip(4);
  r.flags = reader.u8();
  r.flags2 = le16(reader);
  r.pid_high = le16(reader);
  reader.skip(8 + 2);
  r.tid = le16(reader);
  r.pid = le16(reader);
  r.uid = le16(reader);
  r.mid = le16(reader);
  r.words = reader.take(2 * size_t{reader.u8()});
  const uint16_t size = le16(reader);
  r.data_at = message.size() - reader.left();
  r.data = reader.take(size);
  if (!reader.ok()) return std::nullopt;
  return r;
}

struct Looks {
  uint8_t flags;
  uint16_t flags2;
};
constexpr Looks kMasscannedLooks = {0x98, 0xc807};
constexpr Looks kModernLooks = {0x88, 0xc801};

void put_header(const Request& r, Looks looks, uint32_t status, uint16_t uid, base::Writer& out) {
  out.bytes(bytes_of("\xffSMB"));
  out.u8(r.command);
  put_le32(out, status);
  out.u8(looks.flags);
  put_le16(out, looks.flags2);
  put_le16(out, r.pid_high);
  out.zeros(8 + 2);
  put_le16(out, r.tid);
  put_le16(out, r.pid);
  put_le16(out, uid);
  put_le16(out, r.mid);
}

void put_error(const Request& r, uint32_t status, base::Writer& out) {
  put_header(r, kModernLooks, status, r.uid, out);
  out.u8(0);
  put_le16(out, 0);
}

// The dialects of a Negotiate: for each 02, its name, 00.
class Dialects {
 public:
  explicit Dialects(base::Bytes data) : rest_(text_of(data)) {}
  // False at the end, or where it is none: then exact() tells which.
  bool next() {
    const size_t end = rest_.find('\0');
    if (rest_.empty() || rest_.front() != '\2' || end == std::string_view::npos) return false;
    name_ = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  std::string_view name() const { return name_; }
  bool exact() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  std::string_view name_;
};

// kNone: it is not offered.
uint16_t index_of(base::Bytes data, std::string_view dialect) {
  Dialects dialects(data);
  for (uint16_t i = 0; dialects.next(); ++i) {
    if (dialects.name() == dialect) return i;
  }
  return kNone;
}

bool is_exact(base::Bytes data) {
  Dialects dialects(data);
  while (dialects.next()) continue;
  return dialects.exact();
}

// The fixed part of a Negotiate response with extended security or, key_size > 0, without.
struct Terms {
  uint16_t dialect;
  uint16_t circuits;
  uint32_t longest;  // message
  uint32_t capabilities;
  uint64_t time;
  uint16_t zone;
  uint8_t key_size;
};

void put_terms(const Terms& terms, base::Writer& out) {
  out.u8(17);
  put_le16(out, terms.dialect);
  out.u8(3);          // users log on, passwords are encrypted
  put_le16(out, 50);  // requests at a time
  put_le16(out, terms.circuits);
  put_le32(out, terms.longest);
  put_le32(out, 65536);  // raw message
  put_le32(out, 0);      // session key
  put_le32(out, terms.capabilities);
  put_le64(out, terms.time);
  put_le16(out, terms.zone);
  out.u8(terms.key_size);
}

void put_data(base::Bytes head, base::Bytes rest, base::Writer& out) {
  put_le16(out, static_cast<uint16_t>(head.size() + rest.size()));
  out.bytes(head);
  out.bytes(rest);
}

void negotiate_masscanned(const Session& session, const Request& r, base::Writer& reply, Answer& out) {
  if (!is_exact(r.data)) return;
  uint16_t chosen = 0;
  std::string_view name;
  for (const std::string_view dialect : {kNtLm, kSmb2Any, kSmb2}) {
    const uint16_t index = index_of(r.data, dialect);
    if (index == kNone) continue;
    chosen = index;
    name = dialect;
    break;
  }
  out.fact("smb_dialect", name);
  put_header(r, kMasscannedLooks, status::kSuccess, r.uid, reply);
  put_terms({.dialect = chosen,
             .circuits = 50,
             .longest = 65536,
             .capabilities = 0x8001e3fc,
             .time = file_time_of_seconds(session.wall),
             .zone = 60,
             .key_size = 0},
            reply);
  std::array<uint8_t, 16 + kMostToken> room;
  base::Writer blob(room);
  blob.zeros(16);  // GUID
  put_masscanned_offer(blob);
  put_data(blob.written(), {}, reply);
  out.said("negotiate");
}

// For clients of before extended security: the challenge stands in the open, then domain and name.
void put_old_challenge(const Session& session, base::Writer& out) {
  const NetbiosName name(*session.persona);
  out.be64(flow_word(session, "smb"));
  put_utf16(out, "WORKGROUP");
  put_le16(out, 0);
  put_utf16(out, name.text());
  put_le16(out, 0);
}

void negotiate_modern(const Session& session, const Request& r, base::Writer& reply, Answer& out) {
  if (!is_exact(r.data)) return;
  out.said("negotiate");
  if (index_of(r.data, kSmb2Any) != kNone) return smb2::put_upgrade(session, smb2::kAnyDialect, reply);
  if (index_of(r.data, kSmb2) != kNone) return smb2::put_upgrade(session, 0x0202, reply);
  const uint16_t index = index_of(r.data, kNtLm);
  put_header(r, kModernLooks, status::kSuccess, r.uid, reply);
  if (index == kNone) {
    reply.u8(1);
    put_le16(reply, kNone);
    put_le16(reply, 0);
    return;
  }
  out.fact("smb_dialect", kNtLm);
  const bool extended = (r.flags2 & kExtendedSecurity) != 0;
  put_terms({.dialect = index,
             .circuits = 1,
             .longest = 16644,
             .capabilities = extended ? 0x8080f3fdu : 0x0080f3fdu,
             .time = file_time(session.wall),
             .zone = 0,
             .key_size = static_cast<uint8_t>(extended ? 0 : 8)},
            reply);
  std::array<uint8_t, 16 + kMostToken> room;
  base::Writer blob(room);
  if (extended) {
    blob.be64(host_word(session, "smb", 1));
    blob.be64(host_word(session, "smb", 2));
    put_offer(blob);
  } else {
    put_old_challenge(session, blob);
  }
  put_data(blob.written(), {}, reply);
}

void set_up_masscanned(const Request& r, base::Writer& reply, Answer& out) {
  put_header(r, kMasscannedLooks, status::kSuccess, r.uid, reply);
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_masscanned_challenge_token(blob);
  const size_t token = blob.size();
  for (int i = 0; i < 2; ++i) {  // operating system, LAN manager
    put_utf16(blob, "Windows 4.0");
    put_le16(blob, 0);
  }
  reply.u8(4);
  put_le16(reply, 0xff);  // no further command
  put_le16(reply, 0x44);
  put_le16(reply, 0);
  put_le16(reply, static_cast<uint16_t>(token));
  put_data(blob.written(), {}, reply);
  out.said("challenge");
}

void put_challenge_reply(const Session& session, const Request& r, base::Bytes token, base::Writer& reply) {
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_challenge_token(session, token, blob);
  const auto uid = static_cast<uint16_t>(0x0800 | (flow_word(session, "smb", 3) & 0x7ff));
  put_header(r, kModernLooks, status::kMoreProcessingRequired, uid, reply);
  std::array<uint8_t, 128> names_room;
  base::Writer names(names_room);
  if ((kHeader + 11 + blob.size()) % 2 != 0) names.u8(0);  // UTF-16 begins at an even place
  for (const std::string_view name : {"Windows 6.1", "Samba 4.17.12-Debian"}) {
    put_utf16(names, name);
    put_le16(names, 0);
  }
  reply.u8(4);
  put_le16(reply, 0xff);
  put_le16(reply, 0);
  put_le16(reply, 0);
  put_le16(reply, static_cast<uint16_t>(blob.size()));
  put_data(blob.written(), names.written(), reply);
}

// The form of 13 words: account and domain stand in the open behind two password fields.
void tell_old_log_on(const Request& r, Answer& out) {
  base::Reader words(r.words);
  words.skip(14);
  const size_t passwords = size_t{le16(words)} + le16(words);
  base::Reader data(r.data);
  data.skip(passwords);
  const bool unicode = (r.flags2 & 0x8000) != 0;
  if (unicode && (r.data_at + passwords) % 2 != 0) data.skip(1);
  for (const std::string_view fact : {"smb_user", "smb_domain"}) {
    const base::Bytes rest = data.rest();
    size_t end = 0;
    const size_t unit = unicode ? 2 : 1;
    while (end + unit <= rest.size() && (rest[end] != 0 || (unicode && rest[end + 1] != 0))) end += unit;
    if (end + unit > rest.size()) return;
    const base::Bytes raw = data.take(end);
    data.skip(unit);
    unicode ? out.fact(fact, from_utf16(raw).text()) : out.fact(fact, text_of(raw));
  }
}

void set_up_modern(const Session& session, const Request& r, base::Writer& reply, Answer& out) {
  constexpr size_t kExtendedWords = 24, kOldWords = 26;  // bytes
  if (r.words.size() == kOldWords) {
    tell_old_log_on(r, out);
    out.said("logon failure");
    return put_error(r, status::kLogonFailure, reply);
  }
  if (r.words.size() != kExtendedWords) return put_error(r, status::kInvalidParameter, reply);
  base::Reader words(r.words);
  words.skip(14);
  const uint16_t size = le16(words);
  if (size > r.data.size()) return put_error(r, status::kInvalidParameter, reply);
  const base::Bytes token = r.data.first(size);
  const uint32_t verdict = judge_token(token, out);
  if (verdict != status::kMoreProcessingRequired) return put_error(r, verdict, reply);
  put_challenge_reply(session, r, token, reply);
}

}  // namespace

std::optional<size_t> size_of(base::Bytes bytes) {
  if (bytes.size() <= kHeader) return std::nullopt;
  const size_t data = kHeader + 1 + 2 * size_t{bytes[kHeader]};
  if (bytes.size() < data + 2) return std::nullopt;
  return data + 2 + base::to_be(base::load_be16(&bytes[data]));
}

void serve(const Session& session, base::Bytes message, base::Writer& reply, Answer& out) {
  const auto request = parse(message);
  if (!request || (request->flags & kResponse) != 0) return;
  const bool modern = session.persona->style == Style::kModern;
  if (request->command == kNegotiate) {
    modern ? negotiate_modern(session, *request, reply, out) : negotiate_masscanned(session, *request, reply, out);
  } else if (request->command == kSessionSetup) {
    modern ? set_up_modern(session, *request, reply, out) : set_up_masscanned(*request, reply, out);
  } else if (modern) {
    out.said("bad uid");
    put_error(*request, status::kSmbBadUid, reply);
  }
}

}  // namespace portolan::proto::smb1
