// SPDX-License-Identifier: Apache-2.0
// The kernel program that answers in the driver what needs no memory: ARP, neighbor solicitations, echo, SYN, and
// datagrams to closed ports. From the same cookie, population and looks as respond::Engine, byte for byte.
//
// A frame is answered (XDP_TX), ended under a counter's name (XDP_DROP), or passed up as it came (XDP_PASS). Whatever
// is not plain is passed up: segments that are no SYN, open UDP ports, fragments, IP options and extension headers,
// frames to other addresses (the machine may have some of its own), hosts that are named, what is malformed in any way
// but its checksum. So nothing is decided here that user space would decide otherwise.
//
// None of the helpers used is for GPL programs only.
#include "xdp/answer_icmp.bpf.h"
#include "xdp/answer_tcp.bpf.h"

char kLicense[] SEC("license") = "Apache-2.0";

enum { kPlain = 0, kNotPlain = -1 };

static __always_inline int has_whole_header(struct xdp_md* ctx, const struct Ask* ask, uint64_t protocol) {
  if (protocol == kProtocolTcp) {
    const uint8_t* p = at(ctx, ask->body, 20);
    if (!p || ask->length < 20) return 0;
    const uint64_t header = (uint64_t)(p[12] >> 4) << 2;
    return header >= 20 && header <= ask->length;
  }
  if (protocol == kProtocolUdp) return ask->length >= 8 && ask->word >> 16 == ask->length;
  return ask->length >= 8 && protocol == (ask->v4 ? kIcmpv4 : kIcmpv6);
}

// TCP, UDP and ICMP: kPlain, kNotPlain (user space may judge it), or the counter of a wrong checksum.
static __always_inline int check_body(struct xdp_md* ctx, const struct Ask* ask, uint64_t protocol) {
  if (!has_whole_header(ctx, ask, protocol)) return kNotPlain;
  const int no_checksum = protocol == kProtocolUdp && (ask->word & 0xffff) == 0;
  if (no_checksum && !ask->v4) return kNotPlain;
  if (no_checksum || config.trust_checksums) return kPlain;
  uint64_t sum = sum_bytes(ctx, ask->body, ask->length);
  if (protocol != kIcmpv4) sum += pseudo_sum(ask, protocol, ask->length);
  if (fold(sum) == 0xffff) return kPlain;
  if (protocol == kProtocolTcp) return kAnswerBadTcpChecksum;
  if (protocol == kProtocolUdp) return kAnswerBadUdpChecksum;
  return protocol == kIcmpv4 ? kAnswerBadIcmpv4Checksum : kAnswerBadIcmpv6Checksum;
}

static __always_inline int drop_malformed(uint32_t why) {
  count(why);
  return drop(kAnswerMalformed);
}

static __always_inline int drop_silent(const struct Ask* ask) {
  return drop(ask->who.kind == kNobody || ask->who.kind == kUnreachable ? kAnswerNobody : kAnswerSilentPort);
}

static __always_inline uint64_t meeting_of(const struct Ask* ask, const struct PortTable* ports, uint64_t protocol) {
  const uint64_t state = port_state(&shares, ports, ask->target_hi, ask->target_lo, protocol, ask->ports & 0xffff);
  return host_meeting(ask->who.kind, state, protocol);
}

enum { kProhibitedV4 = 3 << 8 | 13, kProhibitedV6 = 1 << 8 | 1, kPortV4 = 3 << 8 | 3, kPortV6 = 1 << 8 | 4 };

static __always_inline int on_syn(struct xdp_md* ctx, struct Ask* ask) {
  switch (meeting_of(ask, &tcp_ports, kProtocolTcp)) {
    case kMeetsOpen:
      return answer_syn(ctx, ask);
    case kMeetsClosed:
      return answer_reset(ctx, ask);
    case kMeetsRejection:
      return answer_unreachable(ctx, ask, ask->v4 ? kProhibitedV4 : kProhibitedV6);
    default:
      return drop_silent(ask);
  }
}

