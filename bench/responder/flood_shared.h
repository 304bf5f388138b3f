// SPDX-License-Identifier: Apache-2.0
// What the kernel half (flood.bpf.c) and the user half (syn_flood.cc) of the benchmark's sender have in common.
#pragma once

#include <stdint.h>

enum {
  kFrame = 60,          // bytes of a SYN: 14 Ethernet, 20 IPv4, 24 TCP with an MSS, 2 of padding
  kPort = 80,           // that is asked
  kTargets = 1 << 16,   // places in the table of targets
  kMostSyns = 1 << 24,  // that one run can tell apart
};

// What an answer is found to be.
enum Verdict {
  kRight,     // the first SYN-ACK to a SYN of ours: ends, ports, numbers and checksums as they must be
  kRepeated,  // a further one
  kWrong,     // any other TCP segment
  kOther,     // no TCP
  kVerdicts
};

struct FloodPlan {
  uint64_t most;       // SYNs to make
  uint64_t sum_ip;     // of the words of `frame` that never change, as they lie in memory
  uint64_t sum_tcp;    // the same with the pseudo-header
  uint32_t interface;  // its index
  uint32_t unused;
  uint8_t frame[64];  // all but the two ends and the sequence number
};
