// SPDX-License-Identifier: Apache-2.0
// What the kernel program that sends (send.bpf.c) and its loader (send.h) have in common: plain C for both.
//
// Everything is in host order unless it says otherwise; both halves are built together, so the layout may change. Each
// word has one writer, which is named; the other side reads it whole.
#pragma once

#include "addr/pick_step.h"
#include "permute/step.h"
#include "wire/cookie_step.h"
#include "wire/patch_step.h"

#ifdef __cplusplus
namespace portolan::xdp {
using addr::PickDivider;
using addr::PickShape;
using base::SipState;
using permute::FeistelKeys;
using wire::PatchCrc;
using wire::PatchLayout;
#endif

enum {
  kSendGroup = 16,         // positions that are worked on at once, so that their latencies overlap
  kSendRing = 64,          // probes made: a group and what was handed to the device and not yet taken, twice
  kMostSendProbes = 1024,  // different probes (templates)
  kMostSendFrame = 1536,   // bytes, a multiple of 8
  kSendSpare = 2,          // bytes by which the frame that the program is handed is longer than the longest probe
  kSendLeft = 1 << 16,     // positions that wait for the caller
  kSendMarks = 1 << 18,    // times that are remembered
  kSendMarkFrames = 64,    // positions between two of them, at most
  kSendMarkNanos = 20000,  // and what the rate sends in this time, at most
  kNoSendProbe = 0xffff,   // in the table of probes: left to the caller
  kMostSendWalk = 16,      // steps of a cycle walk; longer ones are left to the caller
  kSendHoldEvery = 64,     // positions between two looks at the ring of results
};

// A service as the cookie and the probe want it. `kind`: its column in the table of probes.
struct SendService {
  uint32_t service;  // wire::cookie_service()
  uint16_t port;
  uint16_t kind;
};

struct SendPair {
  uint64_t hi, lo;
  struct SendService service;
};

// Destinations [first, last]. `row`: where its row begins in the table of probes.
struct SendWay {
  uint64_t first_hi, first_lo;
  uint64_t last_hi, last_lo;
  uint64_t source_hi, source_lo;
  uint64_t row;
  uint64_t unused;
};

// One family's addresses x services.
struct SendBlock {
  uint64_t size;
  struct PickDivider by_services;
  struct PickShape shape;
  uint64_t ranges;  // 1: no tables, but for
  uint64_t begin_hi, begin_lo;
  struct SendService first;  // the only service, if there is one
};

// Constant once loaded, so that the verifier takes out what a plan does not use.
struct SendPlan {
  uint64_t size;           // positions
  uint64_t first, stride;  // position k has index first + k * stride
  uint64_t last;           // the greatest number of a target
  uint64_t rounds;         // of the keys
  struct FeistelKeys keys;
  struct SendBlock v4, v6;
  uint64_t pairs;
  uint64_t only_v4;      // products of IPv4 and nothing else
  uint64_t one_service;  // and one service, v4.first
  uint64_t ways;
  uint64_t way_is_sure;  // one way, and every target lies on it
  struct SendWay way;    // the first one
  uint64_t kinds;        // columns of the table of probes
  uint64_t probe_cells;  // its size; 0: every target gets probe 0
  uint64_t probes;
  uint64_t same_shape;  // all probes are as long and of one body and family: as in `shape`
  struct PatchLayout shape;
  uint64_t longest;  // bytes
  uint64_t network_at;
  struct SipState sip;
  uint64_t first_port, port_count;
  uint64_t retries;
  uint64_t answered_words;  // of 64 bits
};

// What is sent, but for what changes: the program's only copy, with the next hop's MAC address in it.
struct SendProbe {
  struct PatchLayout layout;
  uint64_t tail;  // the last 8 bytes once more
  uint64_t words[kMostSendFrame / 8];
};

// One probe, made and not known to be sent.
struct SendMade {
  uint64_t hi, lo;
  uint64_t source_hi, source_lo;  // when there is more than one
  uint32_t ports, token, ip_id, probe, service, unused;
  uint64_t unused_too;  // a power of two in all
};

// When a packet is due: the same two buckets as pace::Pacer's, as theoretical arrival times (ITU-T I.371).
struct SendSchedule {
  uint64_t unlimited;
  uint64_t credit_nanos, credit_part;  // a packet's time, and 2^-32 of a nanosecond
  uint64_t burst_nanos, burst_part;
  uint64_t debt;        // nanoseconds
  uint64_t group;       // packets that are waited for and leave together
  uint64_t mark_every;  // positions
};

struct SendMark {
  uint64_t position, time;
};

struct SendState {
  // The caller's.
  uint64_t stop;
  uint64_t end;  // positions from here on are not taken
  uint64_t generation, port_offset;
  uint64_t first;           // position of the pass
  uint64_t skips_answered;  // in this pass
  uint64_t hold;            // takes no positions, and earns none
  uint64_t schedule_at;     // which of the two is good: the other is written in peace
  struct SendSchedule schedules[2];
  uint64_t charged;
  uint64_t hold_bytes;
  uint64_t left_taken;
  uint64_t processor;  // that frames are being sent by

  // The program's.
  uint64_t seen;                     // generation
  uint64_t position;                 // the next one
  uint64_t taken;                    // of all passes
  uint64_t made, handed, confirmed;  // probes in the ring: made - handed wait, handed - confirmed are with the device
  uint64_t sent, sent_bytes, again, refused, left, skipped, held;
  uint64_t refusing_since;  // nanoseconds; 0: it does not
  uint64_t next_mark, marks;
  uint64_t next_hold_look, holding;
  uint64_t now, settled;  // monotonic clock: as last read; of the schedule
  uint64_t credit_at, credit_rest, burst_at, burst_rest, reach;
  uint64_t charges_seen;
  struct SendMade ring[kSendRing];
};

#ifdef __cplusplus
}  // namespace portolan::xdp
#endif
