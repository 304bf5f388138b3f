// SPDX-License-Identifier: Apache-2.0
// ICMP errors: whether the packet that one quotes may have been a probe of ours. What it says about whom is user
// space's to judge, so an error that is handed up for nothing does no harm, and one that is not is the machine's own.
// Included by catch.bpf.c alone.
#pragma once

#include "xdp/catch_proof.bpf.h"

enum {
  kHopByHop = 0,
  kRouting = 43,
  kFragment = 44,
  kDestinationOptions = 60,
  kMostExtensions = 8,
};
enum { kIcmpv4 = 1, kTcp = 6, kUdp = 17, kIcmpv6 = 58, kSctp = 132 };

// at() for what may stand behind options and extension headers.
static __always_inline uint8_t* far_at(struct xdp_md* ctx, uint64_t offset, uint64_t size) {
  if (offset > 0x7ff) return 0;
  asm volatile("" : "+r"(offset));  // else clang leaves out the mask, which the verifier needs
  uint8_t* p = (uint8_t*)(long)ctx->data + (offset & 0x7ff);
  return p + size > (uint8_t*)(long)ctx->data_end ? 0 : p;
}

static __always_inline int is_extension(uint64_t next) {
  return next == kHopByHop || next == kRouting || next == kFragment || next == kDestinationOptions;
}

// Behind IPv6 extension headers, of which the first has type `next` and stands at `offset`: offset << 8 | type of what
// follows. 0: there is no way there, or it is a later fragment.
__attribute__((noinline)) uint64_t behind_extensions(struct xdp_md* ctx, uint64_t offset, uint64_t next) {
  for (int i = 0; i < kMostExtensions; ++i) {
    if (!is_extension(next)) break;
    const uint8_t* p = far_at(ctx, offset, 8);
    if (!p) return 0;
    const uint64_t here = next;
    next = p[0];
    if (here == kFragment && (p[2] || (p[3] & 0xf8))) return 0;
    offset += here == kFragment ? 8 : 8 + ((uint64_t)p[1] << 3);
  }
  return is_extension(next) || offset > 0x7ff ? 0 : offset << 8 | (next & 0xff);
}

// The quoted packet's two ends are those of a probe: a port of ours, or the token of an echo request.
static __always_inline int is_from_us(struct xdp_md* ctx, const struct Arrival* quoted, uint64_t protocol) {
  const uint8_t* p = far_at(ctx, quoted->body, 8);
  if (!p) return 0;
  if (protocol == (quoted->v4 ? kIcmpv4 : kIcmpv6)) {
    const uint64_t request = quoted->v4 ? 8 : 128;
    if (!config.echo || p[0] != request) return 0;
    return cookie_token(cookie_hash(quoted, 0, config.echo_tag)) == bpf_ntohl(*(const uint32_t*)(p + 4));
  }
  if (protocol == kTcp ? !config.tcp : protocol != kUdp && protocol != kSctp) return 0;
  return is_our_port(bpf_ntohs(*(const uint16_t*)p));
}

static __always_inline int quotes_ipv4(struct xdp_md* ctx, const struct Arrival* error) {
  const uint8_t* p = far_at(ctx, error->body + 8, 20);
  if (!p || p[0] >> 4 != 4 || (p[0] & 0xf) < 5) return 0;
  if (bpf_ntohl(*(const uint32_t*)(p + 12)) != (uint32_t)error->ours_lo) return 0;
  struct Arrival quoted = *error;
  quoted.body = error->body + 8 + ((uint64_t)(p[0] & 0xf) << 2);
  quoted.theirs_lo = (uint64_t)0xffff << 32 | bpf_ntohl(*(const uint32_t*)(p + 16));
  return is_from_us(ctx, &quoted, p[9]);
}

static __always_inline int quotes_ipv6(struct xdp_md* ctx, const struct Arrival* error) {
  const uint8_t* p = far_at(ctx, error->body + 8, 40);
  if (!p || p[0] >> 4 != 6 || load64(p + 8) != error->ours_hi || load64(p + 16) != error->ours_lo) return 0;
  struct Arrival quoted = *error;
  quoted.theirs_hi = load64(p + 24), quoted.theirs_lo = load64(p + 32);
  const uint64_t behind = behind_extensions(ctx, error->body + 48, p[6]);
  quoted.body = behind >> 8;
  return behind != 0 && is_from_us(ctx, &quoted, behind & 0xff);
}

// The errors that tell something about a probe's target: as scan::Receiver takes them.
static __always_inline int is_telling(const struct Arrival* a, uint64_t type, uint64_t code) {
  if (a->v4) return type == 3 || type == 11;
  return type == 1 || type == 3 || (type == 4 && code == 1);
}

static __always_inline int on_error(struct xdp_md* ctx, const struct Arrival* a, uint64_t type, uint64_t code) {
  if (!is_telling(a, type, code)) return XDP_PASS;
  return (a->v4 ? quotes_ipv4(ctx, a) : quotes_ipv6(ctx, a)) ? hand_up(ctx) : XDP_PASS;
}
