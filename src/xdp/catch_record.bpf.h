// SPDX-License-Identifier: Apache-2.0
// What becomes of an answer that proved itself: its record and its reset. Included by catch.bpf.c alone.
#pragma once

#include "xdp/catch_proof.bpf.h"

// A consumer that sleeps is woken at most so often: what comes within that time waits for it, or for the end of its own
// timeout. A wake-up for each record would cost more than all the rest.
enum { kWakeInterval = 500000 };

enum { kProtocolTcp = 6 };

struct Answer {
  uint64_t hash;
  uint64_t what;
  uint64_t port, our_port;
  uint64_t pass;
  uint64_t window;
  uint64_t option_bytes;
  uint32_t acknowledgment;  // as it lies in memory
  uint32_t options[kMostCaughtOptions / 4];
};

static __always_inline int reset_link(struct xdp_md* ctx) {
  uint16_t* p = (uint16_t*)at(ctx, 0, 18);
  // What came to a group of stations has no address of ours to be answered from.
  if (!p || (*(uint8_t*)p & 1)) return 0;
  const uint16_t ours[3] = {p[0], p[1], p[2]};
  p[0] = p[3], p[1] = p[4], p[2] = p[5];
  p[3] = ours[0], p[4] = ours[1], p[5] = ours[2];
  if (config.tagged) p[7] = bpf_htons(config.vlan);
  return 1;
}

static __always_inline int reset_ip(struct xdp_md* ctx, const struct Arrival* a) {
  uint32_t* p = (uint32_t*)at(ctx, a->ip, 40);
  if (a->v4) {
    p = (uint32_t*)at(ctx, a->ip, 20);
    if (!p) return 0;
    p[0] = bpf_htonl(0x45000000 | 40);
    p[1] = bpf_htonl(1 << 16);
    p[2] = bpf_htonl((uint32_t)config.ttl << 24 | kProtocolTcp << 16);
    p[3] = bpf_htonl((uint32_t)a->ours_lo);
    p[4] = bpf_htonl((uint32_t)a->theirs_lo);
    ((uint16_t*)p)[5] = (uint16_t)~fold(sum32((uint8_t*)p, 5));
    return 1;
  }
  if (!p) return 0;
  p[0] = bpf_htonl(0x60000000 | 1 << 16 | 1);  // wire::Template's flow label for an identification of 1
  p[1] = bpf_htonl(20 << 16 | kProtocolTcp << 8 | config.ttl);
#pragma unroll
  for (int i = 2; i < 6; ++i) {
    const uint32_t theirs = p[i];
    p[i] = p[i + 4];
    p[i + 4] = theirs;
  }
  return 1;
}

// Makes of the SYN-ACK the reset that wire::Template::tcp_rst() would be, stamped for it (RFC 9293 3.10.7.3).
static __always_inline int make_reset(struct xdp_md* ctx, struct Arrival* a, const struct Answer* answer) {
  uint32_t* p = (uint32_t*)at(ctx, a->body, 20);
  if (!p || !reset_link(ctx) || !reset_ip(ctx, a)) return 0;
  a->length = 20;
  p[0] = bpf_htonl((uint32_t)(answer->our_port << 16 | answer->port));
  p[1] = answer->acknowledgment;
  p[2] = 0;
  p[3] = bpf_htonl(5 << 28 | 4 << 16);
  p[4] = 0;
  ((uint16_t*)p)[8] = (uint16_t)~fold(sum32((uint8_t*)p, 5) + pseudo_sum(a, kProtocolTcp));
  const uint64_t surplus = (uint64_t)(ctx->data_end - ctx->data) - a->body - 20;
  return surplus == 0 || bpf_xdp_adjust_tail(ctx, -(int)surplus) == 0;
}

static __always_inline int answer_reset(struct xdp_md* ctx, struct Arrival* a, const struct Answer* answer) {
  if (answer->what != kCaughtSynAck || !config.reset) return XDP_DROP;
  const int made = make_reset(ctx, a, answer);
  if (!made) return drop(kCatchResetsUnsent);
  count(kCatchResets);
  add(kCatchResetBytes, a->body + 20);
  return XDP_TX;
}

static __always_inline void fill(struct xdp_md* ctx, const struct Arrival* a, const struct Answer* answer,
                                 struct Caught* c, uint64_t now) {
  c->time = now;
  c->hi = a->theirs_hi, c->lo = a->theirs_lo;
  c->port = (uint16_t)answer->port, c->our_port = (uint16_t)answer->our_port;
  c->own = (uint16_t)a->own;
  c->what = (uint8_t)answer->what;
  c->ttl = (uint8_t)a->ttl;
  c->pass = (uint32_t)answer->pass;
  c->window = (uint16_t)answer->window;
  c->reset = 0;
  c->option_bytes = (uint8_t)answer->option_bytes;
  c->unused = 0;
  __builtin_memcpy(c->options, answer->options, sizeof c->options);
  const uint16_t* link = (const uint16_t*)at(ctx, 0, 14);
  c->mac_known = link != 0;
  uint16_t* mac = (uint16_t*)c->mac;
  if (link) mac[0] = link[3], mac[1] = link[4], mac[2] = link[5];
}

static __always_inline uint64_t wake_flag(uint64_t now) {
  if (now - woken_at < kWakeInterval) return BPF_RB_NO_WAKEUP;
  woken_at = now;  // two processors may both wake it: no harm
  return BPF_RB_FORCE_WAKEUP;
}

// Targets say the same again (a SYN-ACK until it is answered, each probe its answer), and the last answers are told
// from new ones here. Exactly once is user space's to see to: a forgotten answer is recorded again. An answer that is
// taken for another's is lost, though: its hash would have to be the one that stands at its place, all 64 bits of a
// keyed hash (SipHash) of another target, which happens to one answer in 2^64, and nobody without the key can help it.
static __always_inline int keep(struct xdp_md* ctx, struct Arrival* a, const struct Answer* answer) {
  const uint32_t place = (uint32_t)answer->hash & config.remember_mask;
  uint64_t* last = bpf_map_lookup_elem(&remembered, &place);
  if (!last) return XDP_PASS;  // cannot be
  if (*last == answer->hash) {
    count(kCatchAgain);
    return answer_reset(ctx, a, answer);
  }
  struct Caught* record = bpf_ringbuf_reserve(&results, sizeof *record, 0);
  if (!record) return drop(kCatchRingFull);
  const uint64_t now = bpf_ktime_get_ns();
  fill(ctx, a, answer, record, now);
  const int action = answer_reset(ctx, a, answer);
  record->reset = action == XDP_TX;
  bpf_ringbuf_submit(record, wake_flag(now));
  *last = answer->hash;
  count(kCatchRecorded);
  return action;
}
