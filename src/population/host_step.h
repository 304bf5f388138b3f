// SPDX-License-Identifier: Apache-2.0
// What a simulated host is, as a keyed hash of its address: plain C on words, so that C++, C and a kernel program (BPF)
// compile the same lines. Use population::Population in C++.
//
// Nothing is stored per host, so a /8 costs what a /32 costs. Two hashes: one of the address says whether somebody
// lives there and what kind of host it is; one of address, protocol and port says what that port does. A share is a
// 32-bit fraction: it holds where 32 hash bits are below it; kWhole is "always".
// Addresses are two words as addr::IpAddress keeps them. Pure functions, any thread.
#pragma once

#include "base/siphash_step.h"

#ifdef __cplusplus
#define PORTOLAN_HOST constexpr
namespace portolan::population {
using base::sip_absorb;
using base::sip_begin;
using base::sip_finish;
using base::SipState;
#else
#define PORTOLAN_HOST static inline __attribute__((always_inline))
#endif

// Shares are kept in 64 bits: 2^32 is the whole.
#ifdef __cplusplus
inline constexpr uint64_t kWhole = uint64_t{1} << 32;
#endif

// What a host is. Numbers are shared with the kernel program.
enum HostKind {
  kNobody = 0,       // nobody lives there: silence, also to ARP (a routed address: silence)
  kOrdinary = 1,     // ports are open, closed or filtered as the shares say
  kTarpit = 2,       // everything is open, and nothing is ever said
  kSynProxy = 3,     // a SYN proxy: every port answers SYN-ACK, and only truly open ones go on
  kAckOnly = 4,      // a middlebox that acknowledges everything: ACK without SYN to a SYN
  kUnreachable = 5,  // a router says host unreachable
};

enum PortState {
  kPortOpen = 0,
  kPortClosed = 1,    // RST; ICMP port unreachable
  kPortSilent = 2,    // filtered without a word
  kPortRejected = 3,  // filtered with ICMP administratively prohibited
};

enum { kPersonalities = 8 };

// The part of a population that decides about hosts. All words, so that it can be a BPF map's value as it is.
struct HostShares {
  uint64_t key[2];
  uint64_t live;                         // share of addresses where somebody lives
  uint64_t tarpit;                       // shares among the living, added up: hash < tarpit is a tarpit,
  uint64_t syn_proxy;                    // below this a SYN proxy, ...
  uint64_t ack_only;                     //
  uint64_t unreachable;                  // shares of the addresses where nobody lives
  uint64_t personality[kPersonalities];  // added up, the last is the whole
};

// The shares of one port of one protocol, added up: open < closed < silent; what is above is rejected.
struct PortShares {
  uint32_t open;    // hash < open: open. A share of 1 is 0xffffffff here (one in 2^32 is missed on purpose: it is not,
  uint32_t closed;  // see port_state(): a hash of all ones is moved down by one)
  uint32_t silent;
};

struct HostTraits {
  uint64_t kind;         // of HostKind
  uint64_t personality;  // 0 to kPersonalities - 1
  uint64_t variety;      // 64 bits that choose banners and names
};

PORTOLAN_HOST uint64_t host_hash(const uint64_t* key, uint64_t hi, uint64_t lo, uint64_t salt) {
  struct SipState s = {0, 0, 0, 0};
  sip_begin(&s, key[0], key[1]);
  sip_absorb(&s, lo);
  sip_absorb(&s, salt);
  if (hi == 0) return sip_finish(&s, 0, 16);
  sip_absorb(&s, hi);
  return sip_finish(&s, 0, 24);
}

#ifdef __cplusplus
}  // namespace portolan::population
#endif
