// SPDX-License-Identifier: Apache-2.0
// The tables of answer.bpf.c. Included by it alone.
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xdp/answer_shared.h"

// Written by the loader through the memory that they are mapped to.
struct AnswerConfig config;
struct HostShares shares;
struct PortTable tcp_ports;
struct PortTable udp_ports;
struct AnswerLook looks[kPersonalities];
struct SynKeys syn_keys[2];
uint32_t syn_keys_at;    // which of the two is good: the other is written in peace
uint8_t own_v4[65536];   // by the upper 16 bits, of kOwn*
uint64_t whole_full_at;  // the bucket of all answers together

// Counts of each CPU by themselves: no locked instruction.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, uint32_t);
  __type(value, uint64_t);
  __uint(max_entries, kAnswerCounts);
} counts SEC(".maps");

// Our addresses that no whole IPv4 /16 holds: one by one where there are few in theirs, else in blocks. Sizes of these
// are set before they are made.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, uint32_t);
  __type(value, struct OwnSlots);
  __uint(max_entries, 1);
} own_slots SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, struct OwnBlockKey);
  __type(value, struct OwnBlock);
  __uint(max_entries, 1);
} own_blocks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, struct AddressKey);
  __type(value, uint8_t);
  __uint(max_entries, 1);
} named SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __type(key, struct DenyKey);
  __type(value, uint32_t);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} denied SEC(".maps");

// Token buckets, as the time at which each is full again. Strangers push out whoever was quiet longest.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __type(key, struct BucketKey);
  __type(value, uint64_t);
  __uint(max_entries, 1 << 16);
} buckets SEC(".maps");

static __always_inline void count(uint32_t which) {
  uint64_t* c = bpf_map_lookup_elem(&counts, &which);
  if (c) ++*c;
}

// A frame that ends here, under one name, unanswered.
static __always_inline int drop(uint32_t why) {
  count(kAnswerReceived);
  count(why);
  return XDP_DROP;
}
