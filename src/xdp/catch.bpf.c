// SPDX-License-Identifier: Apache-2.0
// The kernel program that receives answers in the driver: to one of our addresses and ports, checksums, cookie, pass;
// then a record for user space, and a reset for an open port. What it decides is what scan::Receiver would decide.
//
// A frame ends here (XDP_DROP, or XDP_TX as a reset), goes to an AF_XDP socket (XDP_REDIRECT), or passes untouched.
// Foreign frames pass after a look at type and destination. Whatever is ours but not plain is handed up as it came, so
// nothing is decided here that user space would decide otherwise. Later fragments pass: they have no ports, and the
// machine's own must reach it.
//
// None of the helpers used is for GPL programs only.
#include "xdp/catch_quote.bpf.h"
#include "xdp/catch_record.bpf.h"

char kLicense[] SEC("license") = "Apache-2.0";

enum { kFin = 1, kSyn = 2, kRst = 4, kAck = 16 };

// The proof that a SYN-ACK or a reset brings. Its checksum is right already.
static __always_inline int prove_tcp(struct xdp_md* ctx, struct Arrival* a, struct Answer* answer, uint64_t flags) {
  answer->hash = cookie_hash(a, answer->port, config.tcp_tag);
  answer->pass = pass_of(answer->hash, answer->our_port);
  if (answer->pass >= config.passes) return drop(kCatchBadSourcePort);
  // A reset that acknowledges nothing answers something that we never send: a segment without SYN.
  const uint32_t expected = (uint32_t)(cookie_token(answer->hash) + 1);
  if (!(flags & kAck) || bpf_ntohl(answer->acknowledgment) != expected) return drop(kCatchBadCookie);
  return keep(ctx, a, answer);
}

// The sum of the options and what is behind them; the options are kept.
static __always_inline int sum_rest(struct xdp_md* ctx, const struct Arrival* a, struct Answer* answer, uint64_t* sum) {
  const uint64_t words = answer->option_bytes >> 2;
#pragma unroll
  for (uint64_t i = 0; i < kMostCaughtOptions / 4; ++i) {
    answer->options[i] = 0;
    if (i < words) {
      const uint8_t* p = at(ctx, a->body + 20 + 4 * i, 4);
      if (!p) return 0;
      answer->options[i] = *(const uint32_t*)p;
      *sum += answer->options[i];
    }
  }
  const uint64_t header = 20 + answer->option_bytes;
  if (a->length > header) *sum += sum_bytes(ctx, a->body + header, a->length - header);
  return 1;
}

static __always_inline int judge_tcp(struct xdp_md* ctx, struct Arrival* a) {
  const uint8_t* p = at(ctx, a->body, 20);
  if (!p || a->length < 20 || a->length > kMostSummed) return hand_up(ctx);
  const uint64_t header = (uint64_t)(p[12] >> 4) << 2, flags = p[13];
  const uint64_t control = flags & (kFin | kSyn | kRst | kAck);
  const int is_syn_ack = control == (kSyn | kAck);
  if ((!is_syn_ack && (control & ~(uint64_t)kAck) != kRst) || header < 20 || header > a->length) return hand_up(ctx);
  struct Answer answer = {.what = is_syn_ack ? kCaughtSynAck : kCaughtRst};
  answer.port = bpf_ntohs(*(const uint16_t*)p);
  answer.our_port = bpf_ntohs(*(const uint16_t*)(p + 2));
  answer.acknowledgment = *(const uint32_t*)(p + 8);
  answer.window = bpf_ntohs(*(const uint16_t*)(p + 14));
  answer.option_bytes = header - 20;
  uint64_t sum = sum32(p, 5) + pseudo_sum(a, kTcp);
  if (!sum_rest(ctx, a, &answer, &sum)) return hand_up(ctx);
  if (a->v4 && is_damaged_ipv4(ctx, a)) return drop(kCatchBadIpv4Checksum);
  if (!config.trust_checksums && fold(sum) != 0xffff) return drop(kCatchBadTcpChecksum);
  return prove_tcp(ctx, a, &answer, flags);
}

// A reply with another token is one to the machine's own pings.
static __always_inline int on_echo_reply(struct xdp_md* ctx, struct Arrival* a, uint32_t token) {
  struct Answer answer = {.what = kCaughtEchoReply};
  answer.hash = cookie_hash(a, 0, config.echo_tag);
  if (cookie_token(answer.hash) != token) return XDP_PASS;
  if (!config.judge || !a->plain || a->length > kMostSummed) return hand_up(ctx);
  if (a->v4 && is_damaged_ipv4(ctx, a)) return drop(kCatchBadIpv4Checksum);
  if (!config.trust_checksums) {
    const uint64_t sum = sum_bytes(ctx, a->body, a->length);
    if (fold(a->v4 ? sum : sum + pseudo_sum(a, kIcmpv6)) != 0xffff) {
      return drop(a->v4 ? kCatchBadIcmpv4Checksum : kCatchBadIcmpv6Checksum);
    }
  }
  return keep(ctx, a, &answer);
}

