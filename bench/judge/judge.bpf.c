// SPDX-License-Identifier: Apache-2.0
// The far side of bench/compare, in the driver: counts the probes that arrive, by millisecond if wanted, answers for
// those services that are open, loses a share of both if wanted, and drops the rest. IPv4 and IPv6, TCP.
//
// Whether a service is open is a hash of its address and port, so user space knows it without asking.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "judge_shared.h"

const volatile struct JudgePlan plan;
uint64_t first_ns;  // when the first probe came

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, uint32_t);
  __type(value, struct JudgeTally);
  __uint(max_entries, 1);
} tallies SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, uint32_t);
  __type(value, uint32_t);
  __uint(max_entries, kMilliseconds);
  __uint(map_flags, BPF_F_MMAPABLE);
} arrivals SEC(".maps");

enum { kAddress4 = 26, kTcp4 = 34, kAddress6 = 22, kTcp6 = 54, kTcpHeader = 20, kSyn = 2, kRst = 4, kAck = 16 };

// The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
static __always_inline uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static __always_inline void note_time(struct JudgeTally* tally) {
  if (!plan.histogram) {
    if (first_ns == 0) first_ns = bpf_ktime_get_ns();
    return;
  }
  const uint64_t now = bpf_ktime_get_ns();
  if (first_ns == 0) __sync_val_compare_and_swap(&first_ns, 0, now);
  tally->last_ns = now;
  const uint32_t bin = now < first_ns ? 0 : (uint32_t)((now - first_ns) / kNanosPerMilli);
  uint32_t* count = bpf_map_lookup_elem(&arrivals, &bin);
  if (count) __sync_fetch_and_add(count, 1);
}

static __always_inline int is_lost(struct JudgeTally* tally) {
  if (plan.lose == 0 || bpf_get_prandom_u32() % kWhole >= plan.lose) return 0;
  ++tally->lost;
  return 1;
}

static __always_inline int is_open(uint32_t address, uint16_t port) {
  return plan.answer_every != 0 && mix((uint64_t)address << 16 | port) % plan.answer_every == 0;
}

static __always_inline void swap(uint8_t* a, uint8_t* b, int bytes) {
  for (int i = 0; i < bytes; i += 2) {
    const uint16_t kept = *(uint16_t*)(a + i);
    *(uint16_t*)(a + i) = *(uint16_t*)(b + i);
    *(uint16_t*)(b + i) = kept;
  }
}

// Makes a SYN-ACK of the SYN, options and all. Sums of swapped words stay; what changes is patched in (RFC 1624).
static __always_inline void answer(uint8_t* p, uint8_t* tcp, int address, int bytes) {
  swap(p, p + 6, 6);
  swap(p + address, p + address + bytes, bytes);
  swap(tcp, tcp + 2, 2);
  const uint32_t sequence = *(uint32_t*)(tcp + 4), acknowledged = *(uint32_t*)(tcp + 8);
  const uint32_t mine = (uint32_t)mix(sequence), next = bpf_htonl(bpf_ntohl(sequence) + 1);
  uint64_t sum = (uint16_t) ~*(uint16_t*)(tcp + 16);
  sum += (uint64_t)(uint32_t)~sequence + (uint32_t)~acknowledged + mine + next + bpf_htons(kAck);
  *(uint32_t*)(tcp + 4) = mine;
  *(uint32_t*)(tcp + 8) = next;
  tcp[13] = kSyn | kAck;
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  *(uint16_t*)(tcp + 16) = (uint16_t) ~((sum >> 16) + sum);
}

static __always_inline int judge_segment(struct JudgeTally* tally, uint8_t* p, uint8_t* tcp, int address, int bytes) {
  if (tcp[13] != kSyn) {
    if (tcp[13] & kRst) {
      ++tally->resets;
    } else {
      ++tally->other;
    }
    return XDP_DROP;
  }
  ++tally->probes;
  note_time(tally);
  const uint32_t target = bpf_ntohl(*(uint32_t*)(p + address + 2 * bytes - 4));
  if (!is_open(target, bpf_ntohs(*(uint16_t*)(tcp + 2))) || is_lost(tally) || is_lost(tally)) return XDP_DROP;
  ++tally->answers;
  answer(p, tcp, address, bytes);
  return XDP_TX;
}

SEC("xdp")
int judge(struct xdp_md* ctx) {
  uint8_t *p = (uint8_t*)(long)ctx->data, *end = (uint8_t*)(long)ctx->data_end;
  const uint32_t only = 0;
  struct JudgeTally* tally = bpf_map_lookup_elem(&tallies, &only);
  if (!tally || p + kTcp4 + kTcpHeader > end) return XDP_PASS;
  if (*(uint16_t*)(p + 12) == bpf_htons(0x0800) && p[14] == 0x45 && p[23] == 6) {
    return judge_segment(tally, p, p + kTcp4, kAddress4, 4);
  }
  if (*(uint16_t*)(p + 12) != bpf_htons(0x86dd) || p[20] != 6 || p + kTcp6 + kTcpHeader > end) return XDP_PASS;
  return judge_segment(tally, p, p + kTcp6, kAddress6, 16);
}

// A driver at the other end answers (XDP_TX) into a veth only if a program is there: this one minds nothing.
SEC("xdp")
int pass(struct xdp_md* ctx) {
  (void)ctx;
  return XDP_PASS;
}

char licence[] SEC("license") = "Apache-2.0";
