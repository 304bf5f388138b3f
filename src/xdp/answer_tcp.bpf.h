// SPDX-License-Identifier: Apache-2.0
// SYN-ACK and RST: the part of answer.bpf.c that knows TCP. Included by it alone.
#pragma once

#include "xdp/answer_limits.bpf.h"
#include "xdp/answer_write.bpf.h"

enum { kTcpFin = 1, kTcpSyn = 2, kTcpRst = 4, kTcpAck = 16 };

// The options of a SYN, and what was found in them.
struct Offer {
  uint8_t bytes[64];  // zeros behind the options
  uint64_t length;    // at most 40
  uint64_t mss;       // 536 where none was said
  uint64_t window_scale;
  uint64_t place;  // in AnswerLook::options
  uint64_t echo;   // TSval of the SYN, as it lies in memory
};

static __always_inline uint64_t option_byte(const struct Offer* o, uint64_t i) { return o->bytes[i & 63]; }

static __always_inline void take_option(struct Offer* o, uint64_t i, uint64_t kind, uint64_t length) {
  if (kind == 2 && length == 4) o->mss = option_byte(o, i + 2) << 8 | option_byte(o, i + 3);
  if (kind == 3 && length == 3) {
    const uint64_t scale = option_byte(o, i + 2);
    o->window_scale = scale > 14 ? 14 : scale;
    o->place |= 1;
  }
  if (kind == 4 && length == 2) o->place |= 2;
  if (kind == 8 && length == 10) {
    o->echo =
        option_byte(o, i + 2) | option_byte(o, i + 3) << 8 | option_byte(o, i + 4) << 16 | option_byte(o, i + 5) << 24;
    o->place |= 4;
  }
}

// As wire::TcpOptions::read(): what could be read stands.
__attribute__((noinline)) int read_offer(struct Offer* o) {
  if (!o) return 0;
  uint64_t i = 0;
  for (int step = 0; step < kMostAnswerOptions; ++step) {
    if (i >= o->length) break;
    const uint64_t kind = option_byte(o, i);
    if (kind == 0) break;
    if (kind == 1) {
      i = (i + 1) & 63;
      continue;
    }
    const uint64_t length = option_byte(o, i + 1);
    if (i + 2 > o->length || length < 2 || i + length > o->length) break;
    take_option(o, i, kind, length);
    i = (i + length) & 63;
  }
  return 0;
}

static __always_inline int load_offer(struct xdp_md* ctx, const struct Ask* ask, uint64_t length, struct Offer* o) {
  __builtin_memset(o, 0, sizeof *o);
  o->length = length;
  o->mss = 536;
  o->window_scale = kNoWindowScale;
#pragma unroll
  for (uint64_t i = 0; i < kMostAnswerOptions / 4; ++i) {
    if (4 * i < length) {
      const uint8_t* p = at(ctx, ask->body + 20 + 4 * i, 4);
      if (!p) return 0;
      *(uint32_t*)(o->bytes + 4 * i) = *(const uint32_t*)p;
    }
  }
  if (length != 0) read_offer(o);
  return 1;
}

struct Segment {
  uint64_t sequence, acknowledgment;
  uint64_t flags, window;
  uint64_t options;  // bytes of them
};

// Header and its checksum; `sum` is that of the options, which stand in the frame already.
static __always_inline int put_segment(struct xdp_md* ctx, const struct Ask* ask, const struct Segment* s,
                                       uint64_t sum) {
  const uint64_t size = 20 + s->options;
  const struct HostLook* look = &look_of(ask)->look;
  const struct Envelope envelope = {kProtocolTcp,           size, look->ttl, 0, ip_id(ask, look->tcp_id),
                                    look->tcp_dont_fragment};
  uint32_t* p = (uint32_t*)at(ctx, ask->body, 20);
  if (!p) return 0;
  p[0] = bpf_htonl((uint32_t)(ask->ports << 16 | ask->ports >> 16));
  p[1] = bpf_htonl((uint32_t)s->sequence);
  p[2] = bpf_htonl((uint32_t)s->acknowledgment);
  p[3] = bpf_htonl((uint32_t)(size << 26 | s->flags << 16 | s->window));
  p[4] = 0;
  sum += sum32((uint8_t*)p, 5) + pseudo_sum(ask, kProtocolTcp, size);
  ((uint16_t*)p)[8] = (uint16_t)~fold(sum);
  return put_ip(ctx, ask, &envelope);
}

