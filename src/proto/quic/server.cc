// SPDX-License-Identifier: Apache-2.0
#include "proto/quic/server.h"

#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr size_t kLeastDatagram = 1200;
constexpr size_t kMostId = 20;

constexpr uint32_t kDraft29 = 0xff00001d;
constexpr uint32_t kGoogle50 = 0x51303530;  // "Q050"

struct Initial {
  uint32_t version = 0;
  base::Bytes destination, source;  // connection ids
};

// The part of a long header that no version may change.
bool read(base::Bytes datagram, Initial& initial) {
  if (datagram.size() < kLeastDatagram || (datagram[0] & 0x80) == 0) return false;
  base::Reader in(datagram.subspan(1));
  initial.version = in.be32();
  initial.destination = in.take(in.u8());
  initial.source = in.take(in.u8());
  return initial.version != 0 && initial.destination.size() <= kMostId && initial.source.size() <= kMostId;
}

Step serve(Session& s, base::Bytes datagram, Answer& out) {
  Initial initial;
  if (!read(datagram, initial)) return Step::foreign();
  std::array<uint8_t, 4> version;
  base::store_be32(version.data(), initial.version);
  out.fact("quic_version", Hex<4>(version).text());
  out.said("version negotiation");
  const uint64_t random = flow_word(s, "quic");
  base::Writer& w = out.out();
  w.u8(static_cast<uint8_t>(0xc0 | (random & 0x3f)));
  w.be32(0);
  w.u8(static_cast<uint8_t>(initial.source.size()));
  w.bytes(initial.source);
  w.u8(static_cast<uint8_t>(initial.destination.size()));
  w.bytes(initial.destination);
  // A version of the form that is reserved for exercising negotiation.
  w.be32(static_cast<uint32_t>(random >> 32 & 0xf0f0f0f0) | 0x0a0a0a0a);
  for (const uint32_t offered : {kDraft29, kGoogle50}) {
    if (offered != initial.version) w.be32(offered);
  }
  return Step::taken(datagram.size());
}

Match recognize(base::Bytes first, const Ends&) {
  Initial initial;
  return read(first, initial) ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {443};
constexpr FactName kFacts[] = {
    {"quic_version", "the version that the client wants, in hexadecimal"},
};

}  // namespace

constinit const Server kQuic = {
    .name = "quic",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
