// SPDX-License-Identifier: Apache-2.0
// The far side of bench/catch in the kernel: make_answer writes the SYN-ACK of target number i over a frame that is
// then sent (by live frames, BPF_PROG_TEST_RUN), take_resets counts what comes back and drops it.
//
// Target i has an address that i alone decides, and its answer bears the cookie that a scan's probe would have borne.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "answers_shared.h"
#include "wire/cookie_step.h"

struct AnswersPlan plan;
uint64_t made SEC(".data") = 0;  // answers so far; in a section of its own, away from what the other side counts
uint64_t resets;

static __always_inline uint16_t fold(uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return (uint16_t)((sum >> 16) + sum);
}

// Both checksums and all of the frame each time: the pages come back as the peer has left them.
static __always_inline void fill(uint8_t* p, uint64_t i) {
  const uint32_t theirs = plan.first_target + (uint32_t)i;
  struct SipState start;
  sip_begin(&start, plan.key[0], plan.key[1]);
  const uint64_t hash = cookie_hash_v4(&start, plan.ours, theirs, cookie_service(kTheirPort, plan.tag));
  const uint16_t port =
      bpf_htons((uint16_t)(plan.first_port + probe_offset(cookie_port_bits(hash), plan.port_count, 0)));
  const uint32_t acknowledgment = bpf_htonl((uint32_t)cookie_token(hash) + 1);
  __builtin_memcpy(p, plan.frame, kAnswerFrame);
  *(uint32_t*)(p + 26) = bpf_htonl(theirs);
  *(uint16_t*)(p + 36) = port;
  *(uint32_t*)(p + 42) = acknowledgment;
  *(uint16_t*)(p + 24) = (uint16_t)~fold(plan.sum_ip + bpf_htonl(theirs));
  *(uint16_t*)(p + 50) = (uint16_t)~fold(plan.sum_tcp + bpf_htonl(theirs) + port + acknowledgment);
}

SEC("xdp")
int make_answer(struct xdp_md* ctx) {
  uint8_t* p = (uint8_t*)(long)ctx->data;
  if (p + kAnswerFrame > (uint8_t*)(long)ctx->data_end || made >= plan.most) return XDP_DROP;
  // Evenly: the frame after is due when the clock says so. 0: as fast as it goes.
  if (plan.interval_ps != 0 && made * plan.interval_ps / 1000 > bpf_ktime_get_ns() - plan.begin) return XDP_DROP;
  fill(p, made++);
  // The kernel sets the length of a recycled frame anew only when the program changes it: the peer has shortened it.
  if (bpf_xdp_adjust_tail(ctx, -kSurplus) != 0) return XDP_ABORTED;
  return (int)bpf_redirect(plan.interface, 0);
}

SEC("xdp")
int take_resets(struct xdp_md* ctx) {
  const uint8_t* p = (const uint8_t*)(long)ctx->data;
  if (p + 54 > (const uint8_t*)(long)ctx->data_end || p[23] != 6 || p[47] != 4) return XDP_PASS;
  __sync_fetch_and_add(&resets, 1);
  return XDP_DROP;
}

char licence[] SEC("license") = "Apache-2.0";
