// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/server.h"

#include <algorithm>
#include <array>

#include "proto/dns/message.h"
#include "proto/dns/reply.h"

namespace portolan::proto {

namespace {

using dns::kHeader;
using dns::Query;

constexpr std::array<uint16_t, 1> kPorts = {53};
constexpr size_t kLength = 2;        // in front of each message over TCP
constexpr size_t kMostQuery = 4095;  // over TCP; no query comes near it
constexpr size_t kMostUdp = 1232;    // what crosses every path whole (DNS flag day 2020)

constexpr FactName kFacts[] = {
    {"dns_name", "the name of the first question of a DNS query; bytes that are no letters, digits, - or _ as \\DDD"},
    {"dns_type", "the type that it asks for: A, AAAA, TYPE65534"},
    {"dns_class", "its class, as a number, when it is not 1 (Internet)"},
    {"dns_edns_size", "the UDP payload size that EDNS announces"},
};

// Judged by length and header: a query, with the counts that clients put into one.
Match recognize_stream(base::Bytes first) {
  if (first.size() >= 2) {
    const uint16_t length = base::load_be16(first.data());
    if (length < kHeader || length > kMostQuery) return Match::kNo;
  }
  // The highest value of each byte from the flags on; bits that may not be set are cleared before comparing.
  struct Bound {
    uint8_t forbidden, highest;
  };
  constexpr std::array<Bound, 10> kBounds = {
      {{0x80, 0x2f}, {0x40, 0xff}, {0, 0}, {0, 4}, {0, 0}, {0, 0}, {0, 0}, {0, 1}, {0, 0}, {0, 2}}};
  for (size_t i = 0; i < kBounds.size() && i + 4 < first.size(); ++i) {
    const uint8_t byte = first[i + 4];
    if ((byte & kBounds[i].forbidden) != 0 || byte > kBounds[i].highest) return Match::kNo;
  }
  if (first.size() < kLength + kHeader) return Match::kMore;
  const bool asks = first[7] != 0;
  return asks == (base::load_be16(first.data()) > kHeader) ? Match::kYes : Match::kNo;
}

Match recognize(base::Bytes first, const Ends& ends) {
  if (ends.transport == Transport::kTcp) return recognize_stream(first);
  return dns::parse_query(first) ? Match::kYes : Match::kNo;
}

void tell(base::Bytes message, const Query& query, Answer& out) {
  size_t at = kHeader;
  const auto question = query.questions == 0 ? std::nullopt : dns::read_question(message, at);
  if (question) {
    out.fact("dns_name", dns::NameText(question->name).text());
    out.fact("dns_type", dns::TypeText(question->type).text());
    if (question->klass != dns::Class::kIn) out.fact("dns_class", static_cast<uint16_t>(question->klass));
  }
  if (query.edns) out.fact("dns_edns_size", query.udp_size);
}

Step serve_datagram(Session& session, base::Bytes message, Answer& out) {
  const auto query = dns::parse_query(message);
  if (!query) return Step::foreign();
  tell(message, *query, out);
  const size_t most = std::min({out.limit(), size_t{query->udp_size}, kMostUdp});
  if (session.persona->style == Style::kModern) {
    dns::reply(session, message, *query, most, out.out());
  } else if (!dns::reply_masscanned(session, message, *query, out.out())) {
    return Step::taken(message.size());
  }
  out.said("dns");
  return Step::taken(message.size());
}

// masscanned does not know DNS over TCP, so there is but one way to speak it.
Step serve_stream(Session& session, base::Bytes pending, Answer& out) {
  if (pending.size() < kLength) return Step::more();
  const size_t length = base::load_be16(pending.data());
  if (length > kMostQuery) return Step::foreign();
  if (pending.size() < kLength + length) return Step::more();
  const base::Bytes message = pending.subspan(kLength, length);
  const auto query = dns::parse_query(message);
  if (!query) return Step::foreign();
  tell(message, *query, out);
  std::array<uint8_t, dns::kMostReply> room;
  base::Writer reply(room);
  dns::reply(session, message, *query, room.size(), reply);
  out.out().be16(static_cast<uint16_t>(reply.size()));
  out.bytes(reply.written());
  out.said("dns");
  return Step::taken(kLength + length);
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  return session.ends.transport == Transport::kUdp ? serve_datagram(session, pending, out)
                                                   : serve_stream(session, pending, out);
}

}  // namespace

constinit const Server kDns{.name = "dns",
                            .tcp = true,
                            .udp = true,
                            .masscanned = true,
                            .recognize = recognize,
                            .serve = serve,
                            .ports = kPorts,
                            .facts = kFacts};

}  // namespace portolan::proto
