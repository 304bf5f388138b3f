// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/smb2.h"

#include <algorithm>
#include <array>

#include "proto/picks.h"
#include "proto/smb/little.h"
#include "proto/smb/log_on.h"
#include "proto/smb/ntlm.h"
#include "proto/smb/spnego.h"
#include "proto/text.h"

namespace portolan::proto::smb2 {

namespace {

using namespace smb;

constexpr uint16_t kNegotiate = 0;
constexpr uint16_t kSessionSetup = 1;
constexpr uint32_t kResponse = 1;  // flag
constexpr uint16_t kLatest = 0x0311;
constexpr size_t kNegotiateBody = 36;  // up to the dialects

struct DialectName {
  uint16_t number;
  std::string_view name;
};
constexpr DialectName kDialects[] = {
    {0x0202, "2.0.2"}, {0x0210, "2.1"},   {kAnyDialect, "2.???"}, {0x0300, "3.0"},
    {0x0302, "3.0.2"}, {0x0310, "3.1.0"}, {kLatest, "3.1.1"},
};

struct Header {
  uint16_t command = 0;
  uint32_t flags = 0;
  uint64_t message = 0;
  uint64_t process = 0;  // and tree; or the asynchronous id
  uint64_t session = 0;
};

Header read_header(base::Bytes message) {
  base::Reader reader(message);
  Header h;
  reader.skip(12);
  h.command = le16(reader);
  reader.skip(2);
  h.flags = le32(reader);
  reader.skip(4);
  h.message = le64(reader);
  h.process = le64(reader);
  h.session = le64(reader);
  return h;
}

void put_header(const Header& h, uint32_t status, base::Writer& out) {
  out.bytes(bytes_of("\xfeSMB"));
  put_le16(out, kHeader);
  put_le16(out, 0);  // credit charge
  put_le32(out, status);
  put_le16(out, h.command);
  put_le16(out, 1);  // credits
  put_le32(out, kResponse);
  put_le32(out, 0);  // no next command
  put_le64(out, h.message);
  put_le64(out, h.process);
  put_le64(out, h.session);
  out.zeros(16);
}

void put_error(const Header& h, uint32_t status, base::Writer& out) {
  put_header(h, status, out);
  put_le16(out, 9);
  out.zeros(2 + 4 + 1);
}

struct Offer {
  base::Bytes dialects{};  // 16 bits each
  base::Bytes guid{};
  base::Bytes contexts{};  // from the first to the end of the message
  uint16_t context_count = 0;

