// SPDX-License-Identifier: Apache-2.0
// A probe written into the frame, every byte of it: pages come back as the far side left them. Included by send.bpf.c
// alone.
#pragma once

#include "xdp/send_maps.bpf.h"

static __always_inline void patch(uint8_t* network, const struct PatchLayout* layout, uint32_t body, uint32_t v4,
                                  const struct SendMade* made, const uint8_t* end) {
  const struct PatchValues v = {made->hi, made->lo, made->ports, made->token, made->ip_id};
  if (v4) {
    patch_ipv4(network, layout, body, &v, &sctp_crc, end);
  } else {
    patch_ipv6(network, layout, body, &v, &sctp_crc, end);
  }
}

// A page keeps the length that the far side gave the frame, unless the program itself changes it: so it always does.
static __always_inline int set_length(struct xdp_md* ctx, const struct SendPlan* plan, uint64_t size) {
  return bpf_xdp_adjust_tail(ctx, (int)size - (int)(plan->longest + kSendSpare)) == 0;
}

// Where all probes have one shape: the verifier knows the length, so that no loop and no branch is left.
static __always_inline int write_known(struct xdp_md* ctx, const struct SendPlan* plan, const struct SendMade* made) {
  const uint64_t size = plan->shape.size;
  if (!set_length(ctx, plan, size)) return 0;
  uint8_t* data = (uint8_t*)(long)ctx->data;
  const uint8_t* end = (const uint8_t*)(long)ctx->data_end;
  if (data + size > end) return 0;
  const struct SendProbe* probe = plan->probes == 1 ? probes : &probes[made->probe & (kMostSendProbes - 1)];
#define PORTOLAN_WORD(i) \
  if (size >= 8 * (i) + 8) *(uint64_t*)(data + 8 * (i)) = probe->words[i];
#define PORTOLAN_WORDS(i) PORTOLAN_WORD(i) PORTOLAN_WORD((i) + 1) PORTOLAN_WORD((i) + 2) PORTOLAN_WORD((i) + 3)
  PORTOLAN_WORDS(0)
  PORTOLAN_WORDS(4)
  PORTOLAN_WORDS(8)
  PORTOLAN_WORDS(12)
  if (size > 128) {
    for (uint64_t at = 128; at + 8 <= kMostSendFrame; at += 8) {
      if (at + 8 > size) break;
      *(uint64_t*)(data + at) = *(const uint64_t*)((const uint8_t*)probe->words + at);
    }
  }
  *(uint64_t*)(data + size - 8) = probe->tail;
  if (plan->shape.body == kPatchTcp)
    patch(data + plan->network_at, &probe->layout, kPatchTcp, plan->shape.is_v4, made, end);
  if (plan->shape.body == kPatchUdp)
    patch(data + plan->network_at, &probe->layout, kPatchUdp, plan->shape.is_v4, made, end);
  if (plan->shape.body == kPatchIcmp)
    patch(data + plan->network_at, &probe->layout, kPatchIcmp, plan->shape.is_v4, made, end);
  if (plan->shape.body == kPatchSctp)
    patch(data + plan->network_at, &probe->layout, kPatchSctp, plan->shape.is_v4, made, end);
  if (plan->shape.body == kPatchPlain)
    patch(data + plan->network_at, &probe->layout, kPatchPlain, plan->shape.is_v4, made, end);
  return 1;
}

enum { kTcpPatched = 20, kUdpPatched = 8, kIcmpPatched = 8, kSctpPatched = 20 };

static __always_inline void patch_any(uint8_t* network, uint32_t v4, const struct SendProbe* probe,
                                      const struct SendMade* made, const uint8_t* end) {
  const uint8_t* transport = network + (v4 ? 20 : 40);
  const uint32_t body = probe->layout.body;
  if (body == kPatchTcp && transport + kTcpPatched <= end) patch(network, &probe->layout, kPatchTcp, v4, made, end);
  if (body == kPatchUdp && transport + kUdpPatched <= end) patch(network, &probe->layout, kPatchUdp, v4, made, end);
  if (body == kPatchIcmp && transport + kIcmpPatched <= end) patch(network, &probe->layout, kPatchIcmp, v4, made, end);
  if (body == kPatchSctp && transport + kSctpPatched <= end) patch(network, &probe->layout, kPatchSctp, v4, made, end);
  if (body == kPatchPlain && transport <= end) patch(network, &probe->layout, kPatchPlain, v4, made, end);
}

// Where probes differ in length, body or family.
static __noinline int write_any(struct xdp_md* ctx, const struct SendMade* made) {
  const struct SendPlan* plan = the_plan();
  const struct SendProbe* probe = &probes[made->probe & (kMostSendProbes - 1)];
  const uint64_t size = probe->layout.size;
  if (size < 14 || size > kMostSendFrame) return 0;
  if (!set_length(ctx, plan, size)) return 0;
  uint8_t* data = (uint8_t*)(long)ctx->data;
  const uint8_t* end = (const uint8_t*)(long)ctx->data_end;
  const uint8_t* from = (const uint8_t*)probe->words;
  uint64_t at = 0;
  for (; at + 8 <= kMostSendFrame; at += 8) {
    if (data + at + 8 > end) break;
    *(uint64_t*)(data + at) = *(const uint64_t*)(from + at);
  }
  for (int i = 0; i < 8 && at < kMostSendFrame; ++i, ++at) {
    if (data + at + 1 > end) break;
    data[at] = from[at];
  }
  if (probe->layout.is_v4) {
    patch_any(data + plan->network_at, 1, probe, made, end);
  } else {
    patch_any(data + plan->network_at, 0, probe, made, end);
  }
  return 1;
}

static __always_inline int write_frame(struct xdp_md* ctx, const struct SendPlan* plan, const struct SendMade* made) {
  return plan->same_shape ? write_known(ctx, plan, made) : write_any(ctx, made);
}
