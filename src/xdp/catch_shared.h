// SPDX-License-Identifier: Apache-2.0
// What the kernel program that receives answers (catch.bpf.c) and its loader (catch.h) have in common: plain C for
// both. Everything is in host order unless it says otherwise; both halves are built together, so the layout may change.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
#define PORTOLAN_CATCH constexpr
namespace portolan::xdp {
#else
#define PORTOLAN_CATCH static inline __attribute__((always_inline))
#endif

enum {
  kMostOwn = 64,  // addresses of ours, of each family
  kMostCaughtOptions = 40,
  kOwnPlaceBits = 11,  // of the table of our addresses, so large that there need be no two at one place
  kOwnPlaces = 1 << kOwnPlaceBits,
  kMostQueues = 1024,  // that an AF_XDP socket may listen at
};

// One for each frame, by what became of it; but resets are counted besides.
enum CatchCount {
  kCatchRecorded,  // put into the ring
  kCatchAgain,     // a proper answer of a target whose last answer is still remembered: not recorded
  // A proper answer for which there was no room: lost. Not reset either: a SYN-ACK that is not answered comes again.
  kCatchRingFull,
  kCatchBadCookie,        // right address and port, wrong number
  kCatchBadSourcePort,    // one of our ports, but not one that this target was asked from
  kCatchBadIpv4Checksum,  // malformed
  kCatchBadTcpChecksum,
  kCatchBadIcmpv4Checksum,
  kCatchBadIcmpv6Checksum,
  kCatchToSocket,  // handed to the AF_XDP socket; what that had no room for, its own statistics say
  kCatchPassed,    // left untouched
  kCatchResets,    // resets sent (each of a frame counted above)
  kCatchResetBytes,
  kCatchResetsUnsent,  // could not be made of the frame: the record says so, and user space may send it
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
  uint8_t options[kMostCaughtOptions];  // TCP's, as they came; zeros behind
};

// An address of ours, at the place that own_place() says. `number`: 1 + which of CatchOptions::ours; 0: none.
struct CatchOwn {
  uint64_t hi, lo;
  uint64_t number;
};

// Constant once the program is loaded, so that the kernel leaves out what is not asked for.
struct CatchConfig {
  uint64_t key[2];
  uint64_t own_multiplier[2];
  uint32_t own_shift;
  uint32_t port_count;
  uint32_t passes;
  uint32_t remember_mask;  // places for answers, less one
  uint16_t first_port;
  uint16_t vlan;
  uint8_t tagged;
  uint8_t tcp_tag, echo_tag;
  uint8_t judge, tcp, echo, reset;
  uint8_t trust_checksums;
  uint8_t ttl;
  uint8_t unused[3];
};

// The only place at which an address of ours can stand: the loader chooses multipliers for which no two share one.
PORTOLAN_CATCH uint64_t own_place(const uint64_t multiplier[2], uint32_t shift, uint64_t hi, uint64_t lo) {
  return ((hi * multiplier[0] + lo * multiplier[1]) >> (shift & 63)) & (kOwnPlaces - 1);
}

#ifdef __cplusplus
}  // namespace portolan::xdp
#endif
