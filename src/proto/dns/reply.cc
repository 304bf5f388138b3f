// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/reply.h"

#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::dns {

namespace {

constexpr uint32_t kTtl = 3600;
constexpr uint32_t kMasscannedTtl = 43200;
constexpr uint16_t kOurUdpSize = 1232;
constexpr uint16_t kPointToQuestion = 0xc000 | kHeader;

enum class Code : uint16_t { kNoError = 0, kFormat = 1, kNotImplemented = 4, kRefused = 5, kBadVersion = 16 };

constexpr std::array<std::string_view, 6> kVersions = {
    "9.18.28-1~deb12u2-Debian", "9.16.50-Debian", "9.18.28-0ubuntu0.22.04.1-Ubuntu", "dnsmasq-2.89",
    "unbound 1.17.1",           "dnsmasq-2.86"};

// A message being written: sections in their order, each record counted where it belongs.
class Draft {
 public:
  Draft(const Query& query, base::Writer& out) : query_(&query), out_(&out) { out_->zeros(kHeader); }

  void ask(const Question& question) {
    out_->bytes(question.name.wire());
    out_->be16(static_cast<uint16_t>(question.type));
    out_->be16(static_cast<uint16_t>(question.klass));
    ++counts_[0];
  }
  // A record of the question's name; put its contents, then close().
  void answer(Type type, Class klass) { open(1, kPointToQuestion, type, klass, kTtl); }
  void authority(uint16_t owner, Type type) { open(2, owner, type, Class::kIn, kTtl); }
  void close() { base::store_be16(&out_->written()[length_at_], static_cast<uint16_t>(out_->size() - length_at_ - 2)); }
  void options(Code code) {
    out_->u8(0);
    out_->be16(static_cast<uint16_t>(Type::kOpt));
    out_->be16(kOurUdpSize);
    out_->be32(static_cast<uint32_t>(code) >> 4 << 24);
    out_->be16(0);
    ++counts_[3];
  }
  void finish(Code code, uint16_t flags) {
    const base::MutableBytes header = out_->written();
    base::store_be16(&header[0], query_->id);
    base::store_be16(&header[2], static_cast<uint16_t>(kResponse | (query_->flags & (kOpcode | kRecursionDesired)) |
                                                       flags | (static_cast<uint16_t>(code) & 15)));
    for (size_t i = 0; i < counts_.size(); ++i) base::store_be16(&header[4 + 2 * i], counts_[i]);
  }
  base::Writer& out() { return *out_; }

 private:
  void open(size_t section, uint16_t owner, Type type, Class klass, uint32_t ttl) {
    out_->be16(owner);
    out_->be16(static_cast<uint16_t>(type));
    out_->be16(static_cast<uint16_t>(klass));
    out_->be32(ttl);
    length_at_ = out_->size();
    out_->be16(0);
    ++counts_[section];
  }