static __always_inline uint64_t cookie_of(const struct Ask* ask, const struct Offer* o) {
  const struct SynTuple tuple = {ask->source_hi, ask->source_lo, ask->target_hi, ask->target_lo, ask->ports, ask->word};
  const struct SynOffer offer = {syn_mss_index(o->mss), o->window_scale};
  return syn_cookie(&syn_keys[syn_keys_at & 1], &tuple, &offer);
}

// Puts the options of the answer behind where its header will stand; their sum, as far as they are the same for all.
static __always_inline uint64_t put_options(struct xdp_md* ctx, const struct Ask* ask, const struct Offer* o,
                                            const struct AnswerOptions* options) {
  uint64_t sum = 0;
  const uint32_t clock = options->clock_at ? bpf_htonl((uint32_t)host_tcp_clock(ask->who.variety, clock_ms())) : 0;
#pragma unroll
  for (uint64_t i = 0; i < kMostAnswerOptions / 4; ++i) {
    if (4 * i < options->length) {
      uint8_t* p = at(ctx, ask->body + 20 + 4 * i, 4);
      if (p) {
        *(uint32_t*)p = *(const uint32_t*)(options->bytes + 4 * i);
        sum += *(uint32_t*)p;
      }
    }
  }
  if (options->clock_at) {
    // Layouts may put the two clocks at an odd multiple of two: halves are added, each as the word it is.
    uint8_t* p = at(ctx, ask->body + 20 + (options->clock_at & 63), 8);
    if (p) {
      const uint32_t words[2] = {clock, (uint32_t)o->echo};
      __builtin_memcpy(p, words, 8);
      sum += (uint64_t)words[0] + words[1];
    }
  }
  return sum;
}

__attribute__((noinline)) int answer_syn(struct xdp_md* ctx, struct Ask* ask) {
  if (!ask) return XDP_PASS;
  const uint8_t* header = at(ctx, ask->body, 20);
  if (!header) return XDP_PASS;
  const uint64_t options_length = ((uint64_t)(header[12] >> 4) << 2) - 20;
  if (options_length > kMostAnswerOptions) return XDP_PASS;
  struct Offer offer;
  if (!load_offer(ctx, ask, options_length, &offer)) return XDP_PASS;
  if (is_limited(ask->source_hi, ask->source_lo)) return drop(kAnswerRateLimited);
  const struct AnswerOptions* options = &look_of(ask)->options[ask->v4 ? 0 : 1][offer.place & 7];
  if (resize(ctx, ask->body + 20 + options->length)) return drop(kAnswerNoRoom);
  const struct Segment segment = {cookie_of(ask, &offer), (uint32_t)ask->word + 1, kTcpSyn | kTcpAck, options->window,
                                  options->length};
  const uint64_t sum = put_options(ctx, ask, &offer, options);
  if (!put_segment(ctx, ask, &segment, sum)) return drop(kAnswerNoRoom);
  return answer(kAnswerSyn, kAnswerOutSynAcks);
}

// RFC 9293 3.5.2: to a SYN for a closed port, with what it carried counted in.
__attribute__((noinline)) int answer_reset(struct xdp_md* ctx, struct Ask* ask) {
  if (!ask) return XDP_PASS;
  const uint8_t* header = at(ctx, ask->body, 20);
  if (!header) return XDP_PASS;
  const uint64_t payload = ask->length - ((uint64_t)(header[12] >> 4) << 2);
  if (is_limited(ask->source_hi, ask->source_lo)) return drop(kAnswerRateLimited);
  if (resize(ctx, ask->body + 20)) return drop(kAnswerNoRoom);
  const struct Segment segment = {0, (uint32_t)(ask->word + 1 + payload), kTcpRst | kTcpAck,
                                  look_of(ask)->look.reset_window, 0};
  if (!put_segment(ctx, ask, &segment, 0)) return drop(kAnswerNoRoom);
  return answer(kAnswerResets, kAnswerOutResets);
}
