// SPDX-License-Identifier: Apache-2.0
#include "options/value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "options/nearest.h"

namespace portolan::options::value_test {
namespace {

TEST(Seconds, Forms) {
  EXPECT_EQ(parse_seconds("10"), 10 * base::kSecond);
  EXPECT_EQ(parse_seconds("0.5"), base::kSecond / 2);
  EXPECT_EQ(parse_seconds("500ms"), base::kSecond / 2);
  EXPECT_EQ(parse_seconds("1.5m"), 90 * base::kSecond);
  EXPECT_EQ(parse_seconds("2h"), 7200 * base::kSecond);
  EXPECT_EQ(parse_seconds("0.000000001"), 1);
  EXPECT_EQ(parse_seconds("9223372036.854775807"), INT64_MAX);
}

TEST(Seconds, NotATime) {
  for (const auto* text :
       {"", ".", "1.", ".5", "-1", "+1", "1 s", "s", "ms", "1d", "1.0000000001", "1e3", "nan", "9223372036.854775808",
        "99999999999999999999h", "340282366920938463463374607431768211457"}) {
    EXPECT_FALSE(parse_seconds(text)) << text;
  }
}

RC_GTEST_PROP(Seconds, OfAnyNanosecond, ()) {
  const auto nanos = *rc::gen::inRange<base::Nanos>(0, INT64_MAX);
  const auto text = fmt::format("{}.{:09}", nanos / base::kSecond, nanos % base::kSecond);
  RC_ASSERT(parse_seconds(text) == nanos);
}

RC_GTEST_PROP(Number, OfAny, (uint64_t n)) { RC_ASSERT(parse_number(std::to_string(n)) == n); }

TEST(Number, Strict) {
  for (const auto* text : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Bool, Forms) {
  EXPECT_EQ(parse_bool("Yes"), true);
  EXPECT_EQ(parse_bool("off"), false);
  EXPECT_FALSE(parse_bool("2"));
  EXPECT_FALSE(parse_bool(""));
}

TEST(EditDistance, Examples) {
  EXPECT_EQ(edit_distance("rate", "rate"), 0u);
  EXPECT_EQ(edit_distance("raet", "rate"), 1u);  // a swap is one slip
  EXPECT_EQ(edit_distance("", "rate"), 4u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

RC_GTEST_PROP(EditDistance, IsSymmetricAndBounded, (std::string a, std::string b)) {
  const size_t d = edit_distance(a, b);
  RC_ASSERT(d == edit_distance(b, a));
  RC_ASSERT(d <= std::max(a.size(), b.size()));
  RC_ASSERT((d == 0) == (a == b));
}

TEST(Nearest, NothingFarAway) {
  Nearest nearest("banana");
  nearest.offer("rate", "rate");
  EXPECT_FALSE(nearest.best());
  nearest.offer("banaan", "banaan");
  EXPECT_EQ(nearest.best(), "banaan");
}

TEST(Nearest, OneLetterIsNotNearEverything) {
  Nearest nearest("x");
  nearest.offer("p", "p");
  EXPECT_FALSE(nearest.best());
}

}  // namespace
}  // namespace portolan::options::value_test
