// SPDX-License-Identifier: Apache-2.0
// What the kernel program that receives answers (catch.bpf.c) and its loader (catch.h) have in common: plain C for
// both. Everything is in host order unless it says otherwise; both halves are built together, so the layout may change.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
namespace portolan::xdp {
#endif

enum {
  kMostOwn = 64,
  kMostCaughtOptions = 40,
};

// One for each frame that the program ends, by what became of it.
enum CatchCount {
  kCatchRecorded,         // put into the ring
  kCatchAgain,            // a proper answer of a target whose last answer is still remembered: not recorded
  kCatchRingFull,         // a proper answer for which there was no room: lost
  kCatchBadCookie,        // right address and port, wrong number
  kCatchBadSourcePort,    // one of our ports, but not one that this target was asked from
  kCatchIrrelevant,       // to us, but no answer to any probe
  kCatchBadIpv4Checksum,  // malformed
  kCatchBadTcpChecksum,
  kCatchBadIcmpv4Checksum,
  kCatchBadIcmpv6Checksum,
  kCatchToSocket,      // handed to the AF_XDP socket
  kCatchSocketFull,    // should have been, but the socket had no room: lost
  kCatchResets,        // resets sent (each of a frame counted above)
  kCatchResetsUnsent,  // no room in the frame: the record says so, and user space sends it
  kCatchPassed,        // left untouched
  kCatchCounts,
};

enum CaughtWhat {
  kCaughtSynAck,
  kCaughtRst,
  kCaughtEchoReply,
};

// One answer that proved itself.
struct Caught {
  uint64_t time;      // monotonic clock, ns
  uint64_t hi, lo;    // the target's address as addr::IpAddress keeps it
  uint16_t port;      // the target's
  uint16_t our_port;  // 0 for echo
  uint16_t own;       // which of CatchOptions::ours it came to
  uint8_t what;       // CaughtWhat
  uint8_t ttl;
  uint32_t pass;      // which of our probes was answered (mod our ports); echo: 0
  uint16_t window;    // TCP
  uint8_t reset;      // the reset has been sent
  uint8_t mac_known;  // the frame had an Ethernet header
  uint8_t mac[6];     // its source
  uint8_t option_bytes;
  uint8_t unused;
  uint8_t options[kMostCaughtOptions];  // TCP's, as they came
};

#ifdef __cplusplus
}  // namespace portolan::xdp
#endif
