// SPDX-License-Identifier: Apache-2.0
// Cookie: 64 bits that only the holder of the key can tell for a pair of addresses, a port and a protocol.
//
// A probe carries them where its protocol has room (TCP sequence number, SCTP tag, ICMP identifier, our port, the IPv4
// identification); an answer proves itself by bringing them back. So nothing about strangers is remembered. The same
// function serves both roles: the one who answers puts them in its own sequence number.
//
// "Ours" is the holder of the key, "theirs" the far side, whichever way the packet goes. Our own port is not an input,
// because it is drawn from the cookie. Anything but the key may be known to everybody; the key is never the order seed.
// SipHash-2-4 over 11 bytes (IPv4) or 35 (IPv6): cookie_step.h. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>

#include "addr/ip_address.h"
#include "base/column.h"
#include "base/lanes.h"
#include "base/siphash.h"
#include "wire/cookie_step.h"

namespace portolan::wire {

struct Cookie {
  uint32_t token = 0;      // bits 0 to 31 of the hash
  uint16_t port_bits = 0;  // bits 32 to 47: chooses our port
  uint16_t id_bits = 0;    // bits 48 to 63: goes to the IPv4 identification or the flow label

  static constexpr Cookie from_hash(uint64_t h) {
    return {static_cast<uint32_t>(cookie_token(h)), static_cast<uint16_t>(cookie_port_bits(h)),
            static_cast<uint16_t>(cookie_id_bits(h))};
  }
  constexpr uint64_t hash() const { return uint64_t{id_bits} << 48 | uint64_t{port_bits} << 32 | token; }
  constexpr bool operator==(const Cookie&) const = default;
};

struct CookieQuery {
  addr::IpAddress ours{};
  addr::IpAddress theirs{};  // of the same family
  uint16_t their_port = 0;
  uint8_t protocol_tag = 0;  // keeps protocols apart; any fixed numbering will do
};

// About 25 ns; see cookies() for many.
inline Cookie cookie(const base::SipKey& key, const addr::IpAddress& ours, const addr::IpAddress& theirs,
                     uint16_t their_port, uint8_t protocol_tag) {
  SipState start{};
  base::sip_begin(&start, key.k0, key.k1);
  const uint64_t service = cookie_service(their_port, protocol_tag);
  if (ours.is_v4() && theirs.is_v4()) {
    return Cookie::from_hash(cookie_hash_v4(&start, ours.v4_bits(), theirs.v4_bits(), service));
  }
  return Cookie::from_hash(cookie_hash_v6(&start, ours.hi(), ours.lo(), theirs.hi(), theirs.lo(), service));
}

inline Cookie cookie(const base::SipKey& key, const CookieQuery& q) {
  return cookie(key, q.ours, q.theirs, q.their_port, q.protocol_tag);
}

// out[i] = cookie(key, queries[i]), several at a time: eight lanes where the processor has AVX-512, four with AVX2
// (asked once, at start), one after another elsewhere. Families may be mixed; runs of one family are fastest.
// REQUIRES: out.size() >= queries.size().
void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out);

// The same for targets of one family in columns, all asked from one address of ours: out[i] is the hash that
// Cookie::from_hash() takes apart. About half the time. REQUIRES: count <= base::kColumnSize; `ours` and all of theirs
// are of one family.
struct CookieColumns {
  const base::Column& high;     // of theirs, as IpAddress::hi(); not read for IPv4
  const base::Column& low;      // IpAddress::lo(), or the 32 bits of an IPv4 address
  const base::Column& service;  // cookie_service()
};
void cookie_columns(const base::SipKey& key, const addr::IpAddress& ours, const CookieColumns& in, size_t count,
                    base::Column& out);

// The forms that they choose from, so that tests may hold all of them against each other.
// REQUIRES: base::is_supported(lanes), and as above.
void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out,
             base::LaneCount lanes);
void cookie_columns(const base::SipKey& key, const addr::IpAddress& ours, const CookieColumns& in, size_t count,
                    base::Column& out, base::LaneCount lanes);

}  // namespace portolan::wire
