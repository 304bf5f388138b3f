// SPDX-License-Identifier: Apache-2.0
// How the packets of an operating system look, as far as they are the same for all its answers: plain C, so that C++
// and a kernel program (BPF) read the same numbers. The table of systems is personality.h.
//
// Values and pure functions, any thread.
#pragma once

#include "population/host_step.h"

#ifdef __cplusplus
namespace portolan::population {
#endif

// How a system fills the IPv4 identification.
enum IdStyle {
  kIdZero = 0,
  kIdRandom = 1,   // another one for each question; the same question has the same answer
  kIdCounter = 2,  // as if the host sent about a packet a millisecond
};

struct HostLook {
  uint8_t ttl;                // and hop limit
  uint8_t tcp_id;             // of IdStyle: segments and datagrams
  uint8_t tcp_dont_fragment;  // 1: DF
  uint8_t icmp_id;            // of IdStyle: ICMP messages
  uint8_t error_tos;          // TOS of IPv4 ICMP errors
  uint8_t echo_copies_tos;    // 1: an echo reply has the TOS (traffic class) of its request
  uint8_t echo_copies_df;     // 1: and the DF; else it has none, as errors have none
  uint8_t window_scale;       // of SYN-ACKs, where it is among the options
  uint16_t window;            // of a SYN-ACK with timestamps
  uint16_t window_plain;      // of one without
  uint16_t reset_window;
  uint16_t quote;  // the most bytes of an IPv4 packet that an ICMP error quotes
  uint16_t mss_v4;
  uint16_t mss_v6;
};

// 16 bits. `ask`: a word of the question, host order: that at offset 4 of the transport header which is answered (a
// segment's sequence number, an ICMP message's identifier and number); of a datagram answered by one, both ports.
PORTOLAN_HOST uint64_t host_ip_id(uint64_t style, uint64_t variety, uint32_t ask, uint64_t clock_ms) {
  if (style == kIdZero) return 0;
  if (style == kIdCounter) return (variety + clock_ms) & 0xffff;
  return host_mix(variety ^ ask) & 0xffff;
}

// The TCP timestamp clock of a host, 32 bits, whose start is its own affair.
PORTOLAN_HOST uint64_t host_tcp_clock(uint64_t variety, uint64_t clock_ms) {
  return (clock_ms + (variety >> 36)) & 0xffffffffu;
}

#ifdef __cplusplus
}  // namespace portolan::population
#endif
