// SPDX-License-Identifier: Apache-2.0
#include "pace/rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace portolan::pace::rate_test {
namespace {

TEST(Rate, TheDefaultIsAHundredASecond) { EXPECT_EQ(Rate(), Rate::from_millis(100'000)); }

TEST(Rate, MeansWhatItSays) {
  const struct {
    const char* text;
    uint64_t millis;
  } cases[] = {
      {"100", 100'000},
      {"0.1", 100},
      {"0.001", 1},
      {".5", 500},
      {"5.", 5'000},
      {"10k", 10'000'000},
      {"10K", 10'000'000},
      {"1.5m", 1'500'000'000},
      {"1.5M", 1'500'000'000},
      {"0.0001k", 100},
      {"1g", Rate::kMaxMillis},
      {"1e6", 1'000'000'000},
      {"1E3", 1'000'000},
      {"25e-2", 250},
      {"1e3k", 1'000'000'000},
      {"007", 7'000},
      {"999999999.999", 999'999'999'999},
      {"unlimited", Rate::kUnlimitedMillis},
      {"Max", Rate::kUnlimitedMillis},
  };
  for (const auto& c : cases) {
    const auto rate = Rate::parse(c.text);
    ASSERT_TRUE(rate.has_value()) << c.text << ": " << rate.error();
    EXPECT_EQ(rate->millis(), c.millis) << c.text;
  }
}

// What is wrong and what to write instead, with the words of the user in it.
TEST(Rate, RefusesWithAReasonAndACure) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {
      {"", "is empty"},
      {"fast", "is not a number"},
      {"k", "is not a number"},
      {"10kk", "is not a number"},
      {"10 k", "is not a number"},
      {" 10", "is not a number"},
      {"10 ", "is not a number"},
      {"+10", "is not a number"},
      {"10q", "is not a number"},
      {"10kpps", "is not a number"},
      {"0x10", "is not a number"},
      {"1,000", "is not a number"},
      {"1.2.3", "is not a number"},
      {"1e", "is not a number"},
      {"nan", "is not a number"},
      {"nan(1)", "is not a number"},
      {"inf", "is not a number"},
      {"-inf", "is not a number"},
      {"infinity", "is not a number"},
      {"-1", "is negative"},
      {"-0.1k", "is negative"},
      {"-0", "is negative"},
      {"0", "would send nothing"},
      {"0.0", "would send nothing"},
      {"0k", "would send nothing"},
      {"0.0001", "is too slow"},
      {"1e-300", "is too slow"},
      {"1e-400", "is out of range"},
      {"1.1g", "is too fast"},
      {"1e30", "is too fast"},
      {"1e400", "is out of range"},
      {"18446744073709551616g", "is too fast"},
  };
  for (const auto& c : cases) {
    const auto rate = Rate::parse(c.text);
    ASSERT_FALSE(rate.has_value()) << c.text;
    EXPECT_THAT(rate.error(), testing::StartsWith("rate '" + std::string(c.text) + "' " + c.why));
    EXPECT_THAT(rate.error(), testing::AnyOf(testing::HasSubstr("write"), testing::HasSubstr("slowest rate is 0.001")));
  }
}

TEST(Rate, TextIsPlain) {
  EXPECT_EQ(Rate::from_millis(100).to_string(), "0.1");
  EXPECT_EQ(Rate::from_millis(1'500'000'000).to_string(), "1500000");
  EXPECT_EQ(Rate::from_millis(1).to_string(), "0.001");
  EXPECT_EQ(Rate::from_millis(10'050).to_string(), "10.05");
  EXPECT_EQ(Rate::unlimited().to_string(), "unlimited");
}

TEST(Rate, StaysInRange) {
  EXPECT_EQ(Rate::per_second(0).millis(), Rate::kMinMillis);
  EXPECT_EQ(Rate::per_second(-1).millis(), Rate::kMinMillis);
  EXPECT_EQ(Rate::per_second(std::numeric_limits<double>::quiet_NaN()).millis(), Rate::kMinMillis);
  EXPECT_EQ(Rate::per_second(1e300).millis(), Rate::kMaxMillis);
  EXPECT_EQ(Rate::per_second(0.25).millis(), 250u);
  EXPECT_EQ(Rate::from_millis(0).millis(), Rate::kMinMillis);
  EXPECT_FALSE(Rate::from_millis(~uint64_t{0}).is_unlimited());
}

RC_GTEST_PROP(Rate, TextReadsBack, ()) {
  const uint64_t millis = *rc::gen::inRange<uint64_t>(1, Rate::kMaxMillis) >> *rc::gen::inRange(0, 40);
  const Rate rate = Rate::from_millis(millis);
  const auto again = Rate::parse(rate.to_string());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == rate);
}

RC_GTEST_PROP(Rate, AnyTextIsARateOrAnError, (std::string text)) {
  const auto rate = Rate::parse(text);
  const bool sane = rate.has_value() ? rate->millis() >= Rate::kMinMillis : !rate.error().empty();
  RC_ASSERT(sane);
}

}  // namespace
}  // namespace portolan::pace::rate_test
