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
#include "base/siphash_step.h"

namespace portolan::base {

struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;

  static SipKey draw();  // from the kernel's randomness
  bool operator==(const SipKey&) const = default;
};

// The hash of N little-endian 64-bit words, that is of 8*N bytes.
template <class... Words>
constexpr uint64_t siphash(const SipKey& key, Words... words) {
  SipState s{};
  sip_begin(&s, key.k0, key.k1);
  (sip_absorb(&s, words), ...);
  return sip_finish(&s, 0, 8 * sizeof...(words));
}

// The hash of any bytes, as published.
uint64_t siphash_bytes(const SipKey& key, Bytes bytes);

}  // namespace portolan::base
