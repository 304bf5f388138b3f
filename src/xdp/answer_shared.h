// SPDX-License-Identifier: Apache-2.0
// What the kernel program that answers (answer.bpf.c) and its loader (answer.h) have in common: plain C for both.
//
// Numbers that leave this program by name only; the layout may change with any version, since both halves are built
// together. Everything is in host order unless it says otherwise. Values: the loader writes, the program reads.
#pragma once

#include "population/host_look.h"
#include "wire/syn_cookie.h"

#ifdef __cplusplus
namespace portolan::xdp {
using population::HostLook;
using population::HostShares;
using population::kPersonalities;
using population::PortTable;
using wire::SynKeys;
#endif

// One for each frame that the program ends, and one for each answer; the names are in answer_counter_name().
enum AnswerCount {
  kAnswerReceived,  // frames that were not passed up; the sum of all down to kAnswerCapped
  kAnswerMalformed,
  kAnswerDenied,
  kAnswerBadSource,
  kAnswerOwnSource,
  kAnswerNobody,
  kAnswerSilentPort,
  kAnswerArp,
  kAnswerNeighbor,
  kAnswerEcho,
  kAnswerSyn,
  kAnswerResets,
  kAnswerUnreachable,
  kAnswerRateLimited,
  kAnswerNoRoom,  // the frame could not be made longer or shorter
  kAnswerOutLink,
  kAnswerOutIcmp,
  kAnswerOutSynAcks,
  kAnswerOutResets,
  kAnswerCapped,           // answers beyond the cap on the whole: not sent
  kAnswerBadIpv4Checksum,  // of the malformed ones
  kAnswerBadTcpChecksum,
  kAnswerBadUdpChecksum,
  kAnswerBadIcmpv4Checksum,
  kAnswerBadIcmpv6Checksum,
  kAnswerPassed,  // frames left to user space, which counts them
  kAnswerCounts,
};

enum {
  kOwnPrefixes = 8,     // different lengths of IPv6 prefixes that are ours
  kOwnBlockBits = 120,  // a block is 256 addresses: an IPv4 /24, an IPv6 /120
  kLimitLevels = 3,     // a source's address, its subnet (/24, /64), its site (IPv6 /48)
  kMostAnswerOptions = 40,
  kOwnNone = 0,  // of own_v4
  kOwnAll = 1,
  kOwnFew = 2,   // ask the slots
  kOwnMany = 3,  // ask the blocks
  kSlots = 16,   // addresses in a bucket: a cache line
};

// TCP options of a SYN-ACK, for one family and one offer, as bytes. `clock_at`: where TSval stands; 0: nowhere.
struct AnswerOptions {
  uint8_t bytes[kMostAnswerOptions];
  uint16_t window;
  uint8_t length;
  uint8_t clock_at;
};

struct AnswerLook {
  struct HostLook look;
  struct AnswerOptions options[2][8];  // IPv4, IPv6; place: 1 if scale was offered, + 2 if SACK, + 4 if timestamps
};

// A token each `interval` ns, saved up for `window` ns; interval 0: no limit. As respond::BucketRate.
struct AnswerRate {
  uint64_t interval;
  uint64_t window;
};

struct AnswerPrefix {
  uint64_t bits;
  uint64_t mask_hi, mask_lo;
};

struct AnswerConfig {
  uint64_t primary_v4[2];  // high and low word of addresses of ours that own_v4 need not know; 0 and 0: none
  uint64_t primary_v6[2];
  struct AnswerRate limits[kLimitLevels];
  struct AnswerRate whole;
  struct AnswerRate errors;  // ICMP errors of one simulated host
  struct AnswerPrefix own_v6[kOwnPrefixes];
  uint32_t own_v6_count;
  uint32_t own_slot_shift;  // 32 - bits of a bucket's number
  uint32_t own_slot_mask;   // buckets - 1
  uint8_t mac[8];           // ours: six bytes
  uint8_t own_everything;
  uint8_t refuse_own;       // 1: sources that are ours are not answered
  uint8_t trust_checksums;  // of TCP, UDP, ICMP: left unfinished by a kernel at the other end of a veth
  uint8_t limits_any;
  uint8_t deny_any;
  uint8_t named_any;
};

// Keys of maps.
struct OwnBlockKey {
  uint64_t hi, lo;  // masked
  uint64_t bits;
};
struct OwnBlock {
  uint64_t members[4];  // one bit an address
};
// IPv4 addresses in host order, from the first place on; 0: free. One that is not in its full bucket may be in the
// next.
struct OwnSlots {
  uint32_t address[kSlots];
};
struct AddressKey {
  uint64_t hi, lo;
};
struct BucketKey {
  uint64_t hi, lo, level;
};
struct DenyKey {
  uint32_t bits;
  uint8_t address[16];  // IPv4 mapped
};

// The bucket of an address. Multiplicative hashing (Knuth 6.4); its input is the user's own list.
PORTOLAN_HOST uint32_t own_slot_of(uint32_t address, uint32_t shift) { return (0x9e3779b1u * address) >> (shift & 31); }

#ifdef __cplusplus
}  // namespace portolan::xdp
#endif
