// SPDX-License-Identifier: Apache-2.0
#include "proto/ntp/server.h"

#include "proto/picks.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

constexpr size_t kSize = 48;
constexpr size_t kMostSize = 512;
constexpr size_t kTransmit = 40;  // offset of the client's transmit timestamp
constexpr uint8_t kClient = 3, kServer = 4, kControl = 6, kPrivate = 7;
constexpr uint16_t kPort = 123;

uint8_t mode(base::Bytes b) { return b[0] & 7; }
uint8_t version(base::Bytes b) { return b[0] >> 3 & 7; }

// 32 bits of seconds since 1900 and 32 of their fractions.
uint64_t timestamp(base::Nanos wall) {
  constexpr uint64_t kEpoch = 2208988800;
  const auto nanos = static_cast<uint64_t>(wall);
  return ((nanos / 1000000000 + kEpoch) << 32) + ((nanos % 1000000000) << 32) / 1000000000;
}

void say_time(const Session& s, base::Bytes request, Answer& out) {
  const uint64_t host = host_word(s, "ntp");
  const auto polled = static_cast<base::Nanos>(host % 900 + 30) * base::kSecond;
  // A second server of ours: some host on the Internet, always the same.
  const auto reference = static_cast<uint32_t>(0x50000000 + (host >> 32 & 0x3fffffff));
  base::Writer& w = out.out();
  w.u8(static_cast<uint8_t>(version(request) << 3 | kServer));
  w.u8(2);  // stratum
  w.u8(request[2]);
  w.u8(0xe8);                                                    // precision: 2^-24 s
  w.be32(static_cast<uint32_t>(0x0200 + (host >> 8 & 0x7ff)));   // root delay, seconds in 16.16
  w.be32(static_cast<uint32_t>(0x0400 + (host >> 20 & 0x7ff)));  // root dispersion
  w.be32(reference);
  w.be64(timestamp(s.wall - polled));
  w.bytes(request.subspan(kTransmit, 8));  // origin
  w.be64(timestamp(s.wall));
  w.be64(timestamp(s.wall + 20 * base::kMicrosecond));
  out.said("time");
}

Step serve(Session& s, base::Bytes datagram, Answer& out) {
  if (datagram.empty()) return Step::more();
  out.fact("ntp_version", version(datagram));
  out.fact("ntp_mode", mode(datagram));
  if (mode(datagram) == kClient && datagram.size() >= kSize) say_time(s, datagram, out);
  return Step::taken(datagram.size());
}

Match recognize(base::Bytes first, const Ends& ends) {
  if (first.empty() || version(first) < 1 || version(first) > 4) return Match::kNo;
  const bool at_home = ends.server_port == kPort;
  if (mode(first) == kControl || mode(first) == kPrivate)
    return at_home && first.size() >= 8 ? Match::kYes : Match::kNo;
  if (mode(first) != kClient || first.size() < kSize || first.size() > kMostSize) return Match::kNo;
  // A stratum beyond 16 is none, nor are there polls of more than 2^17 s or less than 2^-16 s: that tells a packet from
  // text and from DNS responses, of which many begin like a client's.
  const bool packet = first[1] <= 16 && (first[2] <= 17 || first[2] >= 0xf0);
  // Elsewhere it must be the bare packet, and without a root delay of a second or more: a DNS query has its number of
  // questions there.
  const bool bare = first.size() == kSize && base::load_be16(&first[4]) == 0;
  return packet && (at_home || bare) ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {kPort};
constexpr FactName kFacts[] = {
    {"ntp_version", "the version of the request"},
    {"ntp_mode", "its mode: 3 a client's, 6 control, 7 private (monlist)"},
};

}  // namespace

constinit const Server kNtp = {
    .name = "ntp",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
