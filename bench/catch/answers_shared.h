// SPDX-License-Identifier: Apache-2.0
// What the kernel half (answers.bpf.c) and the user half (catch_flood.cc) of the benchmark's sender have in common.
#pragma once

#include <stdint.h>

enum {
  kAnswerFrame = 58,  // bytes of a SYN-ACK: 14 Ethernet, 20 IPv4, 24 TCP with an MSS
  kSurplus = 2,       // that make_answer is given beyond, and takes off
  kTheirPort = 80,
};

struct AnswersPlan {
  uint64_t key[2];
  uint64_t most;         // answers to make
  uint64_t interval_ps;  // between two of them, picoseconds; 0: none
  uint64_t begin;        // monotonic clock, ns
  uint64_t sum_ip;       // of the words of `frame` that never change, as they lie in memory
  uint64_t sum_tcp;      // the same with the pseudo-header
  uint32_t interface;    // its index
  uint32_t ours;
  uint32_t first_target;
  uint32_t port_count;
  uint16_t first_port;
  uint16_t tag;
  uint8_t frame[64];  // all but the target's address, our port and the number
};