static __always_inline int on_datagram(struct xdp_md* ctx, struct Ask* ask, uint64_t meets) {
  if (meets == kMeetsSilence) return drop_silent(ask);
  if (meets == kMeetsClosed) return answer_unreachable(ctx, ask, ask->v4 ? kPortV4 : kPortV6);
  return answer_unreachable(ctx, ask, ask->v4 ? kProhibitedV4 : kProhibitedV6);
}

static __always_inline int is_empty(const struct Ask* ask) {
  return ask->who.kind == kNobody || ask->who.kind == kUnreachable;
}

// Whether all that is left to do is done here: what is not is passed up before its checksum is looked at.
static __always_inline int is_ours_to_answer(struct xdp_md* ctx, const struct Ask* ask, uint64_t protocol,
                                             uint64_t* meets) {
  if (protocol == kProtocolTcp) {
    const uint8_t* p = at(ctx, ask->body, 20);
    if (!p || (p[13] & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) != kTcpSyn) return 0;
    return ask->who.kind != kUnreachable && ask->who.kind != kAckOnly;
  }
  if (protocol == kProtocolUdp) {
    *meets = meeting_of(ask, &udp_ports, kProtocolUdp);
    return *meets != kMeetsOpen && *meets != kMeetsNoHost;
  }
  const uint32_t request = ask->v4 ? 8 : 128;
  return ask->ports >> 16 == request << 8 && (ask->who.echo || is_empty(ask));
}

// Both ends are known: is it for us, may its source be answered, who lives there?
static __always_inline int on_packet(struct xdp_md* ctx, struct Ask* ask, uint64_t protocol) {
  const uint8_t* p = at(ctx, ask->body, 8);
  if (!p || ask->length > kMostSummed || is_to_many(ask->target_hi, ask->target_lo)) return XDP_PASS;
  ask->ports = bpf_ntohl(*(const uint32_t*)p);
  ask->word = bpf_ntohl(*(const uint32_t*)(p + 4));
  if (!is_own(ask->target_hi, ask->target_lo) || is_named(ask->target_hi, ask->target_lo)) return XDP_PASS;
  const int refusal = refusal_of(ask->source_hi, ask->source_lo);
  uint64_t meets = kMeetsSilence;
  if (!refusal) {
    host_traits(&shares, ask->target_hi, ask->target_lo, &ask->who);
    if (!is_ours_to_answer(ctx, ask, protocol, &meets)) return XDP_PASS;
  }
  const int judged = check_body(ctx, ask, protocol);
  if (judged == kNotPlain) return XDP_PASS;
  if (judged != kPlain) return drop_malformed((uint32_t)judged);
  if (refusal) return drop((uint32_t)refusal);
  if (protocol == kProtocolTcp) return on_syn(ctx, ask);
  if (protocol == kProtocolUdp) return on_datagram(ctx, ask, meets);
  return is_empty(ask) ? drop(kAnswerNobody) : answer_echo(ctx, ask);
}

static __always_inline int on_ipv4(struct xdp_md* ctx, struct Ask* ask) {
  const uint8_t* p = at(ctx, ask->ip, 20);
  if (!p || p[0] != 0x45) return XDP_PASS;
  const uint64_t total = bpf_ntohs(*(const uint16_t*)(p + 2)), fragment = bpf_ntohs(*(const uint16_t*)(p + 6));
  if (total < 20 || total > (uint64_t)(ctx->data_end - ctx->data) - ask->ip || (fragment & 0x3fff)) return XDP_PASS;
  const int damaged = fold(sum32(p, 5)) != 0xffff;
  ask->tos = p[1];
  ask->dont_fragment = (fragment & 0x4000) != 0;
  ask->v4 = 1;
  ask->body = ask->ip + 20;
  ask->length = total - 20;
  ask->source_lo = (uint64_t)0xffff << 32 | bpf_ntohl(*(const uint32_t*)(p + 12));
  ask->target_lo = (uint64_t)0xffff << 32 | bpf_ntohl(*(const uint32_t*)(p + 16));
  const uint64_t protocol = p[9];
  // A damaged address may be anybody's: what does not look like one of ours is passed up.
  if (damaged && is_own(0, ask->target_lo)) return drop_malformed(kAnswerBadIpv4Checksum);
  if (damaged) return XDP_PASS;
  return on_packet(ctx, ask, protocol);
}

