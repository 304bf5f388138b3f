// SPDX-License-Identifier: Apache-2.0
// The cookie of a probe as words, and what the probe makes of it: plain C, so that C++, C and a kernel program (BPF)
// compile the same lines. Use wire::cookie (cookie.h) in C++; this header is for those who cannot.
//
// SipHash-2-4 of 11 bytes (IPv4) or 35 bytes (IPv6), all little-endian: both addresses in whole words, then 3 bytes of
// service, which share SipHash's last word with the length. So a service costs no rounds of its own.
// Everything in host order. Pure functions, any thread.
#pragma once

#include "base/siphash_step.h"

#ifdef __cplusplus
#define PORTOLAN_COOKIE_STEP constexpr
namespace portolan::wire {
using base::sip_absorb;
using base::sip_finish;
using base::SipState;
#else
#define PORTOLAN_COOKIE_STEP static inline __attribute__((always_inline))
#endif

enum { kCookieBytesV4 = 11, kCookieBytesV6 = 35 };

// Their port and the protocol's tag: 24 bits.
PORTOLAN_COOKIE_STEP uint64_t cookie_service(uint64_t port, uint64_t tag) { return port << 8 | tag; }

// `start`: as sip_begin() left it for the key.
PORTOLAN_COOKIE_STEP uint64_t cookie_hash_v4(const struct SipState* start, uint64_t ours, uint64_t theirs,
                                             uint64_t service) {
  struct SipState s = *start;
  sip_absorb(&s, ours << 32 | theirs);
  return sip_finish(&s, service, kCookieBytesV4);
}

PORTOLAN_COOKIE_STEP uint64_t cookie_hash_v6(const struct SipState* start, uint64_t ours_hi, uint64_t ours_lo,
                                             uint64_t theirs_hi, uint64_t theirs_lo, uint64_t service) {
  struct SipState s = *start;
  sip_absorb(&s, ours_hi);
  sip_absorb(&s, ours_lo);
  sip_absorb(&s, theirs_hi);
  sip_absorb(&s, theirs_lo);
  return sip_finish(&s, service, kCookieBytesV6);
}

// Bits 0 to 31: the token. Bits 32 to 47: choose our port. Bits 48 to 63: the IP identification or flow label.
PORTOLAN_COOKIE_STEP uint64_t cookie_token(uint64_t hash) { return hash & 0xffffffffu; }
PORTOLAN_COOKIE_STEP uint64_t cookie_port_bits(uint64_t hash) { return (hash >> 32) & 0xffff; }
PORTOLAN_COOKIE_STEP uint64_t cookie_id_bits(uint64_t hash) { return hash >> 48; }

// Zero means "choose one for me" to kernels that send for us, so it is not used.
PORTOLAN_COOKIE_STEP uint64_t probe_ip_id(uint64_t id_bits) { return id_bits == 0 ? 1 : id_bits; }

// Our port for the first probe, counted from the first of our ports.
PORTOLAN_COOKIE_STEP uint64_t probe_first_offset(uint64_t port_bits, uint64_t port_count) {
  return (port_bits * port_count) >> 16;
}

// Our port for a pass, counted likewise. REQUIRES: pass_offset < port_count, it is pass mod port_count.
PORTOLAN_COOKIE_STEP uint64_t probe_offset(uint64_t port_bits, uint64_t port_count, uint64_t pass_offset) {
  const uint64_t offset = probe_first_offset(port_bits, port_count) + pass_offset;
  return offset >= port_count ? offset - port_count : offset;
}

// The inverse: which pass (mod port_count) asks from that port. REQUIRES: offset < port_count.
PORTOLAN_COOKIE_STEP uint64_t probe_pass(uint64_t port_bits, uint64_t port_count, uint64_t offset) {
  const uint64_t first = probe_first_offset(port_bits, port_count);
  return offset >= first ? offset - first : offset + port_count - first;
}

#ifdef __cplusplus
}  // namespace portolan::wire
#endif