  bool has(uint16_t dialect) const {
    for (size_t i = 0; i + 1 < dialects.size(); i += 2) {
      if ((dialects[i] | dialects[i + 1] << 8) == dialect) return true;
    }
    return false;
  }
};

std::optional<Offer> read_offer(base::Bytes message) {
  base::Reader reader(message.subspan(kHeader));
  Offer offer;
  reader.skip(2);
  const uint16_t count = le16(reader);
  reader.skip(2 + 2 + 4);
  offer.guid = reader.take(16);
  const uint32_t contexts = le32(reader);
  offer.context_count = le16(reader);
  reader.skip(2);
  offer.dialects = reader.take(2 * size_t{count});
  if (!reader.ok()) return std::nullopt;
  const bool has_contexts = offer.has(kLatest) && contexts <= message.size();
  if (has_contexts) offer.contexts = message.subspan(contexts);
  if (!has_contexts) offer.context_count = 0;
  return offer;
}

// The terms of a connection.
struct Terms {
  uint16_t dialect;
  uint16_t contexts;  // as the message says; whether any follow tells has_contexts
  bool has_contexts;
  std::array<uint64_t, 2> guid;  // as read in network order
  uint32_t capabilities;
  uint32_t most;
  uint64_t time;
  uint64_t start_time;
};

// The body of a response to Negotiate, up to its contexts.
void put_terms(const Terms& terms, base::Bytes blob, base::Writer& out) {
  constexpr size_t kBlobAt = kHeader + 64;
  const size_t contexts_at = (kBlobAt + blob.size() + 7) & ~size_t{7};
  put_le16(out, 65);
  put_le16(out, 1);  // signing is possible
  put_le16(out, terms.dialect);
  put_le16(out, terms.contexts);
  out.be64(terms.guid[0]);
  out.be64(terms.guid[1]);
  put_le32(out, terms.capabilities);
  for (int i = 0; i < 3; ++i) put_le32(out, terms.most);  // of a transaction, a read, a write
  put_le64(out, terms.time);
  put_le64(out, terms.start_time);
  put_le16(out, kBlobAt);
  put_le16(out, static_cast<uint16_t>(blob.size()));
  put_le32(out, terms.has_contexts ? static_cast<uint32_t>(contexts_at) : 0);
  out.bytes(blob);
  if (terms.has_contexts) out.zeros(contexts_at - kBlobAt - blob.size());
}

void negotiate_masscanned(const Session& session, const Header& h, const Offer& offer, base::Writer& reply,
                          Answer& out) {
  const auto* const lowest = std::find_if(std::begin(kDialects), std::end(kDialects),
                                          [&](const DialectName& d) { return offer.has(d.number); });
  if (lowest == std::end(kDialects)) return;
  out.fact("smb_dialect", lowest->name);
  out.said("negotiate");
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_masscanned_offer(blob);
  const uint64_t now = file_time_of_seconds(session.wall);
  put_header(h, status::kSuccess, reply);
  // It says "one context" and has none: the field is reserved below 3.1.1, and there as well.
  put_terms({.dialect = lowest->number,
             .contexts = 1,
             .has_contexts = false,
             .guid = {base::load_be64(offer.guid.data()), base::load_be64(&offer.guid[8])},
             .capabilities = 1,
             .most = 65536,
             .time = now,
             .start_time = now},
            blob.written(), reply);
}

Terms modern_terms(const Session& session, uint16_t dialect) {
  const bool large = dialect != 0x0202 && dialect != kAnyDialect;
  return {.dialect = dialect,
          .contexts = 0,
          .has_contexts = false,
          .guid = {host_word(session, "smb", 1), host_word(session, "smb", 2)},
          .capabilities = large ? 7u : 1u,  // DFS, leases, more than 64 KiB at once
          .most = large ? 8388608u : 65536u,
          .time = file_time(session.wall),
          .start_time = 0};
}

// MS-SMB2, 2.2.3.1
constexpr uint16_t kPreauthentication = 1;
constexpr uint16_t kEncryption = 2;
constexpr uint16_t kSha512 = 1;
constexpr std::array<uint16_t, 4> kCiphers = {2, 1, 4, 3};  // AES-GCM before AES-CCM, 128 bits before 256

// Whether the client names a cipher; the first of ours that it has.
std::optional<uint16_t> choose_cipher(const Offer& offer) {
  base::Reader reader(offer.contexts);
  for (uint16_t i = 0; i < offer.context_count && reader.ok(); ++i) {
    const uint16_t type = le16(reader);
    const uint16_t size = le16(reader);
    reader.skip(4);
    base::Reader value(reader.take(size));
    reader.take(std::min<size_t>(-size_t{size} & 7, reader.left()));
    if (type != kEncryption) continue;
    const base::Bytes ciphers = value.take(2 * size_t{le16(value)});
    const auto has = [&](uint16_t cipher) {
      for (size_t at = 0; at + 1 < ciphers.size(); at += 2) {
        if ((ciphers[at] | ciphers[at + 1] << 8) == cipher) return true;
      }
      return false;
    };
    const auto* const chosen = std::find_if(kCiphers.begin(), kCiphers.end(), has);
    if (chosen != kCiphers.end()) return *chosen;
  }
  return std::nullopt;
}

void put_contexts(const Session& session, std::optional<uint16_t> cipher, base::Writer& out) {
  constexpr uint16_t kSalt = 32;
  put_le16(out, kPreauthentication);
  put_le16(out, 6 + kSalt);
  put_le32(out, 0);
  put_le16(out, 1);
  put_le16(out, kSalt);
  put_le16(out, kSha512);
  for (uint32_t i = 0; i < kSalt / 8; ++i) out.be64(flow_word(session, "smb", 16 + i));
  if (!cipher) return;
  out.zeros(-size_t{6 + kSalt} & 7);
  put_le16(out, kEncryption);
  put_le16(out, 4);
  put_le32(out, 0);
  put_le16(out, 1);
  put_le16(out, *cipher);
}

void put_modern(const Header& h, const Terms& terms, base::Writer& reply) {
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_offer(blob);
  put_header(h, status::kSuccess, reply);
  put_terms(terms, blob.written(), reply);
}

void negotiate_modern(const Session& session, const Header& h, const Offer& offer, base::Writer& reply, Answer& out) {
  out.said("negotiate");
  constexpr std::array<uint16_t, 5> kOurs = {kLatest, 0x0302, 0x0300, 0x0210, 0x0202};
  const auto* const best = std::find_if(kOurs.begin(), kOurs.end(), [&](uint16_t d) { return offer.has(d); });
  if (best == kOurs.end()) return put_error(h, status::kNotSupported, reply);
  const auto* const named =
      std::find_if(std::begin(kDialects), std::end(kDialects), [&](const DialectName& d) { return d.number == *best; });
  out.fact("smb_dialect", named->name);
  Terms terms = modern_terms(session, *best);
  const auto cipher = choose_cipher(offer);
  if (*best == kLatest) terms.contexts = cipher ? 2 : 1, terms.has_contexts = true;
  put_modern(h, terms, reply);
  if (*best == kLatest) put_contexts(session, cipher, reply);
}

void tell_dialects(const Offer& offer, Answer& out) {
  ShortText text;
  for (size_t i = 0; i + 1 < offer.dialects.size(); i += 2) {
    if (i != 0) text.put(',');
    const Hex<2> number(std::array<uint8_t, 2>{offer.dialects[i + 1], offer.dialects[i]});
    for (const char c : number.text()) text.put(c);
  }
  out.fact("smb_dialects", text.text());
}

void negotiate(const Session& session, const Header& h, base::Bytes message, base::Writer& reply, Answer& out) {
  const auto offer = read_offer(message);
  if (!offer) return;
  tell_dialects(*offer, out);
  session.persona->style == Style::kModern ? negotiate_modern(session, h, *offer, reply, out)
                                           : negotiate_masscanned(session, h, *offer, reply, out);
}

void put_challenge_reply(const Header& h, uint32_t status, base::Bytes blob, base::Writer& reply) {
  put_header(h, status, reply);
  put_le16(reply, 9);
  put_le16(reply, 0);  // session flags
  put_le16(reply, kHeader + 8);
  put_le16(reply, static_cast<uint16_t>(blob.size()));
  reply.bytes(blob);
}

// Where the token of a Session Setup stands in the message: offset, length.
struct Place {
  size_t at = 0;
  size_t size = 0;
};
std::optional<Place> token_place(base::Bytes message) {
  base::Reader reader(message);
  reader.skip(kHeader + 12);
  const uint16_t at = le16(reader);
  const uint16_t size = le16(reader);
  reader.skip(8);
  if (!reader.ok()) return std::nullopt;
  return Place{at, size};
}

void set_up_modern(const Session& session, Header h, base::Bytes message, base::Writer& reply, Answer& out) {
  const auto place = token_place(message);
  if (!place) return;
  if (place->at > message.size() || place->size > message.size() - place->at) {
    return put_error(h, status::kInvalidParameter, reply);
  }
  const base::Bytes token = message.subspan(place->at, place->size);
  const uint32_t verdict = judge_token(token, out);
  if (verdict != status::kMoreProcessingRequired) return put_error(h, verdict, reply);
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_challenge_token(session, token, blob);
  if (h.session == 0) h.session = flow_word(session, "smb", 3) | 1;
  put_challenge_reply(h, verdict, blob.written(), reply);
}

void set_up(const Session& session, const Header& h, base::Bytes message, base::Writer& reply, Answer& out) {
  if (session.persona->style == Style::kModern) return set_up_modern(session, h, message, reply, out);
  std::array<uint8_t, kMostToken> room;
  base::Writer blob(room);
  put_masscanned_challenge_token(blob);
  put_challenge_reply(h, status::kSuccess, blob.written(), reply);
  out.said("challenge");
}

// Behind the dialects stand the contexts, each at a multiple of eight.
std::optional<size_t> size_of_contexts(base::Bytes bytes, size_t end) {
  const auto offer = read_offer(bytes.first(end));
  if (!offer || !offer->has(kLatest)) return end;
  base::Reader reader(bytes.subspan(kHeader + 28));
  size_t at = le32(reader);
  for (uint16_t left = le16(reader); left != 0; --left) {
    if (at > bytes.size() || bytes.size() - at < 8) return std::nullopt;
    const size_t size = base::to_be(base::load_be16(&bytes[at + 2]));
    end = at + 8 + size;
    at = (end + 7) & ~size_t{7};
  }
  return end;
}

}  // namespace

std::optional<size_t> size_of(base::Bytes bytes) {
  if (bytes.size() < kHeader) return std::nullopt;
  const uint16_t command = read_header(bytes).command;
  if (command == kSessionSetup) {
    const auto place = token_place(bytes);
    if (!place) return std::nullopt;
    return std::max(place->at + place->size, kHeader + 24);
  }
  if (command != kNegotiate) return kHeader;
  if (bytes.size() < kHeader + kNegotiateBody) return std::nullopt;
  const size_t dialects = base::to_be(base::load_be16(&bytes[kHeader + 2]));
  const size_t end = kHeader + kNegotiateBody + 2 * dialects;
  if (bytes.size() < end) return std::nullopt;
  return size_of_contexts(bytes, end);
}

void serve(const Session& session, base::Bytes message, base::Writer& reply, Answer& out) {
  const Header h = read_header(message);
  if ((h.flags & kResponse) != 0) return;
  if (h.command == kNegotiate) return negotiate(session, h, message, reply, out);
  if (h.command == kSessionSetup) return set_up(session, h, message, reply, out);
  if (session.persona->style == Style::kMasscanned) return;
  out.said("no session");
  put_error(h, status::kUserSessionDeleted, reply);
}

void put_upgrade(const Session& session, uint16_t dialect, base::Writer& reply) {
  put_modern(Header{}, modern_terms(session, dialect), reply);
}

}  // namespace portolan::proto::smb2
