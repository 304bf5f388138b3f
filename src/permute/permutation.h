// SPDX-License-Identifier: Apache-2.0
// Permutation: the order of a scan. A keyed bijection on exactly [0, n), for any n up to 2^128 - 1.
//
// at(i) says which target the i-th probe goes to, inverse(j) which probe asked target j. Both cost the same for every
// i, nothing is stored per item, and the order depends on n and the seed alone: never on the rate, on threads, on how
// the work is cut in shards or where it was resumed. It is an order, not a cipher: a seed may be published, so nothing
// secret may hang on it. For what the numbers mean ask addr::TargetSet.
//
// How: a Feistel network (M. Luby, C. Rackoff: "How to construct pseudorandom permutations from pseudorandom
// functions", SIAM J. Comput. 1988) over two halves of unequal size, [0, a) x [0, 2^k) with 2^k near sqrt(n) and
// a = ceil(n / 2^k), and cycle walking for the rest (J. Black, P. Rogaway: "Ciphers with arbitrary finite domains",
// CT-RSA 2002). As a * 2^k - n < 2^k, an item needs a second step with probability below about 1 / sqrt(n). A hash is
// brought into [0, a) by a multiplication, so no division by a variable stands anywhere on the path. n <= 2^64 takes
// the narrow step (step.h, 64-bit words), more takes the wide one (wide_step.h).
//
// Immutable after construction: any number of threads may share one. Copies are independent. About 300 bytes.
#pragma once

#include <cstdint>
#include <span>

#include "base/int128.h"
#include "permute/step.h"

namespace portolan::permute {

// The keys and the shape of the step for n items, n >= 1. Round keys come from the seed and n by SplitMix64.
FeistelKeys make_keys(base::u128 n, uint64_t seed);

class Permutation {
 public:
  // n = 0 makes the empty order, of which nothing may be asked but its size.
  Permutation(base::u128 n, uint64_t seed);

  base::u128 size() const { return size_; }

  // The i-th item. REQUIRES: i < size().
  base::u128 at(base::u128 i) const;

  // The i with at(i) == j. REQUIRES: j < size().
  base::u128 inverse(base::u128 j) const;

  // out[k] = at(first + k * stride) for every k. Faster by far than single calls, best in batches of 64 and more.
  // REQUIRES: first + k * stride < size() for every k < out.size().
  void at(base::u128 first, base::u128 stride, std::span<base::u128> out) const;

  // The same in 64-bit words; and each index of a list replaced by its item. REQUIRES: narrow(), and as above.
  void at(uint64_t first, uint64_t stride, std::span<uint64_t> out) const;
  void at(std::span<uint64_t> indexes) const;

  // What a program in C or in the kernel needs to take the same steps. Narrow when size() <= 2^64.
  const FeistelKeys& keys() const { return keys_; }
  bool narrow() const { return base::hi64(last_) == 0; }

 private:
  base::u128 size_;
  base::u128 last_;  // size_ - 1, which fits 64 bits when size_ is 2^64
  FeistelKeys keys_;
};

}  // namespace portolan::permute
