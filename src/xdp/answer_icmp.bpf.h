// SPDX-License-Identifier: Apache-2.0
// ARP, neighbor solicitations, echo and ICMP errors: the part of answer.bpf.c that is not TCP. Included by it alone.
#pragma once

#include "xdp/answer_limits.bpf.h"
#include "xdp/answer_write.bpf.h"

enum { kIcmpv4 = 1, kIcmpv6 = 58 };

// The 28 bytes of RFC 826 behind the link header. Only the plain request is answered here.
__attribute__((noinline)) int answer_arp(struct xdp_md* ctx, struct Ask* ask) {
  if (!ask) return XDP_PASS;
  uint8_t* p = at(ctx, ask->ip, 28);
  if (!p) return XDP_PASS;
  uint16_t* w = (uint16_t*)p;
  const int is_request =
      w[0] == bpf_htons(1) && w[1] == bpf_htons(0x0800) && w[2] == bpf_htons(0x0604) && w[3] == bpf_htons(1);
  const uint64_t sender = bpf_ntohl(*(uint32_t*)(p + 14)), target = bpf_ntohl(*(uint32_t*)(p + 24));
  ask->target_lo = (uint64_t)0xffff << 32 | target;
  ask->target_hi = 0;
  if (!is_request || sender == 0 || sender == target || is_to_many(0, ask->target_lo)) return XDP_PASS;
  if (!is_own(0, ask->target_lo)) return XDP_PASS;
  if (is_named(0, ask->target_lo)) return XDP_PASS;
  host_traits(&shares, 0, ask->target_lo, &ask->who);
  if (ask->who.kind == kNobody) return drop(kAnswerNobody);
  if (resize(ctx, ask->ip + 28)) return drop(kAnswerNoRoom);
  p = at(ctx, ask->ip, 28);
  if (!p) return drop(kAnswerNoRoom);
  w = (uint16_t*)p;
  ask->mac[0] = w[4], ask->mac[1] = w[5], ask->mac[2] = w[6];
  const uint16_t* ours = (const uint16_t*)config.mac;
  w[3] = bpf_htons(2);
  w[9] = ask->mac[0], w[10] = ask->mac[1], w[11] = ask->mac[2];
  w[4] = ours[0], w[5] = ours[1], w[6] = ours[2];
  *(uint32_t*)(p + 14) = bpf_htonl((uint32_t)target);
  *(uint32_t*)(p + 24) = bpf_htonl((uint32_t)sender);
  if (!put_link(ctx, ask, 0x0806)) return drop(kAnswerNoRoom);
  return answer(kAnswerArp, kAnswerOutLink);
}

// RFC 4861 7.2.4, to a solicitation without options or with the source's link address alone; `ask` has its target.
__attribute__((noinline)) int answer_solicitation(struct xdp_md* ctx, struct Ask* ask) {
  if (!ask) return XDP_PASS;
  const struct Envelope envelope = {kIcmpv6, 32, 255, 0, 0, 0};
  if (resize(ctx, ask->body + 32)) return drop(kAnswerNoRoom);
  uint32_t* p = (uint32_t*)at(ctx, ask->body, 32);
  if (!p) return drop(kAnswerNoRoom);
  const uint16_t* ours = (const uint16_t*)config.mac;
  p[0] = bpf_htonl(136u << 24);
  p[1] = bpf_htonl(0x60000000);  // solicited, override
  p[2] = bpf_htonl((uint32_t)(ask->target_hi >> 32)), p[3] = bpf_htonl((uint32_t)ask->target_hi);
  p[4] = bpf_htonl((uint32_t)(ask->target_lo >> 32)), p[5] = bpf_htonl((uint32_t)ask->target_lo);
  uint16_t* option = (uint16_t*)(p + 6);
  option[0] = bpf_htons(0x0201);
  option[1] = ours[0], option[2] = ours[1], option[3] = ours[2];
  ((uint16_t*)p)[1] = (uint16_t)~fold(sum32((uint8_t*)p, 8) + pseudo_sum(ask, kIcmpv6, 32));
  if (!put_ip(ctx, ask, &envelope)) return drop(kAnswerNoRoom);
  return answer(kAnswerNeighbor, kAnswerOutLink);
}

