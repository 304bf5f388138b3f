// SPDX-License-Identifier: Apache-2.0
// The tables of catch.bpf.c. Included by it alone.
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xdp/catch_shared.h"

const volatile struct CatchConfig config;
const volatile struct CatchOwn own_addresses[kOwnPlaces];

uint64_t woken_at;  // when the consumer was last woken

// Counts of each CPU by themselves: no locked instruction.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, uint32_t);
  __type(value, uint64_t);
  __uint(max_entries, kCatchCounts);
} counts SEC(".maps");

// Of struct Caught. Its size is set before it is made.
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 25);
} results SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __type(key, uint32_t);
  __type(value, uint32_t);
  __uint(max_entries, kMostQueues);
} sockets SEC(".maps");

// Whose answers were recorded last: at each place the whole hash that the target's cookie is cut from. Its size is set
// before it is made.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, uint32_t);
  __type(value, uint64_t);
  __uint(max_entries, 1);
} remembered SEC(".maps");

static __always_inline void add(uint32_t which, uint64_t n) {
  uint64_t* c = bpf_map_lookup_elem(&counts, &which);
  if (c) *c += n;
}
static __always_inline void count(uint32_t which) { add(which, 1); }

static __always_inline int drop(uint32_t why) {
  count(why);
  return XDP_DROP;
}
