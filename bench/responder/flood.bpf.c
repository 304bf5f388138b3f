// SPDX-License-Identifier: Apache-2.0
// The far side of bench/respond in the kernel: make_syn writes SYN number i over a frame that is then sent (by live
// frames, BPF_PROG_TEST_RUN), judge_* look at what comes back and drop it.
//
// SYN i comes from an address and a port that i alone decides, goes to the target that i decides, and has sequence
// number i; so an answer says which SYN it answers, and is held against all of it. Both checksums are recomputed.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#include "flood_shared.h"

struct FloodPlan plan;           // written by user space before the first frame
uint64_t made SEC(".data") = 0;  // SYNs so far; in a section of its own, away from what the other side counts
uint64_t answers[kVerdicts];
uint32_t ended;  // no more SYNs are wanted

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, uint32_t);
  __type(value, uint32_t);
  __uint(max_entries, kTargets);
  __uint(map_flags, BPF_F_MMAPABLE);
} targets SEC(".maps");

// A bit for each SYN: it has been answered.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, uint32_t);
  __type(value, uint64_t);
  __uint(max_entries, kMostSyns / 64);
  __uint(map_flags, BPF_F_MMAPABLE);
} answered SEC(".maps");

struct Syn {
  uint32_t client, server, port;  // host order
};

// The finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
static __always_inline uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static __always_inline struct Syn syn_of(uint32_t i) {
  const uint64_t m = mix(i);
  const uint32_t place = (m >> 45) % kTargets;
  const uint32_t* target = bpf_map_lookup_elem(&targets, &place);
  return (struct Syn){
      .client = 0xc0000000 | (m & 0x1fffffff), .server = target ? *target : 0, .port = 0x8000 | ((m >> 29) & 0x7fff)};
}

static __always_inline uint16_t fold(uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return (uint16_t)((sum >> 16) + sum);
}

static __always_inline uint64_t sum_words(const uint8_t* p, int words) {
  uint64_t sum = 0;
  for (int i = 0; i < words; ++i) sum += ((const uint32_t*)p)[i];
  return sum;
}

// All of the frame each time: the pages come back as the peer has left them.
SEC("xdp")
int make_syn(struct xdp_md* ctx) {
  uint8_t* p = (uint8_t*)(long)ctx->data;
  if (p + kFrame > (uint8_t*)(long)ctx->data_end || made >= plan.most || ended) return XDP_DROP;
  const uint32_t i = (uint32_t)made++;
  const struct Syn syn = syn_of(i);
  __builtin_memcpy(p, plan.frame, kFrame);
  *(uint32_t*)(p + 26) = bpf_htonl(syn.client);
  *(uint32_t*)(p + 30) = bpf_htonl(syn.server);
  *(uint16_t*)(p + 34) = bpf_htons((uint16_t)syn.port);
  *(uint32_t*)(p + 38) = bpf_htonl(i);
  const uint64_t ends = (uint64_t)bpf_htonl(syn.client) + bpf_htonl(syn.server);
  *(uint16_t*)(p + 24) = (uint16_t)~fold(plan.sum_ip + ends);
  *(uint16_t*)(p + 50) = (uint16_t)~fold(plan.sum_tcp + ends + bpf_htons((uint16_t)syn.port) + bpf_htonl(i));
  return (int)bpf_redirect(plan.interface, 0);
}

static __always_inline int tcp_is_intact(const uint8_t* p, const uint8_t* end, uint32_t length) {
  uint64_t sum = sum_words(p + 26, 2) + bpf_htons(6) + bpf_htons((uint16_t)length);
  for (uint32_t k = 0; k < 15; ++k) {
    if (4 * k >= length) break;
    const uint8_t* word = p + 34 + 4 * k;
    if (word + 4 > end) return 0;
    sum += *(const uint32_t*)word;
  }
  return fold(sum) == 0xffff;
}

static __always_inline enum Verdict judge(const uint8_t* p, const uint8_t* end) {
  if (p + 54 > end || *(const uint16_t*)(p + 12) != bpf_htons(0x0800) || p[14] != 0x45 || p[23] != 6) return kOther;
  const uint32_t i = bpf_ntohl(*(const uint32_t*)(p + 42)) - 1;
  if (i >= plan.most || p[47] != 0x12) return kWrong;
  const struct Syn syn = syn_of(i);
  if (*(const uint32_t*)(p + 26) != bpf_htonl(syn.server) || *(const uint32_t*)(p + 30) != bpf_htonl(syn.client) ||
      *(const uint16_t*)(p + 34) != bpf_htons(kPort) || *(const uint16_t*)(p + 36) != bpf_htons((uint16_t)syn.port)) {
    return kWrong;
  }
  const uint32_t length = (uint32_t)(p[46] >> 4) * 4;
  if (bpf_ntohs(*(const uint16_t*)(p + 16)) != 20 + length || fold(sum_words(p + 14, 5)) != 0xffff) return kWrong;
  if (!tcp_is_intact(p, end, length)) return kWrong;
  const uint32_t word = i / 64;
  const uint64_t bit = 1ull << (i % 64);
  uint64_t* bits = bpf_map_lookup_elem(&answered, &word);
  if (!bits) return kWrong;
  return (__sync_fetch_and_or(bits, bit) & bit) != 0 ? kRepeated : kRight;
}

// Whether the frame was a TCP segment, which ends here: nobody here awaits one.
static __always_inline int count(const uint8_t* p, const uint8_t* end) {
  const enum Verdict verdict = judge(p, end);
  __sync_fetch_and_add(&answers[verdict], 1);
  return verdict != kOther;
}

SEC("xdp")
int judge_in_driver(struct xdp_md* ctx) {
  return count((const uint8_t*)(long)ctx->data, (const uint8_t*)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int judge_in_stack(struct __sk_buff* skb) {
  return count((const uint8_t*)(long)skb->data, (const uint8_t*)(long)skb->data_end) ? TC_ACT_SHOT : TC_ACT_OK;
}

char licence[] SEC("license") = "Dual MIT/GPL";
