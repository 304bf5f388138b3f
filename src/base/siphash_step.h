// SPDX-License-Identifier: Apache-2.0
// The rounds of SipHash-2-4: plain C on 64-bit words, so that C++, C and a kernel program (BPF) compile the same lines.
//
// Use base::siphash (siphash.h) in C++; this header is for those who cannot. Pure functions, any thread.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
#define PORTOLAN_SIP constexpr
namespace portolan::base {
#else
#define PORTOLAN_SIP static inline __attribute__((always_inline))
#endif

struct SipState {
  uint64_t v0, v1, v2, v3;
};

PORTOLAN_SIP uint64_t sip_rotl(uint64_t x, int b) { return (x << b) | (x >> (64 - b)); }

PORTOLAN_SIP void sip_round(struct SipState* s) {
  s->v0 += s->v1, s->v1 = sip_rotl(s->v1, 13), s->v1 ^= s->v0, s->v0 = sip_rotl(s->v0, 32);
  s->v2 += s->v3, s->v3 = sip_rotl(s->v3, 16), s->v3 ^= s->v2;
  s->v0 += s->v3, s->v3 = sip_rotl(s->v3, 21), s->v3 ^= s->v0;
  s->v2 += s->v1, s->v1 = sip_rotl(s->v1, 17), s->v1 ^= s->v2, s->v2 = sip_rotl(s->v2, 32);
}

PORTOLAN_SIP void sip_begin(struct SipState* s, uint64_t k0, uint64_t k1) {
  s->v0 = k0 ^ 0x736f6d6570736575u;
  s->v1 = k1 ^ 0x646f72616e646f6du;
  s->v2 = k0 ^ 0x6c7967656e657261u;
  s->v3 = k1 ^ 0x7465646279746573u;
}

PORTOLAN_SIP void sip_absorb(struct SipState* s, uint64_t word) {
  s->v3 ^= word;
  sip_round(s), sip_round(s);
  s->v0 ^= word;
}

// `tail`: the up to 7 bytes that make no whole word; `length`: of everything absorbed, in bytes.
PORTOLAN_SIP uint64_t sip_finish(struct SipState* s, uint64_t tail, uint64_t length) {
  sip_absorb(s, tail | length << 56);
  s->v2 ^= 0xff;
  sip_round(s), sip_round(s), sip_round(s), sip_round(s);
  return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

#ifdef __cplusplus
}  // namespace portolan::base
#endif
