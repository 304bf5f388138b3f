// SPDX-License-Identifier: Apache-2.0
// Randomness, in two kinds that must not be mixed up.
//
// secure_random() is the kernel's: keys and default seeds come from it. SplitMix64 is a fast sequence that its seed
// determines: for deriving round keys from a seed, and for tests and simulations. Never draw a secret from it.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portolan::base {

// Fills out with bytes from getrandom(2). Ends the program if the kernel refuses, which it documents it does not.
void secure_random(MutableBytes out);
uint64_t secure_random64();

// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (OOPSLA 2014).
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

}  // namespace portolan::base
