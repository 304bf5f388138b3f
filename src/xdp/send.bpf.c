// SPDX-License-Identifier: Apache-2.0
// The kernel program that makes and sends probes: each run of send_probes is one frame, each frame one position.
//
// It is run by BPF_PROG_TEST_RUN with live frames, 64 runs a batch, and the device takes the frames 16 at a time. What
// the device took and what not is told by the kernel's tracepoints: it takes the first of 16 and drops the last, and
// calls come in the order of frames, so a ring of the probes that were handed over says which. Those that were dropped
// go back to the ring's end and are sent again. As a group is made only when no probe waits, a slow device is slow for
// the scan, and nothing is lost.
//
// Positions are worked on by groups: the steps of one have long latencies (the permutation is a chain of products),
// those of several overlap. None of the helpers used is for GPL programs only.
#include "xdp/send_make.bpf.h"
#include "xdp/send_write.bpf.h"

char kLicense[] SEC("license") = "Apache-2.0";

enum { kGiveUpAfter = 1000000000, kMostBulk = 64 };

// Whether this is about frames of ours. From the first that is handed over to the flush of the last, nothing else runs
// on the processor that could flush: what is nested there comes when we have handed none. The thread is not asked for:
// its number is another one in a process namespace.
static __always_inline int is_ours(const struct SendState* s) {
  return s->handed != s->confirmed && bpf_get_smp_processor_id() == s->processor;
}

// Whether a device that takes nothing has done so for long.
static __always_inline int gives_up(struct SendState* s) {
  const uint64_t now = bpf_ktime_get_ns();
  if (s->refusing_since == 0) s->refusing_since = now;
  return now - s->refusing_since > kGiveUpAfter;
}

// The frame that was handed over last did not even get into the device's queue.
static __always_inline void take_back(struct SendState* s) {
  --s->handed;
  if (!gives_up(s)) {
    ++s->again;
    return;
  }
  // Its place is taken by the last of those that wait, if there is one.
  --s->made;
  s->ring[s->handed & (kSendRing - 1)] = s->ring[s->made & (kSendRing - 1)];
  PORTOLAN_WRITE(s->refused, s->refused + 1);
}

SEC("xdp")
int send_probes(struct xdp_md* ctx) {
  struct SendState* s = &state;
  if (s->handed == s->made && !make_group()) return XDP_DROP;
  const uint64_t handed = s->handed;
  if (handed == s->confirmed) s->processor = bpf_get_smp_processor_id();
  s->handed = handed + 1;
  if (write_frame(ctx, the_plan(), &s->ring[handed & (kSendRing - 1)])) {
    const long action = bpf_redirect_map(&device, 0, XDP_DROP);
    if (action == XDP_REDIRECT) return XDP_REDIRECT;
  }
  take_back(s);  // the device is gone
  return XDP_DROP;
}

// (device from, device to, sent, drops, error)
SEC("raw_tp/xdp_devmap_xmit")
int on_flush(struct bpf_raw_tracepoint_args* ctx) {
  struct SendState* s = &state;
  const struct SendPlan* plan = the_plan();
  if (!is_ours(s)) return 0;
  const uint64_t sent = (uint32_t)ctx->args[2], drops = (uint32_t)ctx->args[3];
  const int error = (int)ctx->args[4];
  if (sent + drops > s->handed - s->confirmed) return 0;
  uint64_t bytes = sent * plan->shape.size;
  if (!plan->same_shape) {
    bytes = 0;
    for (uint64_t i = 0; i < kMostBulk && i < sent; ++i) {
      const uint32_t probe = s->ring[(s->confirmed + i) & (kSendRing - 1)].probe;
      bytes += probes[probe & (kMostSendProbes - 1)].layout.size;
    }
  }
  if (sent != 0) s->refusing_since = 0;
  if (drops != 0 && sent == 0 && error < 0 && gives_up(s)) {
    PORTOLAN_WRITE(s->refused, s->refused + drops);
  } else {
    for (uint64_t i = 0; i < kMostBulk && i < drops; ++i) {
      s->ring[s->made & (kSendRing - 1)] = s->ring[(s->confirmed + sent + i) & (kSendRing - 1)];
      ++s->made;
    }
    s->again += drops;
  }
  s->sent_bytes += bytes;
  s->confirmed += sent + drops;
  PORTOLAN_WRITE(s->sent, s->sent + sent);
  return 0;
}

static __always_inline int on_error(void) {
  if (is_ours(&state)) take_back(&state);
  return 0;
}

SEC("raw_tp/xdp_redirect_err")
int on_redirect_error(struct bpf_raw_tracepoint_args* ctx) { return (void)ctx, on_error(); }
