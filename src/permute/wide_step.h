// SPDX-License-Identifier: Apache-2.0
// The step of the permutation for more than 2^64 items: step.h with halves of up to 64 bits.
//
// The same rounds, the same walk and the same contract as there; read that first. Products are 64 x 64 -> 128 bits.
// high_last may be 2^64 - 1 (when n is above 2^128 - 2^64), where high_last + 1 would not fit: nothing here computes
// it. Used by permute::Permutation. Pure functions, any thread.
#pragma once

#include <cstdint>

#include "base/int128.h"
#include "permute/step.h"

namespace portolan::permute {

// Hashes 64 bits to 64 bits.
constexpr uint64_t wide_mix(uint64_t half, uint64_t key) {
  const base::u128 v = base::u128{half + key} * 0x9e3779b97f4a7c15u;
  const uint64_t turned = (key << 32) | (key >> 32);
  const base::u128 w = base::u128{base::hi64(v) ^ base::lo64(v) ^ turned} * 0xd6e8feb86659fd93u;
  return base::hi64(w) ^ base::lo64(w);
}

// floor(hash * (last + 1) / 2^64), in [0, last]. The sum is at most (2^64 - 1) * 2^64, so it fits.
constexpr uint64_t wide_scale(uint64_t hash, uint64_t last) { return base::hi64(base::u128{hash} * last + hash); }

// (value + by) mod (last + 1) and (value - by) mod (last + 1), for value and by in [0, last]. The words wrap at 2^64,
// which is right when last + 1 is 2^64 too. A mask and not a choice: as a branch it would be mispredicted half the
// time.
constexpr uint64_t add_modulo(uint64_t value, uint64_t by, uint64_t last) {
  const uint64_t over = by > last - value ? 1 : 0;
  return value + by - ((0 - over) & (last + 1));
}
constexpr uint64_t subtract_modulo(uint64_t value, uint64_t by, uint64_t last) {
  const uint64_t under = by > value ? 1 : 0;
  return value - by + ((0 - under) & (last + 1));
}

constexpr base::u128 wide_forward(const FeistelKeys& keys, base::u128 item) {
  auto high = static_cast<uint64_t>(item >> keys.half_bits);
  uint64_t low = base::lo64(item) & keys.low_mask;
  for (uint64_t i = 0; i < keys.rounds; i += 2) {
    high = add_modulo(high, wide_scale(wide_mix(low, keys.key[i]), keys.high_last), keys.high_last);
    low = (low + wide_mix(high, keys.key[i + 1])) & keys.low_mask;
  }
  return (base::u128{high} << keys.half_bits) | low;
}

// The item that wide_forward() takes to this one.
constexpr base::u128 wide_backward(const FeistelKeys& keys, base::u128 item) {
  auto high = static_cast<uint64_t>(item >> keys.half_bits);
  uint64_t low = base::lo64(item) & keys.low_mask;
  for (uint64_t i = keys.rounds; i >= 2; i -= 2) {
    low = (low - wide_mix(high, keys.key[i - 1])) & keys.low_mask;
    high = subtract_modulo(high, wide_scale(wide_mix(low, keys.key[i - 2]), keys.high_last), keys.high_last);
  }
  return (base::u128{high} << keys.half_bits) | low;
}

}  // namespace portolan::permute