  const Query* query_;
  base::Writer* out_;
  size_t length_at_ = 0;
  std::array<uint16_t, 4> counts_{};
};

void put_label(base::Writer& out, std::string_view label) {
  out.u8(static_cast<uint8_t>(label.size()));
  out.bytes(bytes_of(label));
}

// Labels of a dotted text, as many as are labels.
void put_dotted(base::Writer& out, std::string_view dotted) {
  dotted = dotted.substr(0, 200);
  while (!dotted.empty()) {
    const size_t dot = dotted.find('.');
    const std::string_view label = dotted.substr(0, dot);
    if (label.empty() || label.size() > 63) break;
    put_label(out, label);
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  out.u8(0);
}

void put_string(base::Writer& out, std::string_view text) { put_label(out, text.substr(0, 255)); }

// The zone is what the last two labels name: its place in the message.
uint16_t zone_of(const Question& question) { return static_cast<uint16_t>(0xc000 | (kHeader + question.name.tail(2))); }

void put_in_zone(base::Writer& out, std::string_view label, uint16_t zone) {
  put_label(out, label);
  out.be16(zone);
}

void put_soa(base::Writer& out, uint16_t zone) {
  put_in_zone(out, "ns1", zone);
  put_in_zone(out, "hostmaster", zone);
  for (const uint32_t number : {2024031501u, 3600u, 900u, 604800u, 300u}) out.be32(number);
}

void put_server_address(base::Writer& out, const addr::IpAddress& address) {
  std::array<uint8_t, 16> bytes{};
  address.is_v4() ? address.store_v4(bytes.data()) : address.store_v6(bytes.data());
  out.bytes(base::Bytes(bytes).first(address.is_v4() ? 4 : 16));
}

void answer_text(Draft& draft, Class klass, std::string_view text) {
  draft.answer(Type::kTxt, klass);
  put_string(draft.out(), text);
  draft.close();
}

void answer_zone(Draft& draft, const Question& question) {
  const uint16_t zone = zone_of(question);
  if (question.type == Type::kSoa) {
    draft.answer(Type::kSoa, Class::kIn);
    put_soa(draft.out(), zone);
    return draft.close();
  }
  for (const std::string_view host : {"ns1", "ns2"}) {
    draft.answer(Type::kNs, Class::kIn);
    put_in_zone(draft.out(), host, zone);
    draft.close();
  }
}

// Everything that is not there is denied by the SOA of its zone (RFC 2308).
void deny(Draft& draft, const Question& question) {
  const uint16_t zone = zone_of(question);
  draft.authority(zone, Type::kSoa);
  put_soa(draft.out(), zone);
  draft.close();
}

void answer_internet(const Session& session, Draft& draft, const Question& question) {
  base::Writer& out = draft.out();
  const bool is_zone = question.name.tail(2) == 0;
  const Type own_type = session.ends.server.is_v4() ? Type::kA : Type::kAaaa;
  if (question.type == own_type) {
    draft.answer(own_type, Class::kIn);
    put_server_address(out, session.ends.server);
    draft.close();
  } else if (question.type == Type::kPtr) {
    draft.answer(Type::kPtr, Class::kIn);
    put_dotted(out, session.persona->host_name);
    draft.close();
  } else if (question.type == Type::kMx) {
    draft.answer(Type::kMx, Class::kIn);
    out.be16(10);
    put_in_zone(out, "mail", zone_of(question));
    draft.close();
  } else if (question.type == Type::kTxt) {
    answer_text(draft, Class::kIn, "v=spf1 mx -all");
  } else if (question.type == Type::kAny) {
    draft.answer(Type::kHinfo, Class::kIn);  // RFC 8482
    put_string(out, "RFC8482");
    put_string(out, "");
    draft.close();
  } else if (is_zone && (question.type == Type::kNs || question.type == Type::kSoa)) {
    answer_zone(draft, question);
  } else {
    deny(draft, question);
  }
}

Code answer_chaos(const Session& session, Draft& draft, const Question& question) {
  const bool text = question.type == Type::kTxt || question.type == Type::kAny;
  const auto asks = [&](std::string_view one, std::string_view other) {
    return text && (question.name.is(one) || question.name.is(other));
  };
  if (asks("version.bind", "version.server")) {
    answer_text(draft, Class::kChaos, pick(*session.persona, "dns", kVersions));
  } else if (asks("hostname.bind", "id.server")) {
    answer_text(draft, Class::kChaos, session.persona->host_name);
  } else {
    return Code::kRefused;
  }
  return Code::kNoError;
}

Code answer(const Session& session, Draft& draft, const Query& query, const Question& question) {
  if (query.edns && query.edns_version != 0) return Code::kBadVersion;
  if (question.type == Type::kAxfr || question.type == Type::kIxfr) return Code::kRefused;
  if (question.klass == Class::kChaos) return answer_chaos(session, draft, question);
  if (question.klass != Class::kIn && question.klass != Class::kAny) return Code::kRefused;
  answer_internet(session, draft, question);
  return Code::kNoError;
}

void say_header(const Query& query, Code code, uint16_t flags, base::Writer& out) {
  Draft(query, out).finish(code, flags);
}

// Without what there is no room for.
void truncate(const Query& query, const Question& question, size_t most, base::Writer& out) {
  const size_t asked = kHeader + question.name.wire().size() + 4;
  if (asked > most) return say_header(query, Code::kNoError, kTruncated, out);
  Draft draft(query, out);
  draft.ask(question);
  if (query.edns && asked + 11 <= most) draft.options(Code::kNoError);
  draft.finish(Code::kNoError, kTruncated | kAuthoritative | kRecursionAvailable);
}

}  // namespace

void reply(const Session& session, base::Bytes message, const Query& query, size_t most, base::Writer& out) {
  if (query.opcode() != 0) return say_header(query, Code::kNotImplemented, 0, out);
  size_t at = kHeader;
  const auto question = query.questions == 1 ? read_question(message, at) : std::nullopt;
  if (!question) return say_header(query, Code::kFormat, 0, out);
  std::array<uint8_t, kMostReply> room;
  base::Writer whole(room);
  Draft draft(query, whole);
  draft.ask(*question);
  const Code code = answer(session, draft, query, *question);
  if (query.edns) draft.options(code);
  draft.finish(code, code == Code::kNoError ? kAuthoritative | kRecursionAvailable : kRecursionAvailable);
  if (whole.size() > most) return truncate(query, *question, most, out);
  out.bytes(whole.written());
}

bool reply_masscanned(const Session& session, base::Bytes message, const Query& query, base::Writer& out) {
  size_t at = kHeader;
  for (uint16_t i = 0; i < query.questions; ++i) {
    const auto question = read_question(message, at);
    if (!question || question->type != Type::kA || question->klass != Class::kIn) return false;
  }
  out.be16(query.id);
  out.be16(static_cast<uint16_t>(kResponse | kAuthoritative | (query.flags & (kOpcode | kRecursionDesired))));
  out.be16(query.questions);
  out.be16(query.questions);
  out.be32(0);
  out.bytes(message.subspan(kHeader, query.questions_end - kHeader));
  at = kHeader;
  for (uint16_t i = 0; i < query.questions; ++i) {
    const auto question = read_question(message, at);
    out.bytes(question->name.wire());
    out.be16(static_cast<uint16_t>(Type::kA));
    out.be16(static_cast<uint16_t>(Class::kIn));
    out.be32(kMasscannedTtl);
    const bool v4 = session.ends.server.is_v4();
    out.be16(v4 ? 4 : 0);
    if (v4) out.be32(session.ends.server.v4_bits());
  }
  return true;
}

}  // namespace portolan::proto::dns
