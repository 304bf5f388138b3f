// SPDX-License-Identifier: Apache-2.0
#include "addr/divider.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace portolan::addr::divider_test {
namespace {

using base::u128;

bool exact(uint32_t divisor, u128 n) {
  const Divider::Parts parts = Divider(divisor).divide(n);
  return parts.quotient == n / divisor && parts.remainder == n % divisor;
}

// The numbers at which a reciprocal that is too short errs first: around multiples of the divisor, at each width.
TEST(Divider, ExactAroundMultiplesAtEveryWidth) {
  for (const uint32_t d :
       {1u,     2u,      3u,      5u,      7u,      10u,         641u,        1000u,       65535u,      65536u,
        65537u, 131070u, 196868u, 262143u, 262144u, 0x3fffffffu, 0x40000000u, 0x40000001u, 0x7ffffffeu, 0x7fffffffu}) {
    for (int bits = 1; bits <= 128; ++bits) {
      const u128 top = bits == 128 ? base::kU128Max : (u128{1} << bits) - 1;
      const u128 multiple = top / d * d;
      for (const u128 n : {top, top - 1, multiple, multiple == 0 ? 0 : multiple - 1, top / 3, top / 2 + 1}) {
        ASSERT_TRUE(exact(d, n)) << d << " at " << base::to_string(n);
      }
    }
  }
}

TEST(Divider, ExactForEveryServiceCountAtTheEdges) {
  for (uint32_t d = 1; d < 1u << 18; d += 7) {
    const u128 v4_top = (u128{1} << 32) * d - 1;
    ASSERT_TRUE(exact(d, v4_top)) << d;
    ASSERT_TRUE(exact(d, base::kU128Max / d * d - 1)) << d;
    ASSERT_TRUE(exact(d, base::kU128Max)) << d;
    ASSERT_TRUE(exact(d, (u128{1} << 63) / d * d - 1)) << d;
  }
}

RC_GTEST_PROP(Divider, AgreesWithTheMachine, (uint64_t hi, uint64_t lo, uint32_t divisor)) {
  const uint32_t d = (divisor & 0x7fffffff) | (divisor == 0 ? 1 : 0);
  RC_PRE(d != 0u);
  RC_ASSERT(exact(d, base::make_u128(hi, lo)));
  RC_ASSERT(exact(d, lo));
  RC_ASSERT(exact(d, base::make_u128(hi & 0xffff, lo)));
}

// The forms that kernel programs take.
RC_GTEST_PROP(Divider, WordsAgreeWithTheMachine, (uint64_t a, uint64_t b, uint32_t divisor)) {
  RC_ASSERT(pick_mul_hi_by_halves(a, b) == base::mul_hi(a, b));
  const uint64_t d = std::max(divisor & 0x7fffffff, 1u);
  const Divider divider(static_cast<uint32_t>(d));
  const PickDivider& by = divider.by();
  RC_ASSERT(pick_quotient(&by, a >> 1) == (a >> 1) / d);
  for (const uint64_t n : {a, ~a, a << 32, ~uint64_t{0} - (a & 0xff)}) RC_ASSERT(pick_quotient_long(&by, n) == n / d);
}

TEST(Divider, HalvesCarryWhereTheyMust) {
  for (const uint64_t a : {uint64_t{0}, uint64_t{0xffffffff}, uint64_t{1} << 32, ~uint64_t{0}, ~uint64_t{0} << 32}) {
    for (const uint64_t b : {a, ~a, ~uint64_t{0}, uint64_t{1}}) {
      ASSERT_EQ(pick_mul_hi_by_halves(a, b), base::mul_hi(a, b));
    }
  }
}

}  // namespace
}  // namespace portolan::addr::divider_test