// `sum` is that of the whole request: right, or not to be trusted, which is why the checksum is made anew.
__attribute__((noinline)) int answer_echo(struct xdp_md* ctx, struct Ask* ask) {
  if (!ask) return XDP_PASS;
  const struct HostLook* look = &look_of(ask)->look;
  if (is_limited(ask->source_hi, ask->source_lo)) return drop(kAnswerRateLimited);
  if (resize(ctx, ask->body + ask->length)) return drop(kAnswerNoRoom);
  uint16_t* p = (uint16_t*)at(ctx, ask->body, 8);
  if (!p) return drop(kAnswerNoRoom);
  p[0] = ask->v4 ? 0 : bpf_htons(129 << 8);
  p[1] = 0;
  uint64_t sum = sum_bytes(ctx, ask->body, ask->length);
  if (!ask->v4) sum += pseudo_sum(ask, kIcmpv6, ask->length);
  p = (uint16_t*)at(ctx, ask->body, 8);
  if (!p) return drop(kAnswerNoRoom);
  p[1] = (uint16_t)~fold(sum);
  const struct Envelope envelope = {ask->v4 ? kIcmpv4 : kIcmpv6,
                                    ask->length,
                                    look->ttl,
                                    look->echo_copies_tos ? ask->tos : 0,
                                    ip_id(ask, look->icmp_id),
                                    look->echo_copies_df && ask->dont_fragment};
  if (!put_ip(ctx, ask, &envelope)) return drop(kAnswerNoRoom);
  return answer(kAnswerEcho, kAnswerOutIcmp);
}

enum { kMostV4Quote = 548, kMostV6Quote = 1232 };  // RFC 1812 4.3.2.3, RFC 4443 2.4 (c)

// What an ICMP error quotes of the packet.
static __always_inline uint64_t quote_of(const struct Ask* ask) {
  const uint64_t packet = ask->body - ask->ip + ask->length;
  uint64_t most = ask->v4 ? kMostV4Quote : kMostV6Quote;
  if (ask->v4 && look_of(ask)->look.quote < most) most = look_of(ask)->look.quote;
  return packet < most ? packet : most;
}

// Destination unreachable: a header is put in front of the packet, which becomes its quotation. `why` is type << 8 |
// code.
__attribute__((noinline)) int answer_unreachable(struct xdp_md* ctx, struct Ask* ask, uint64_t why) {
  if (!ask) return XDP_PASS;
  if (is_out_of_errors(ask->target_hi, ask->target_lo)) return drop(kAnswerRateLimited);
  if (is_limited(ask->source_hi, ask->source_lo)) return drop(kAnswerRateLimited);
  const uint64_t quote = quote_of(ask), header = ask->v4 ? 28 : 48;
  if (resize(ctx, ask->ip + quote) || bpf_xdp_adjust_head(ctx, -(int)header)) return drop(kAnswerNoRoom);
  uint32_t* p = (uint32_t*)at(ctx, ask->body, 8);
  if (!p) return drop(kAnswerNoRoom);
  p[0] = bpf_htonl((uint32_t)(why << 16));
  p[1] = 0;
  uint64_t sum = sum_bytes(ctx, ask->body, quote + 8);
  if (!ask->v4) sum += pseudo_sum(ask, kIcmpv6, quote + 8);
  p = (uint32_t*)at(ctx, ask->body, 8);
  if (!p) return drop(kAnswerNoRoom);
  ((uint16_t*)p)[1] = (uint16_t)~fold(sum);
  const struct HostLook* look = &look_of(ask)->look;
  const struct Envelope envelope = {ask->v4 ? kIcmpv4 : kIcmpv6, quote + 8, look->ttl, ask->v4 ? look->error_tos : 0,
                                    ip_id(ask, look->icmp_id),   0};
  if (!put_ip(ctx, ask, &envelope)) return drop(kAnswerNoRoom);
  return answer(kAnswerUnreachable, kAnswerOutIcmp);
}
