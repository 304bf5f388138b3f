// SPDX-License-Identifier: Apache-2.0
// The kernel program that finds out whether a device takes live frames: one is sent, and what becomes of it is told by
// the kernel's tracepoints. None of the helpers used is for GPL programs only.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <stdint.h>

uint64_t processor;  // that the frame is sent by
uint64_t handed, taken, dropped;
int64_t error;  // negative: of the device or of the redirection

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __type(key, uint32_t);
  __type(value, uint32_t);
  __uint(max_entries, 1);
} device SEC(".maps");

char kLicense[] SEC("license") = "Apache-2.0";

static __always_inline int is_ours(void) {
  return handed != taken + dropped && bpf_get_smp_processor_id() == processor;
}

SEC("xdp")
int send_one(struct xdp_md* ctx) {
  (void)ctx;
  ++handed;
  processor = bpf_get_smp_processor_id();
  return bpf_redirect_map(&device, 0, XDP_DROP);
}

SEC("raw_tp/xdp_devmap_xmit")
int on_flush(struct bpf_raw_tracepoint_args* ctx) {
  if (!is_ours()) return 0;
  taken += (uint32_t)ctx->args[2];
  dropped += (uint32_t)ctx->args[3];
  error = (int)ctx->args[4];
  return 0;
}

static __always_inline int on_error(int why) {
  if (!is_ours()) return 0;
  ++dropped;
  error = why;
  return 0;
}

// (device, program, target, error, ...)
SEC("raw_tp/xdp_redirect_err")
int on_redirect_error(struct bpf_raw_tracepoint_args* ctx) { return on_error((int)ctx->args[3]); }
