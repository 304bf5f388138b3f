// SPDX-License-Identifier: Apache-2.0
// What a simulated host is, as a keyed hash of its address: plain C on words, so that C++, C and a kernel program (BPF)
// compile the same lines. Use population::Population in C++, which also knows the hosts that are written down by name.
//
// Nothing is stored per host, so a /8 costs what a /32 costs. Two hashes: one of the address says whether somebody
// lives there and what kind of host it is; one of address, protocol and port says what that port does.
// A share is a 32-bit number and is held against a draw, which is one of 2^32 - 1 values: so 0 is never and kAlways
// (2^32 - 1) is always, both exactly. Shares that stand beside each other are added up.
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
inline constexpr uint32_t kAlways = 0xffffffffu;
#else
#define PORTOLAN_HOST static inline __attribute__((always_inline))
#define kAlways 0xffffffffu
#endif

// What a host is. Numbers are shared with the kernel program.
enum HostKind {
  kNobody = 0,       // nobody lives there: silence, also to ARP
  kOrdinary = 1,     // ports are open, closed or filtered as the shares say
  kTarpit = 2,       // every TCP port is open, and nothing is ever said
  kSynProxy = 3,     // a SYN proxy: every TCP port answers SYN-ACK, and only truly open ones go on
  kAckOnly = 4,      // a middlebox that acknowledges everything: ACK without SYN to a SYN
  kUnreachable = 5,  // nobody lives there, and a router says host unreachable
};

enum PortState {
  kPortOpen = 0,
  kPortClosed = 1,    // RST; ICMP port unreachable
  kPortSilent = 2,    // filtered without a word
  kPortRejected = 3,  // filtered with ICMP administratively prohibited
};

// What a SYN or a datagram meets: kind and port together.
enum Meeting {
  kMeetsSilence = 0,
  kMeetsOpen = 1,
  kMeetsClosed = 2,
  kMeetsRejection = 3,
  kMeetsAckOnly = 4,
  kMeetsNoHost = 5,  // ICMP host unreachable
};

enum {
  kPersonalities = 8,
  kPortKinds = 256,
  kProtocolTcp = 6,  // as IP numbers them
  kProtocolUdp = 17,
};

// The part of a population that decides about hosts. All words, so that it can be a BPF map's value as it is.
struct HostShares {
  uint64_t key[2];
  uint64_t live;                         // of all addresses: somebody lives there
  uint64_t unreachable;                  // of the others
  uint64_t tarpit;                       // of the living, added up: a draw below it is a tarpit,
  uint64_t syn_proxy;                    // else below this a SYN proxy,
  uint64_t ack_only;                     // else below this a middlebox, else ordinary
  uint64_t echo;                         // of the living: answers ICMP echo and timestamp requests
  uint64_t personality[kPersonalities];  // of the living, added up; the last is kAlways
};

// The shares of one port of one protocol, added up; what is not below `silent` is rejected.
struct PortShares {
  uint32_t open;
  uint32_t closed;
  uint32_t silent;
};

// The ports of one protocol. Few differ, so a port has the number of its shares: 67 KB instead of 768, which a core's
// second cache holds.
struct PortTable {
  uint8_t kind[65536];
  struct PortShares shares[kPortKinds];
};

struct HostTraits {
  uint64_t kind;         // of HostKind
  uint64_t personality;  // 0 to kPersonalities - 1
  uint64_t echo;         // 1: answers echo requests
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

// From 32 bits of a hash to a draw, 0 to 2^32 - 2.
PORTOLAN_HOST uint64_t host_draw(uint64_t bits) { return ((bits & 0xffffffffu) * 0xffffffffu) >> 32; }

// More bits of a hash that has been used up: the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
PORTOLAN_HOST uint64_t host_mix(uint64_t z) {
  z = (z + 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

PORTOLAN_HOST uint64_t host_kind(const struct HostShares* shares, uint64_t hash) {
  const uint64_t draw = host_draw(hash >> 32);
  if (host_draw(hash) >= shares->live) return draw < shares->unreachable ? kUnreachable : kNobody;
  if (draw < shares->tarpit) return kTarpit;
  if (draw < shares->syn_proxy) return kSynProxy;
  return draw < shares->ack_only ? kAckOnly : kOrdinary;
}

PORTOLAN_HOST void host_traits(const struct HostShares* shares, uint64_t hi, uint64_t lo, struct HostTraits* out) {
  const uint64_t hash = host_hash(shares->key, hi, lo, 0);
  const uint64_t more = host_mix(hash);
  const uint64_t draw = host_draw(more);
  out->kind = host_kind(shares, hash);
  out->echo = host_draw(more >> 32) < shares->echo ? 1 : 0;
  out->variety = host_mix(more);
  out->personality = 0;
  for (int i = 0; i + 1 < kPersonalities; ++i) out->personality += draw >= shares->personality[i] ? 1 : 0;
}

// What an ordinary host's port does, of PortState. `protocol`: kProtocolTcp or kProtocolUdp, and the table is its own.
PORTOLAN_HOST uint64_t port_state(const struct HostShares* shares, const struct PortTable* table, uint64_t hi,
                                  uint64_t lo, uint64_t protocol, uint64_t port) {
  const struct PortShares* s = &table->shares[table->kind[port & 0xffff]];
  if (s->open == kAlways) return kPortOpen;
  if (s->open == 0 && s->closed == kAlways) return kPortClosed;  // most ports of most hosts: no hash
  const uint64_t draw = host_draw(host_hash(shares->key, hi, lo, 0x100000000u | protocol << 16 | (port & 0xffff)));
  if (draw < s->open) return kPortOpen;
  if (draw < s->closed) return kPortClosed;
  return draw < s->silent ? kPortSilent : kPortRejected;
}

// `state` is that of the port; of Meeting.
PORTOLAN_HOST uint64_t host_meeting(uint64_t kind, uint64_t state, uint64_t protocol) {
  if (kind == kNobody) return kMeetsSilence;
  if (kind == kUnreachable) return kMeetsNoHost;
  if (kind == kTarpit) return protocol == kProtocolTcp ? kMeetsOpen : kMeetsSilence;
  if (kind == kSynProxy && protocol == kProtocolTcp) return kMeetsOpen;
  if (kind == kAckOnly && protocol == kProtocolTcp) return kMeetsAckOnly;
  if (state == kPortOpen) return kMeetsOpen;
  if (state == kPortClosed) return kMeetsClosed;
  return state == kPortRejected ? kMeetsRejection : kMeetsSilence;
}

#ifdef __cplusplus
}  // namespace portolan::population
#endif
