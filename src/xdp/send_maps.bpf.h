// SPDX-License-Identifier: Apache-2.0
// The tables of send.bpf.c. Included by it alone.
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "xdp/send_shared.h"

// Written by the loader: the plan before the program is verified, the rest through the memory that it is mapped to.
const struct SendPlan plan_of_program = {0};
struct SendState state;
struct SendProbe probes[kMostSendProbes];
struct PatchCrc sctp_crc;
uint64_t left_positions[kSendLeft];
struct SendMark marks[kSendMarks];

// One value each, whose size is set before it is made: its address is asked for once a group.
#define PORTOLAN_SEND_TABLE(name)      \
  struct {                             \
    __uint(type, BPF_MAP_TYPE_ARRAY);  \
    __uint(key_size, 4);               \
    __uint(value_size, 8);             \
    __uint(max_entries, 1);            \
    __uint(map_flags, BPF_F_MMAPABLE); \
  } name SEC(".maps")

PORTOLAN_SEND_TABLE(v4_entries);
PORTOLAN_SEND_TABLE(v4_buckets);
PORTOLAN_SEND_TABLE(v4_services);
PORTOLAN_SEND_TABLE(v6_entries);
PORTOLAN_SEND_TABLE(v6_buckets);
PORTOLAN_SEND_TABLE(v6_services);
PORTOLAN_SEND_TABLE(pair_list);
PORTOLAN_SEND_TABLE(way_list);
PORTOLAN_SEND_TABLE(probe_table);
PORTOLAN_SEND_TABLE(answered_bits);

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __type(key, uint32_t);
  __type(value, uint32_t);
  __uint(max_entries, 1);
} device SEC(".maps");

struct ResultRing {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, uint32_t);
  __array(values, struct ResultRing);
} results SEC(".maps");

// Plain loads, of which the compiler knows nothing and the verifier everything.
static __always_inline const struct SendPlan* the_plan(void) {
  const struct SendPlan* plan = &plan_of_program;
  asm volatile("" : "+r"(plan));
  return plan;
}

// Words that the other side reads or writes meanwhile: in this order, and whole.
#define PORTOLAN_READ(word) (*(const volatile uint64_t*)&(word))
#define PORTOLAN_WRITE(word, v) (*(volatile uint64_t*)&(word) = (v))

#define PORTOLAN_TABLE(name)                          \
  ({                                                  \
    const uint32_t zero = 0;                          \
    (const void*)bpf_map_lookup_elem(&(name), &zero); \
  })
