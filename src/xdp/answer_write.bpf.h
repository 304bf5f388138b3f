// SPDX-License-Identifier: Apache-2.0
// What was asked, as numbers, and the writing of headers: the part of answer.bpf.c that knows bytes. Included by it
// alone.
#pragma once

#include "xdp/answer_maps.bpf.h"
#include "xdp/bytes.bpf.h"

// A frame that asks something, in host order.
struct Ask {
  uint64_t source_hi, source_lo;
  uint64_t target_hi, target_lo;
  uint32_t ports;   // the first 32 bits of the transport header
  uint32_t word;    // the next 32
  uint16_t ip;      // offset of the IP header: 14, or 18 behind a tag
  uint16_t body;    // offset of the transport header
  uint16_t length;  // bytes from there to the end of the packet
  uint16_t vlan;    // control word of the tag, in network order
  uint16_t mac[3];  // theirs, in network order
  uint8_t tos;
  uint8_t dont_fragment;
  uint8_t v4;
  struct HostTraits who;
};

// Of both addresses, the protocol and the length. The same both ways.
static __always_inline uint64_t pseudo_sum(const struct Ask* ask, uint64_t protocol, uint64_t length) {
  uint64_t sum = bpf_htons((uint16_t)protocol) + bpf_htons((uint16_t)length);
  if (ask->v4) return sum + bpf_htonl((uint32_t)ask->source_lo) + bpf_htonl((uint32_t)ask->target_lo);
  sum += halves(ask->source_hi) + halves(ask->source_lo);
  return sum + halves(ask->target_hi) + halves(ask->target_lo);
}

// Makes the frame exactly `length` bytes long. 0: done.
static __always_inline long resize(struct xdp_md* ctx, uint64_t length) {
  const uint64_t now = (uint64_t)(ctx->data_end - ctx->data);
  return now == length ? 0 : bpf_xdp_adjust_tail(ctx, (int)(length - now));
}

// The link header, back to where the frame came from.
static __always_inline int put_link(struct xdp_md* ctx, const struct Ask* ask, uint16_t type) {
  uint16_t* p = (uint16_t*)at(ctx, 0, 18);
  if (!p) return 0;
  const uint16_t* ours = (const uint16_t*)config.mac;
  p[0] = ask->mac[0], p[1] = ask->mac[1], p[2] = ask->mac[2];
  p[3] = ours[0], p[4] = ours[1], p[5] = ours[2];
  if (ask->ip == 18) {
    p[6] = bpf_htons(0x8100), p[7] = ask->vlan, p[8] = bpf_htons(type);
  } else {
    p[6] = bpf_htons(type);
  }
  return 1;
}

struct Envelope {
  uint64_t protocol;
  uint64_t length;  // of the transport packet
  uint64_t ttl, tos, id, dont_fragment;
};

static __always_inline int put_ip(struct xdp_md* ctx, const struct Ask* ask, const struct Envelope* e) {
  uint32_t* p = (uint32_t*)at(ctx, ask->ip, 40);
  if (ask->v4) {
    p = (uint32_t*)at(ctx, ask->ip, 20);
    if (!p) return 0;
    p[0] = bpf_htonl((uint32_t)(0x45000000 | e->tos << 16 | (20 + e->length)));
    p[1] = bpf_htonl((uint32_t)(e->id << 16 | (e->dont_fragment ? 0x4000 : 0)));
    p[2] = bpf_htonl((uint32_t)(e->ttl << 24 | e->protocol << 16));
    p[3] = bpf_htonl((uint32_t)ask->target_lo);
    p[4] = bpf_htonl((uint32_t)ask->source_lo);
    ((uint16_t*)p)[5] = (uint16_t)~fold(sum32((uint8_t*)p, 5));
    return put_link(ctx, ask, 0x0800);
  }
  if (!p) return 0;
  p[0] = bpf_htonl((uint32_t)(0x60000000 | e->tos << 20));
  p[1] = bpf_htonl((uint32_t)(e->length << 16 | e->protocol << 8 | e->ttl));
  p[2] = bpf_htonl((uint32_t)(ask->target_hi >> 32)), p[3] = bpf_htonl((uint32_t)ask->target_hi);
  p[4] = bpf_htonl((uint32_t)(ask->target_lo >> 32)), p[5] = bpf_htonl((uint32_t)ask->target_lo);
  p[6] = bpf_htonl((uint32_t)(ask->source_hi >> 32)), p[7] = bpf_htonl((uint32_t)ask->source_hi);
  p[8] = bpf_htonl((uint32_t)(ask->source_lo >> 32)), p[9] = bpf_htonl((uint32_t)ask->source_lo);
  return put_link(ctx, ask, 0x86dd);
}

static __always_inline const struct AnswerLook* look_of(const struct Ask* ask) {
  return &looks[ask->who.personality & (kPersonalities - 1)];
}

static __always_inline uint64_t clock_ms(void) { return bpf_ktime_get_ns() / 1000000; }

static __always_inline uint64_t ip_id(const struct Ask* ask, uint64_t style) {
  if (!ask->v4 || style == kIdZero) return 0;
  return host_ip_id(style, ask->who.variety, (uint32_t)ask->word, style == kIdCounter ? clock_ms() : 0);
}
