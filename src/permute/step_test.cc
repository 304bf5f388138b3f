// SPDX-License-Identifier: Apache-2.0
// Every product of the two steps is wide enough: at the greatest operands, and against arithmetic without a width.
#include "permute/step.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "permute/permutation.h"
#include "permute/wide_step.h"

namespace portolan::permute::step_test {
namespace {

using base::make_u128;
using base::u128;

constexpr uint64_t kMax32 = 0xffffffffu;
constexpr uint64_t kMax64 = ~uint64_t{0};

// The narrow step: a hash and the greatest high half are 32-bit numbers, and hash * (last + 1) fits the word exactly.
static_assert(u128{kMax32} * kMax32 + kMax32 <= kMax64);
static_assert(narrow_scale(kMax32, kMax32) == kMax32);
static_assert(narrow_scale(kMax32, kMax32 - 1) == kMax32 - 1);
static_assert(narrow_scale(0, kMax32) == 0);
static_assert(u128{kMax32} * 0x9e3779b1u <= kMax64 && u128{kMax32} * 0x846ca68bu <= kMax64);
static_assert(u128{kMax32} + kMax32 <= kMax64);  // a half and its step, before the modulus

// The wide step: hash * (last + 1) is at most 2^128 - 2^64.
static_assert(wide_scale(kMax64, kMax64) == kMax64);
static_assert(wide_scale(kMax64, kMax64 - 1) == kMax64 - 1);
static_assert(u128{kMax64} * kMax64 <= base::kU128Max - kMax64);
static_assert(add_modulo(kMax64, kMax64, kMax64) == kMax64 - 1);
static_assert(subtract_modulo(0, kMax64, kMax64) == 1);
static_assert(add_modulo(kMax64 - 1, 1, kMax64 - 1) == 0);
static_assert(subtract_modulo(0, 1, kMax64 - 1) == kMax64 - 1);

// A natural number without a greatest one: little-endian digits to the base 2^16, so that every product of two digits
// and its carries are far from the width of the machine's words.
class Natural {
 public:
  Natural(u128 v) {  // NOLINT(google-explicit-constructor): numbers are written as numbers below
    for (; v != 0; v >>= 16) digits_.push_back(static_cast<uint32_t>(v & 0xffff));
  }
  friend Natural operator+(const Natural& a, const Natural& b) {
    Natural sum(0);
    uint32_t carry = 0;
    for (size_t i = 0; i < std::max(a.digits_.size(), b.digits_.size()) || carry != 0; ++i) {
      carry += a.digit(i) + b.digit(i);
      sum.digits_.push_back(carry & 0xffff);
      carry >>= 16;
    }
    return sum;
  }
  friend Natural operator*(const Natural& a, const Natural& b) {
    Natural product(0);
    for (size_t i = 0; i < a.digits_.size(); ++i) {
      Natural row(0);
      row.digits_.assign(i, 0);
      uint64_t carry = 0;
      for (size_t j = 0; j < b.digits_.size() || carry != 0; ++j) {
        carry += uint64_t{a.digits_[i]} * b.digit(j);
        row.digits_.push_back(static_cast<uint32_t>(carry & 0xffff));
        carry >>= 16;
      }
      product = product + row;
    }
    return product;
  }
  // Digits [from, from + count) as a number: a shift by and a modulus of powers of two.
  uint64_t bits(size_t from, size_t count) const {
    uint64_t v = 0;
    for (size_t i = count; i-- > 0;) v = (v << 16) | digit(from + i);
    return v;
  }
  // REQUIRES: it fits.
  u128 value() const {
    for (size_t i = 8; i < digits_.size(); ++i) RC_ASSERT(digits_[i] == 0u);
    return make_u128(bits(4, 4), bits(0, 4));
  }