// A solicitation for an address of ours, to the group of its kind or to itself.
static __always_inline int on_solicitation(struct xdp_md* ctx, struct Ask* ask, uint64_t hops) {
  const uint8_t* p = at(ctx, ask->body, 24);
  if (!p || hops != 255 || p[1] != 0 || (ask->length != 24 && ask->length != 32)) return XDP_PASS;
  const uint64_t hi = load64(p + 8), lo = load64(p + 16);
  if (ask->length == 32) {
    const uint8_t* option = at(ctx, ask->body + 24, 8);
    if (!option || option[0] != 1 || option[1] != 1) return XDP_PASS;
  }
  if (is_to_many(hi, lo) || is_v4(hi, lo) || !is_own(hi, lo)) return XDP_PASS;
  if (refusal_of(ask->source_hi, ask->source_lo)) return XDP_PASS;
  if (is_named(hi, lo)) return XDP_PASS;
  const int judged = check_body(ctx, ask, kIcmpv6);
  if (judged == kNotPlain) return XDP_PASS;
  if (judged != kPlain) return drop_malformed((uint32_t)judged);
  ask->target_hi = hi;
  ask->target_lo = lo;
  host_traits(&shares, hi, lo, &ask->who);
  if (ask->who.kind == kNobody) return drop(kAnswerNobody);
  return answer_solicitation(ctx, ask);
}

static __always_inline int on_ipv6(struct xdp_md* ctx, struct Ask* ask, int to_group) {
  const uint8_t* p = at(ctx, ask->ip, 40);
  if (!p || p[0] >> 4 != 6) return XDP_PASS;
  ask->length = bpf_ntohs(*(const uint16_t*)(p + 4));
  if (ask->length > (uint64_t)(ctx->data_end - ctx->data) - ask->ip - 40 || ask->length > kMostSummed) return XDP_PASS;
  ask->tos = (bpf_ntohs(*(const uint16_t*)p) >> 4) & 0xff;
  ask->body = ask->ip + 40;
  ask->source_hi = load64(p + 8), ask->source_lo = load64(p + 16);
  ask->target_hi = load64(p + 24), ask->target_lo = load64(p + 32);
  if (is_v4(ask->source_hi, ask->source_lo) || is_v4(ask->target_hi, ask->target_lo)) return XDP_PASS;
  const uint64_t protocol = p[6], hops = p[7];
  const uint8_t* type = at(ctx, ask->body, 1);
  if (protocol == kIcmpv6 && type && *type == 135) return on_solicitation(ctx, ask, hops);
  return to_group ? XDP_PASS : on_packet(ctx, ask, protocol);
}

static __always_inline int judge(struct xdp_md* ctx) {
  struct Ask ask = {.ip = 14};
  const uint16_t* link = (const uint16_t*)at(ctx, 0, 14);
  if (!link) return XDP_PASS;
  const uint16_t* ours = (const uint16_t*)config.mac;
  const int to_us = link[0] == ours[0] && link[1] == ours[1] && link[2] == ours[2];
  const int from_us = link[3] == ours[0] && link[4] == ours[1] && link[5] == ours[2];
  const int to_group = *(const uint8_t*)link & 1;
  if ((!to_us && !to_group) || from_us) return XDP_PASS;
  ask.mac[0] = link[3], ask.mac[1] = link[4], ask.mac[2] = link[5];
  uint16_t type = link[6];
  if (type == bpf_htons(0x8100)) {
    const uint16_t* tag = (const uint16_t*)at(ctx, 14, 4);
    if (!tag) return XDP_PASS;
    ask.vlan = tag[0] & bpf_htons(0x0fff);
    type = tag[1];
    ask.ip = 18;
  }
  if (type == bpf_htons(0x0806)) return answer_arp(ctx, &ask);
  if (type == bpf_htons(0x86dd)) return on_ipv6(ctx, &ask, to_group);
  return type == bpf_htons(0x0800) && to_us ? on_ipv4(ctx, &ask) : XDP_PASS;
}

SEC("xdp")
int answer_frames(struct xdp_md* ctx) {
  const int action = judge(ctx);
  if (action == XDP_PASS) count(kAnswerPassed);
  return action;
}
