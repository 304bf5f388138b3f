// SPDX-License-Identifier: Apache-2.0
#include "base/int128.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::base::int128_test {
namespace {

TEST(Int128, TextOfTheLimits) {
  EXPECT_EQ(to_string(0), "0");
  EXPECT_EQ(to_string(kU128Max), "340282366920938463463374607431768211455");
  EXPECT_EQ(parse_u128("340282366920938463463374607431768211455"), kU128Max);
}

TEST(Int128, RefusesWhatIsNotADecimalNumberThatFits) {
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x10", "1e3", "340282366920938463463374607431768211456",
                          "3402823669209384634633746074317682114550"}) {
    EXPECT_EQ(parse_u128(bad), std::nullopt) << bad;
  }
}

TEST(Int128, BitWidth) {
  EXPECT_EQ(bit_width(0), 0);
  EXPECT_EQ(bit_width(1), 1);
  EXPECT_EQ(bit_width(u128{1} << 64), 65);
  EXPECT_EQ(bit_width(kU128Max), 128);
}

RC_GTEST_PROP(Int128, TextReadsBack, (uint64_t hi, uint64_t lo)) {
  const u128 v = make_u128(hi, lo);
  RC_ASSERT(parse_u128(to_string(v)) == std::optional<u128>(v));
}

}  // namespace
}  // namespace portolan::base::int128_test
