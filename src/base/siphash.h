// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4: a keyed hash (MAC) for short inputs, 64 bits out.
//
// J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF" (INDOCRYPT 2012). The inputs here are whole
// 64-bit words, already in the machine's order, so no length or byte handling is left in the loop; siphash_bytes is
// the published byte form and serves to prove the words form against the paper's vector.
// Pure functions, any thread. Not a hash for tables whose keys nobody attacks: it costs about 15 ns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace portolan::base {

struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;

  static SipKey draw();  // from the kernel's randomness
  bool operator==(const SipKey&) const = default;
};

namespace siphash_internal {
struct State {
  uint64_t v0, v1, v2, v3;

  constexpr explicit State(const SipKey& key)
      : v0(key.k0 ^ 0x736f6d6570736575u),
        v1(key.k1 ^ 0x646f72616e646f6du),
        v2(key.k0 ^ 0x6c7967656e657261u),
        v3(key.k1 ^ 0x7465646279746573u) {}

  static constexpr uint64_t rotl(uint64_t x, int b) { return (x << b) | (x >> (64 - b)); }
  constexpr void round() {
    v0 += v1, v1 = rotl(v1, 13), v1 ^= v0, v0 = rotl(v0, 32);
    v2 += v3, v3 = rotl(v3, 16), v3 ^= v2;
    v0 += v3, v3 = rotl(v3, 21), v3 ^= v0;
    v2 += v1, v1 = rotl(v1, 17), v1 ^= v2, v2 = rotl(v2, 32);
  }
  constexpr void absorb(uint64_t m) {
    v3 ^= m;
    round(), round();
    v0 ^= m;
  }
  constexpr uint64_t finish() {
    v2 ^= 0xff;
    round(), round(), round(), round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};
}  // namespace siphash_internal

// The hash of N little-endian 64-bit words, that is of 8*N bytes.
template <class... Words>
constexpr uint64_t siphash(const SipKey& key, Words... words) {
  siphash_internal::State s(key);
  (s.absorb(words), ...);
  s.absorb(uint64_t{8 * sizeof...(words)} << 56);
  return s.finish();
}

// The hash of any bytes, as published.
uint64_t siphash_bytes(const SipKey& key, Bytes bytes);

}  // namespace portolan::base
