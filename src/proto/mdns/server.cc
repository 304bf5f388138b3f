// SPDX-License-Identifier: Apache-2.0
#include "proto/mdns/server.h"

#include "proto/mdns/names.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

using mdns::Name;

constexpr uint16_t kPort = 5353;
constexpr size_t kHeader = 12;
constexpr uint16_t kA = 1, kPtr = 12, kTxt = 16, kAaaa = 28, kSrv = 33, kAny = 255;
constexpr uint16_t kInternet = 1, kFlush = 0x8000;
constexpr size_t kMostQuestions = 8;

struct Service {
  std::string_view type;
  uint16_t port;
};
constexpr std::array kServices = {Service{"_ssh._tcp.local", 22}, Service{"_http._tcp.local", 80}};
constexpr std::string_view kDirectory = "_services._dns-sd._udp.local";

struct Question {
  Name name;
  uint16_t type = 0;
  uint16_t sort = 0;  // class
};

bool read_question(base::Bytes message, size_t& at, Question& question) {
  if (!question.name.read(message, at) || message.size() - at < 4) return false;
  question.type = base::load_be16(&message[at]);
  question.sort = base::load_be16(&message[at + 2]) & 0x7fff;
  at += 4;
  return true;
}

std::string_view label_of(const Persona& persona) {
  return persona.host_name.substr(0, std::min<size_t>(persona.host_name.find('.'), 63));
}

// Writes records and counts them.
class Records {
 public:
  Records(const Session& s, Answer& out)
      : s_(s), out_(out.out()), legacy_(s.ends.client_port != kPort), host_(label_of(*s.persona)) {
    host_.add("local");
  }

  uint16_t count() const { return count_; }

  void answer(const Question& q) {
    if (q.sort != kInternet && q.sort != kAny) return;
    if (q.name.is(host_.text())) return address(q);
    if (q.name.is(kDirectory) && wants(q, kPtr)) {
      for (const Service& service : kServices) pointer(q.name, Name(service.type));
    }
    for (const Service& service : kServices) {
      Name instance(label_of(*s_.persona));
      instance.add(service.type);
      if (q.name.is(service.type) && wants(q, kPtr)) pointer(q.name, instance);
      if (q.name.is(instance.text())) describe(q, service);
    }
  }

 private:
  static bool wants(const Question& q, uint16_t type) { return q.type == type || q.type == kAny; }

  void head(const Name& name, uint16_t type, bool shared, size_t size) {
    // Whoever is not an mDNS resolver must not be told to flush his cache, nor to keep anything long (RFC 6762, 6.7).
    constexpr uint32_t kLegacyTtl = 10, kTtl = 120;
    name.write(out_);
    out_.be16(type);
    out_.be16(shared || legacy_ ? kInternet : kInternet | kFlush);
    out_.be32(legacy_ ? kLegacyTtl : kTtl);
    out_.be16(static_cast<uint16_t>(size));
    ++count_;
  }
  static size_t size_of(const Name& name) { return name.text().size() + 2; }

  void pointer(const Name& from, const Name& to) {
    head(from, kPtr, true, size_of(to));
    to.write(out_);
  }
  void address(const Question& q) {
    const addr::IpAddress& own = s_.ends.server;
    std::array<uint8_t, 16> bytes;
    const size_t size = own.is_v4() ? 4 : 16;
    own.is_v4() ? own.store_v4(bytes.data()) : own.store_v6(bytes.data());
    const uint16_t type = own.is_v4() ? kA : kAaaa;
    if (!wants(q, type)) return;
    head(q.name, type, false, size);
    out_.bytes(base::Bytes(bytes).first(size));
  }
  void describe(const Question& q, const Service& service) {
    if (wants(q, kSrv)) {
      head(q.name, kSrv, false, 6 + size_of(host_));
      out_.be32(0);  // priority and weight
      out_.be16(service.port);
      host_.write(out_);
    }
    if (wants(q, kTxt)) {
      head(q.name, kTxt, false, 1);
      out_.u8(0);
    }
  }

  const Session& s_;
  base::Writer& out_;
  bool legacy_;
  Name host_;
  uint16_t count_ = 0;
};

// Goes through the questions; false at a malformed one.
template <class Use>
bool each_question(base::Bytes message, Use&& use) {
  const size_t count = std::min<size_t>(base::load_be16(&message[4]), kMostQuestions);
  size_t at = kHeader;
  for (size_t i = 0; i < count; ++i) {
    Question question;
    if (!read_question(message, at, question)) return false;
    use(question);
  }
  return true;
}

void say_header(uint16_t id, uint16_t questions, uint16_t answers, base::Writer& out) {
  out.be16(id);
  out.be16(0x8400);  // an authoritative response
  out.be16(questions);
  out.be16(answers);
  out.be32(0);
}

Step serve(Session& s, base::Bytes datagram, Answer& out) {
  if (datagram.size() < kHeader) return Step::foreign();
  const bool legacy = s.ends.client_port != kPort;
  uint16_t questions = 0;
  say_header(0, 0, 0, out.out());
  const bool sound = each_question(datagram, [&](const Question& q) {
    out.fact("mdns_name", q.name.text());
    if (!legacy) return;
    // A legacy resolver expects its question back.
    q.name.write(out.out());
    out.out().be16(q.type);
    out.out().be16(q.sort);
    ++questions;
  });
  if (!sound) return Step::foreign();
  Records records(s, out);
  each_question(datagram, [&](const Question& q) { records.answer(q); });
  if (records.count() == 0) {
    out.rewind();
    return Step::taken(datagram.size());
  }
  base::Writer header(out.out().written().first(out.out().ok() ? kHeader : 0));
  say_header(legacy ? base::load_be16(datagram.data()) : uint16_t{0}, questions, records.count(), header);
  out.said("response");
  return Step::taken(datagram.size());
}

// A query, not a response, of the standard kind.
Match recognize(base::Bytes first, const Ends& ends) {
  const bool query = ends.server_port == kPort && first.size() > kHeader + 4 && (first[2] & 0xf8) == 0 &&
                     base::load_be16(&first[4]) != 0;
  return query && each_question(first, [](const Question&) {}) ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {kPort};
constexpr FactName kFacts[] = {
    {"mdns_name", "the first name that was asked for"},
};

}  // namespace

constinit const Server kMdns = {
    .name = "mdns",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
