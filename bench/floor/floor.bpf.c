// SPDX-License-Identifier: Apache-2.0
// What bench/limits has in the kernel: a far side that counts and drops, and the least that live frames can do.
#include <linux/bpf.h>
#include <stdint.h>

#include <bpf/bpf_helpers.h>

enum { kFrameBytes = 56 };

uint32_t interface;  // that send_ready sends by
uint64_t frame[kFrameBytes / 8];
uint32_t ended;  // no more frames are wanted

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, uint32_t);
  __type(value, uint64_t);
  __uint(max_entries, 2);  // frames that arrived, and that were made
} counts SEC(".maps");

static __always_inline void count(uint32_t which) {
  uint64_t* n = bpf_map_lookup_elem(&counts, &which);
  if (n) ++*n;
}

SEC("xdp")
int drop_all(struct xdp_md* ctx) {
  (void)ctx;
  count(0);
  return XDP_DROP;
}

SEC("xdp")
int send_ready(struct xdp_md* ctx) {
  (void)ctx;
  if (ended) return XDP_DROP;
  count(1);
  return (int)bpf_redirect(interface, 0);
}

SEC("xdp")
int write_and_send(struct xdp_md* ctx) {
  uint64_t* p = (uint64_t*)(long)ctx->data;
  if ((void*)p + kFrameBytes > (void*)(long)ctx->data_end || ended) return XDP_DROP;
  for (uint32_t i = 0; i < kFrameBytes / 8; ++i) p[i] = frame[i];
  count(1);
  return (int)bpf_redirect(interface, 0);
}

char licence[] SEC("license") = "Apache-2.0";
