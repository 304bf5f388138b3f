// SPDX-License-Identifier: Apache-2.0
#include "proto/snmp/discovery.h"

#include "proto/ber.h"
#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto::snmp {

namespace {

constexpr uint8_t kReportable = 4;
constexpr uint8_t kReport = 0xa8;
constexpr uint8_t kCounter32 = 0x41;
constexpr int64_t kUserBased = 3;

// usmStats 1.3.6.1.6.3.15.1.1.n.0
constexpr std::array<uint8_t, 10> usm_stat(uint8_t n) { return {0x2b, 6, 1, 6, 3, 15, 1, 1, n, 0}; }
constexpr auto kUnknownUserNames = usm_stat(3);
constexpr auto kUnknownEngineIds = usm_stat(4);

struct Message {
  base::Bytes id;  // an element
  uint8_t flags = 0;
  base::Bytes engine, user;
  base::Bytes request_id;  // an element; empty: the request is encrypted
};

bool read_security(base::Bytes parameters, Message& m) {
  BerReader in = BerReader(parameters).inside(ber::kSequence);
  m.engine = in.next(ber::kOctets);
  in.integer();  // boots
  in.integer();  // time
  m.user = in.next(ber::kOctets);
  return in.ok();
}

void read_scoped_pdu(BerReader in, Message& m) {
  BerReader scoped = in.inside(ber::kSequence);
  scoped.next(ber::kOctets);  // context engine
  scoped.next(ber::kOctets);  // context name
  const BerElement id = BerReader(scoped.next().value).next();
  if (id.tag == ber::kInteger) m.request_id = id.whole;
}

bool read(base::Bytes datagram, Message& m) {
  BerReader in = BerReader(datagram).inside(ber::kSequence);
  in.integer();
  BerReader global = in.inside(ber::kSequence);
  m.id = global.next().whole;
  global.integer();  // the largest message that the sender takes
  const base::Bytes flags = global.next(ber::kOctets);
  const bool understood = global.integer() == kUserBased && global.ok() && flags.size() == 1;
  const base::Bytes security = in.next(ber::kOctets);
  if (!understood || !in.ok() || !read_security(security, m)) return false;
  m.flags = flags[0];
  if (in.peek() == ber::kSequence) read_scoped_pdu(in, m);
  return true;
}

// The identifier as Net-SNMP makes it: its enterprise number, format 128, eight bytes drawn once.
std::array<uint8_t, 13> engine_of(const Session& s) {
  std::array<uint8_t, 13> engine = {0x80, 0x00, 0x1f, 0x88, 0x80};
  base::store_be64(&engine[5], host_word(s, "snmp3"));
  return engine;
}

void say_security(const Session& s, const Message& m, base::Bytes engine, BerWriter& w) {
  constexpr uint64_t kMostUp = 8380800;
  const auto now = static_cast<uint64_t>(s.wall / base::kSecond);
  const size_t octets = w.open(ber::kOctets);
  const size_t parameters = w.open(ber::kSequence);
  w.element(ber::kOctets, engine);
  w.integer(static_cast<int64_t>(1 + host_word(s, "snmp3", 1) % 40));                     // boots
  w.integer(static_cast<int64_t>((now + host_word(s, "snmp3", 2) % kMostUp) % kMostUp));  // time
  w.element(ber::kOctets, m.user);
  w.element(ber::kOctets, {});
  w.element(ber::kOctets, {});
  w.close(parameters);
  w.close(octets);
}

void say_report(const Message& m, base::Bytes engine, base::Bytes statistic, BerWriter& w) {
  const size_t scoped = w.open(ber::kSequence);
  w.element(ber::kOctets, engine);
  w.element(ber::kOctets, {});
  const size_t pdu = w.open(kReport);
  m.request_id.empty() ? w.integer(0) : w.raw(m.request_id);
  w.integer(0);
  w.integer(0);
  const size_t list = w.open(ber::kSequence);
  const size_t binding = w.open(ber::kSequence);
  w.element(ber::kOid, statistic);
  w.integer(1, kCounter32);
  w.close(binding);
  w.close(list);
  w.close(pdu);
  w.close(scoped);
}

}  // namespace

Step serve_version3(const Session& s, base::Bytes datagram, Answer& out) {
  Message m;
  if (!read(datagram, m)) return Step::foreign();
  out.fact("snmp_version", "3");
  if (!m.user.empty()) out.fact("snmp_user", text_of(m.user));
  if ((m.flags & kReportable) == 0) return Step::taken(datagram.size());
  const auto engine = engine_of(s);
  const bool known = text_of(m.engine) == text_of(engine);
  out.said(known ? "unknown user" : "discovery");
  BerWriter w(out.out());
  const size_t message = w.open(ber::kSequence);
  w.integer(3);
  const size_t global = w.open(ber::kSequence);
  w.raw(m.id);
  w.integer(65507);
  w.element(ber::kOctets, std::array<uint8_t, 1>{0});  // neither authenticated nor encrypted nor reportable
  w.integer(kUserBased);
  w.close(global);
  say_security(s, m, engine, w);
  say_report(m, engine, known ? kUnknownUserNames : kUnknownEngineIds, w);
  w.close(message);
  return Step::taken(datagram.size());
}

}  // namespace portolan::proto::snmp
