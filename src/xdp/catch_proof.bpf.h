// SPDX-License-Identifier: Apache-2.0
// Whether a frame is ours, and what it proves: the part of catch.bpf.c that knows addresses, ports and cookies.
// Included by it alone.
#pragma once

#include "wire/cookie_step.h"
#include "xdp/bytes.bpf.h"
#include "xdp/catch_maps.bpf.h"

// A packet to one of our addresses.
struct Arrival {
  uint64_t theirs_hi, theirs_lo;  // its source, as addr::IpAddress keeps it
  uint64_t ours_hi, ours_lo;
  uint64_t ip;      // offset of the IP header: 14, or 18 behind a tag
  uint64_t body;    // offset of the transport header
  uint64_t length;  // bytes from there to the end of the packet
  uint64_t own;     // number of our address
  uint64_t ttl;
  int v4;
  int plain;  // neither IP options nor extension headers nor a fragment: `body` is constant
};

static __always_inline int is_v4(uint64_t hi, uint64_t lo) { return hi == 0 && lo >> 32 == 0xffff; }

// 1 + the number of an address of ours; 0: it is not ours.
static __always_inline uint64_t own_number(uint64_t hi, uint64_t lo) {
  const uint64_t multiplier[2] = {config.own_multiplier[0], config.own_multiplier[1]};
  const volatile struct CatchOwn* own = &own_addresses[own_place(multiplier, config.own_shift, hi, lo)];
  return own->lo == lo && own->hi == hi ? own->number : 0;
}

static __always_inline int is_our_port(uint64_t port) { return port - config.first_port < config.port_count; }

static __attribute__((noinline)) uint64_t hash_v4(uint64_t ours, uint64_t theirs, uint64_t service) {
  struct SipState start;
  sip_begin(&start, config.key[0], config.key[1]);
  return cookie_hash_v4(&start, ours, theirs, service);
}

static __attribute__((noinline)) uint64_t hash_v6(uint64_t ours_hi, uint64_t ours_lo, uint64_t theirs_hi,
                                                  uint64_t theirs_lo, uint64_t service) {
  struct SipState start;
  sip_begin(&start, config.key[0], config.key[1]);
  return cookie_hash_v6(&start, ours_hi, ours_lo, theirs_hi, theirs_lo, service);
}

// The hash that the cookie of a target is cut from.
static __always_inline uint64_t cookie_hash(const struct Arrival* a, uint64_t their_port, uint64_t tag) {
  const uint64_t service = cookie_service(their_port, tag);
  if (a->v4) return hash_v4((uint32_t)a->ours_lo, (uint32_t)a->theirs_lo, service);
  return hash_v6(a->ours_hi, a->ours_lo, a->theirs_hi, a->theirs_lo, service);
}

// Which pass asks the target from this port of ours.
static __always_inline uint64_t pass_of(uint64_t hash, uint64_t our_port) {
  return probe_pass(cookie_port_bits(hash), config.port_count, our_port - config.first_port);
}

static __always_inline uint64_t pseudo_sum(const struct Arrival* a, uint64_t protocol) {
  const uint64_t sum = bpf_htons((uint16_t)protocol) + bpf_htons((uint16_t)a->length);
  if (a->v4) return sum + bpf_htonl((uint32_t)a->theirs_lo) + bpf_htonl((uint32_t)a->ours_lo);
  return sum + halves(a->theirs_hi) + halves(a->theirs_lo) + halves(a->ours_hi) + halves(a->ours_lo);
}

// Of a plain packet.
static __always_inline int is_damaged_ipv4(struct xdp_md* ctx, const struct Arrival* a) {
  const uint8_t* p = at(ctx, a->ip, 20);
  return !p || fold(sum32(p, 5)) != 0xffff;
}

// To whoever reads the AF_XDP socket of this queue; without one, the packet goes on as if we were not there.
static __always_inline int hand_up(struct xdp_md* ctx) {
  const int action = (int)bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
  if (action == XDP_REDIRECT) count(kCatchToSocket);
  return action;
}
