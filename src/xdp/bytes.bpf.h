// SPDX-License-Identifier: Apache-2.0
// Bytes of a frame in a kernel program: access with the bound that the verifier wants to see, and checksums.
//
// Sums are of 16-bit words as they lie in memory, as wire::Sum keeps them. Every access goes through at(); offsets are
// masked, because the verifier forgets what it knew of a number in memory.
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdint.h>

static __always_inline uint8_t* at(struct xdp_md* ctx, uint64_t offset, uint64_t size) {
  uint8_t* p = (uint8_t*)(long)ctx->data + (offset & 0xff);
  return p + size > (uint8_t*)(long)ctx->data_end ? 0 : p;
}

static __always_inline uint16_t fold(uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return (uint16_t)((sum >> 16) + (sum & 0xffff));
}

static __always_inline uint64_t sum32(const uint8_t* p, int words) {
  uint64_t sum = 0;
#pragma unroll
  for (int i = 0; i < words; ++i) sum += *(const uint32_t*)(p + 4 * i);
  return sum;
}

enum { kMostSummed = 1536 };

// The bytes of a transport packet. All of them stand in the frame: that was asked before.
__attribute__((noinline)) uint64_t sum_bytes(struct xdp_md* ctx, uint64_t offset, uint64_t length) {
  uint8_t* p = (uint8_t*)(long)ctx->data + (offset & 0xff);
  uint8_t* end = (uint8_t*)(long)ctx->data_end;
  uint64_t sum = 0;
  for (int i = 0; i < kMostSummed / 8; ++i) {
    if (length < 8 || p + 8 > end) break;
    sum += (uint64_t) * (uint32_t*)p + *(uint32_t*)(p + 4);
    p += 8;
    length -= 8;
  }
  for (int i = 0; i < 3; ++i) {
    if (length < 2 || p + 2 > end) break;
    sum += *(uint16_t*)p;
    p += 2;
    length -= 2;
  }
  if (length == 1 && p + 1 <= end) sum += *p;
  return sum;
}

static __always_inline uint64_t halves(uint64_t word) {
  const uint64_t v = bpf_cpu_to_be64(word);
  return (v >> 32) + (v & 0xffffffff);
}

static __always_inline uint64_t load64(const uint8_t* p) {
  return (uint64_t)bpf_ntohl(*(const uint32_t*)p) << 32 | bpf_ntohl(*(const uint32_t*)(p + 4));
}
