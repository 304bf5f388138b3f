// SPDX-License-Identifier: Apache-2.0
// SYN cookies of the responder: its initial sequence number, with which a client proves that it is where it says.
//
// So a SYN costs no memory (D. J. Bernstein, 1996; RFC 4987 3.6). The number holds 26 bits of SipHash-2-4 over 4-tuple,
// the client's own initial sequence number and the epoch, and 6 bits that say what the SYN offered, because nothing
// else remembers it:
//   bits 31 to 6: hash    bits 5 to 2: window scale of the client, 15: none    bits 1 and 0: its MSS, of four sizes
// An epoch has its own key, drawn when it begins. Those of the current and of the last epoch are good: a cookie lives
// for one to two epochs, and a guess is right once in 2^25.
//
// Plain C on words, so that C++, C and a kernel program (BPF) compile the same lines. Addresses are two words each as
// addr::IpAddress keeps them (IPv4 mapped), everything in host order. Pure functions, any thread.
#pragma once

#include "base/siphash_step.h"

#ifdef __cplusplus
#define PORTOLAN_COOKIE constexpr
namespace portolan::wire {
using base::sip_absorb;
using base::sip_begin;
using base::sip_finish;
using base::SipState;
#else
#define PORTOLAN_COOKIE static inline __attribute__((always_inline))
#endif

enum { kNoWindowScale = 15 };

// All words, so that it can be a BPF map's value as it is.
struct SynKeys {
  uint64_t now[2];   // of the current epoch
  uint64_t last[2];  // of the one before
  uint64_t epoch;    // its number, from 1
};

struct SynTuple {
  uint64_t client_hi, client_lo;
  uint64_t server_hi, server_lo;
  uint64_t ports;  // the client's << 16 | the server's
  // The client's initial sequence number. So a later segment that overtakes the first one is not taken for it.
  uint64_t client_isn;
};

// What is remembered of a SYN.
struct SynOffer {
  uint64_t mss_index;     // 0 to 3, of syn_mss()
  uint64_t window_scale;  // 0 to 14, or kNoWindowScale
};

// The sizes that an MSS is rounded down to (the lowest stands for anything below it too).
PORTOLAN_COOKIE uint64_t syn_mss(uint64_t index) {
  return index == 0 ? 536 : index == 1 ? 1220 : index == 2 ? 1440 : 1460;
}
PORTOLAN_COOKIE uint64_t syn_mss_index(uint64_t mss) { return mss >= 1460 ? 3 : mss >= 1440 ? 2 : mss >= 1220 ? 1 : 0; }

PORTOLAN_COOKIE uint64_t syn_hash(const uint64_t* key, uint64_t epoch, const struct SynTuple* t) {
  struct SipState s = {0, 0, 0, 0};
  sip_begin(&s, key[0], key[1]);
  sip_absorb(&s, t->client_lo);
  sip_absorb(&s, t->server_lo);
  sip_absorb(&s, t->ports | t->client_isn << 32);
  sip_absorb(&s, epoch);
  if ((t->client_hi | t->server_hi) != 0) {
    sip_absorb(&s, t->client_hi);
    sip_absorb(&s, t->server_hi);
    return sip_finish(&s, 0, 48);
  }
  return sip_finish(&s, 0, 32);
}

// 32 bits, as all the cookies below.
PORTOLAN_COOKIE uint64_t syn_cookie(const struct SynKeys* keys, const struct SynTuple* t,
                                    const struct SynOffer* offer) {
  const uint64_t hash = syn_hash(keys->now, keys->epoch, t) << 6;
  return (hash | offer->window_scale << 2 | offer->mss_index) & 0xffffffffu;
}

// Whether `cookie` is one that we gave out for the tuple, in this epoch or the last; `offer` then says what it holds.
PORTOLAN_COOKIE int syn_cookie_ok(const struct SynKeys* keys, const struct SynTuple* t, uint64_t cookie,
                                  struct SynOffer* offer) {
  const uint64_t hash_bits = 0xffffffc0u;
  offer->mss_index = cookie & 3;
  offer->window_scale = (cookie >> 2) & 15;
  if ((((syn_hash(keys->now, keys->epoch, t) << 6) ^ cookie) & hash_bits) == 0) return 1;
  return (((syn_hash(keys->last, keys->epoch - 1, t) << 6) ^ cookie) & hash_bits) == 0;
}

#ifdef __cplusplus
}  // namespace portolan::wire
#endif
