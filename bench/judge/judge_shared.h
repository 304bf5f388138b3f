// SPDX-License-Identifier: Apache-2.0
// What the kernel half (judge.bpf.c) and the user half (judge.cc) of the far side of bench/compare have in common.
#pragma once

#include <stdint.h>

enum {
  kMilliseconds = 1 << 18,  // that the histogram holds: four minutes
  kNanosPerMilli = 1000000,
  kWhole = 65536,  // a share of one
};

// What one processor has seen.
struct JudgeTally {
  uint64_t probes;   // TCP SYNs
  uint64_t resets;   // TCP RSTs
  uint64_t other;    // any other TCP segment
  uint64_t lost;     // probes and answers lost on purpose
  uint64_t answers;  // sent back
  uint64_t last_ns;  // when the last probe came; with the histogram alone
};

// Written before the program is loaded, so that what is not wanted costs nothing.
struct JudgePlan {
  uint32_t answer_every;  // a service is open if its hash is divisible by this; 0: none is
  uint32_t lose;          // of kWhole probes, and again of kWhole answers
  uint32_t histogram;     // whether arrivals are counted by millisecond
};