static __always_inline int on_icmp(struct xdp_md* ctx, struct Arrival* a) {
  const uint8_t* p = far_at(ctx, a->body, 8);
  if (!p || a->length < 8) return XDP_PASS;
  const uint64_t type = p[0], code = p[1];
  if (type != (a->v4 ? 0 : 129)) return on_error(ctx, a, type, code);
  return config.echo && code == 0 ? on_echo_reply(ctx, a, bpf_ntohl(*(const uint32_t*)(p + 4))) : XDP_PASS;
}

static __always_inline int on_packet(struct xdp_md* ctx, struct Arrival* a, uint64_t protocol) {
  if (protocol == (a->v4 ? kIcmpv4 : kIcmpv6)) return on_icmp(ctx, a);
  if (protocol == kTcp ? !config.tcp : protocol != kUdp && protocol != kSctp) return XDP_PASS;
  const uint8_t* p = far_at(ctx, a->body, 4);
  if (!p || a->length < 4 || !is_our_port(bpf_ntohs(*(const uint16_t*)(p + 2)))) return XDP_PASS;
  return protocol == kTcp && a->plain && config.judge ? judge_tcp(ctx, a) : hand_up(ctx);
}

static __always_inline int on_ipv4(struct xdp_md* ctx, struct Arrival* a) {
  const uint8_t* p = at(ctx, a->ip, 20);
  if (!p) return XDP_PASS;
  a->ours_lo = (uint64_t)0xffff << 32 | bpf_ntohl(*(const uint32_t*)(p + 16));
  const uint64_t number = own_number(0, a->ours_lo);
  if (number == 0 || p[0] >> 4 != 4) return XDP_PASS;
  const uint64_t header = (uint64_t)(p[0] & 0xf) << 2, total = bpf_ntohs(*(const uint16_t*)(p + 2));
  const uint64_t fragment = bpf_ntohs(*(const uint16_t*)(p + 6));
  if (header < 20 || total < header || total > (uint64_t)(ctx->data_end - ctx->data) - a->ip) return XDP_PASS;
  if (fragment & 0x1fff) return XDP_PASS;
  a->own = number - 1;
  a->v4 = 1;
  a->theirs_lo = (uint64_t)0xffff << 32 | bpf_ntohl(*(const uint32_t*)(p + 12));
  a->ttl = p[8];
  a->length = total - header;
  const uint64_t protocol = p[9];
  if (header == 20 && !(fragment & 0x2000)) {
    a->plain = 1;
    a->body = a->ip + 20;
    return on_packet(ctx, a, protocol);
  }
  a->body = a->ip + header;
  return on_packet(ctx, a, protocol);
}

static __always_inline int on_ipv6(struct xdp_md* ctx, struct Arrival* a) {
  const uint8_t* p = at(ctx, a->ip, 40);
  if (!p) return XDP_PASS;
  a->ours_hi = load64(p + 24), a->ours_lo = load64(p + 32);
  const uint64_t number = own_number(a->ours_hi, a->ours_lo);
  if (number == 0 || p[0] >> 4 != 6) return XDP_PASS;
  a->theirs_hi = load64(p + 8), a->theirs_lo = load64(p + 16);
  // IPv4-mapped addresses may not appear on a wire.
  if (is_v4(a->theirs_hi, a->theirs_lo) || is_v4(a->ours_hi, a->ours_lo)) return XDP_PASS;
  const uint64_t length = bpf_ntohs(*(const uint16_t*)(p + 4)), next = p[6];
  if (length > (uint64_t)(ctx->data_end - ctx->data) - a->ip - 40) return XDP_PASS;
  a->own = number - 1;
  a->ttl = p[7];
  if (!is_extension(next)) {
    a->plain = 1;
    a->body = a->ip + 40;
    a->length = length;
    return on_packet(ctx, a, next);
  }
  const uint64_t behind = behind_extensions(ctx, a->ip + 40, next);
  a->body = behind >> 8;
  if (behind == 0 || a->body > a->ip + 40 + length) return XDP_PASS;
  a->length = a->ip + 40 + length - a->body;
  return on_packet(ctx, a, behind & 0xff);
}

static __always_inline int judge(struct xdp_md* ctx) {
  struct Arrival a = {.ip = config.tagged ? 18 : 14};
  const uint16_t* link = (const uint16_t*)at(ctx, 0, config.tagged ? 18 : 14);
  if (!link) return XDP_PASS;
  uint16_t type = link[6];
  if (config.tagged) {
    if (type != bpf_htons(0x8100) || (bpf_ntohs(link[7]) & 0x0fff) != config.vlan) return XDP_PASS;
    type = link[8];
  }
  if (type == bpf_htons(0x0800)) return on_ipv4(ctx, &a);
  return type == bpf_htons(0x86dd) ? on_ipv6(ctx, &a) : XDP_PASS;
}

SEC("xdp.frags")
int catch_frames(struct xdp_md* ctx) {
  const int action = judge(ctx);
  if (action == XDP_PASS) count(kCatchPassed);
  return action;
}