 private:
  uint32_t digit(size_t i) const { return i < digits_.size() ? digits_[i] : 0; }
  std::vector<uint32_t> digits_;
};

uint64_t reference_narrow_mix(uint64_t half, uint64_t key) {
  const Natural v = Natural((Natural(half) + Natural(key)).bits(0, 2)) * Natural(0x9e3779b1u);
  const uint64_t turned = v.bits(0, 2) ^ v.bits(2, 2) ^ Natural(key).bits(2, 2);
  const Natural w = Natural(turned) * Natural(0x846ca68bu);
  return w.bits(0, 2) ^ w.bits(2, 2);
}

uint64_t reference_wide_mix(uint64_t half, uint64_t key) {
  const Natural v = Natural((Natural(half) + Natural(key)).bits(0, 4)) * Natural(0x9e3779b97f4a7c15u);
  const Natural k(key);
  const uint64_t turned = v.bits(0, 4) ^ v.bits(4, 4) ^ (k.bits(0, 2) << 32 | k.bits(2, 2));
  const Natural w = Natural(turned) * Natural(0xd6e8feb86659fd93u);
  return w.bits(0, 4) ^ w.bits(4, 4);
}

// floor(hash * count / 2^width), with count = last + 1 computed without a width.
uint64_t reference_scale(uint64_t hash, uint64_t last, size_t width) {
  return (Natural(hash) * (Natural(last) + Natural(1))).bits(width / 16, 4);
}

// One whole forward step, the modulus taken by division of a sum that has room.
u128 reference_forward(const FeistelKeys& keys, u128 item, bool narrow) {
  const u128 low_count = u128{keys.low_mask} + 1;
  const u128 high_count = u128{keys.high_last} + 1;
  const auto mix = narrow ? reference_narrow_mix : reference_wide_mix;
  u128 high = item / low_count;
  u128 low = item % low_count;
  for (size_t i = 0; i < keys.rounds; i += 2) {
    const uint64_t hash = mix(base::lo64(low), keys.key[i]);
    const u128 by = reference_scale(hash, keys.high_last, narrow ? 32 : 64);
    high = (Natural(high) + Natural(by)).value() % high_count;
    low = (Natural(low) + Natural(mix(base::lo64(high), keys.key[i + 1]))).value() % low_count;
  }
  return (Natural(high) * Natural(low_count) + Natural(low)).value();
}

uint64_t near_the_edge(uint64_t greatest) {
  const uint64_t off = *rc::gen::arbitrary<uint64_t>() >> *rc::gen::inRange(0, 64);
  return *rc::gen::element(greatest - off % 3, off % 3, off & greatest);
}

RC_GTEST_PROP(StepWidth, NarrowProductsAreExact, ()) {
  const uint64_t hash = near_the_edge(kMax32), last = near_the_edge(kMax32), key = near_the_edge(kMax64);
  RC_ASSERT(narrow_scale(hash, last) == reference_scale(hash, last, 32));
  RC_ASSERT(narrow_scale(hash, last) <= last);
  RC_ASSERT(narrow_mix(hash, key) == reference_narrow_mix(hash, key));
}

RC_GTEST_PROP(StepWidth, WideProductsAreExact, ()) {
  const uint64_t hash = near_the_edge(kMax64), last = near_the_edge(kMax64), key = near_the_edge(kMax64);
  RC_ASSERT(wide_scale(hash, last) == reference_scale(hash, last, 64));
  RC_ASSERT(wide_scale(hash, last) <= last);
  RC_ASSERT(wide_mix(hash, key) == reference_wide_mix(hash, key));
}

RC_GTEST_PROP(StepWidth, WideModulusIsExact, ()) {
  const uint64_t last = near_the_edge(kMax64);
  const u128 count = u128{last} + 1;
  const auto a = static_cast<uint64_t>(near_the_edge(kMax64) % count);
  const auto b = static_cast<uint64_t>(near_the_edge(kMax64) % count);
  RC_ASSERT(add_modulo(a, b, last) == (u128{a} + b) % count);
  RC_ASSERT(subtract_modulo(a, b, last) == (u128{a} + count - b) % count);
}

// Whole steps at the sizes where a width could be one bit short: the largest narrow ones, the smallest wide ones, and
// the largest of all, where even the count of high halves needs 65 bits.
RC_GTEST_PROP(StepWidth, WholeStepsAreExactAtTheBoundaries, (uint64_t seed)) {
  const u128 two64 = make_u128(1, 0);
  const u128 n =
      *rc::gen::element(u128{1} << 63, two64 - 1, two64, two64 + 1, make_u128(2, 0), u128{1} << 127,
                        base::kU128Max - kMax64 - 1, base::kU128Max - kMax64, base::kU128Max - 1, base::kU128Max);
  const FeistelKeys keys = make_keys(n, seed);
  const bool narrow = n <= two64;
  const u128 item = make_u128(near_the_edge(kMax64), near_the_edge(kMax64)) % n;
  for (const u128 i : {item, u128{0}, n - 1}) {
    const u128 reference = reference_forward(keys, i, narrow);
    if (narrow) {
      RC_ASSERT(u128{narrow_forward(&keys, base::lo64(i))} == reference);
      RC_ASSERT(u128{narrow_backward(&keys, base::lo64(reference))} == i);
    } else {
      RC_ASSERT(wide_forward(keys, i) == reference);
      RC_ASSERT(wide_backward(keys, reference) == i);
    }
  }
}

// The halves cover n, and by less than one low half more: that is why a walk is short.
RC_GTEST_PROP(Keys, TheHalvesCoverTheItemsTightly, (uint64_t seed)) {
  const u128 n = make_u128(near_the_edge(kMax64), near_the_edge(kMax64)) >> *rc::gen::inRange(0, 128);
  RC_PRE(n > 0);
  const FeistelKeys keys = make_keys(n, seed);
  const u128 last = n - 1;
  RC_ASSERT(keys.rounds % 2 == 0 && keys.rounds <= kMaxRounds);
  RC_ASSERT(u128{keys.low_mask} == (u128{1} << keys.half_bits) - 1);
  RC_ASSERT(u128{keys.high_last} == last >> keys.half_bits);
  RC_ASSERT(n > make_u128(1, 0) || (keys.high_last <= kMax32 && keys.low_mask <= kMax32));
  RC_ASSERT(keys.high_last <= 2 * keys.low_mask + 1 || keys.low_mask > kMax64 / 2);
}

RC_GTEST_PROP(NarrowStep, LanesAreStepsOneByOne, (uint64_t n, uint64_t seed, uint64_t from, uint32_t stride)) {
  const FeistelKeys keys = make_keys(n, seed);
  const u128 domain = (u128{keys.high_last} + 1) << keys.half_bits;
  const uint64_t first = n == 0 ? 0 : from % n;
  uint64_t lanes[kNarrowLanes];
  narrow_forward_lanes(&keys, first, stride, lanes);
  for (uint64_t k = 0; k < kNarrowLanes && u128{first} + u128{k} * stride < domain; ++k) {
    RC_ASSERT(lanes[k] == narrow_forward(&keys, first + k * stride));
    RC_ASSERT(narrow_backward(&keys, lanes[k]) == first + k * stride);
  }
}

}  // namespace
}  // namespace portolan::permute::step_test
