// SPDX-License-Identifier: Apache-2.0
#include "output/rotation_request.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::output::rotation_request_test {
namespace {

constexpr base::Nanos kHour = 3600 * base::kSecond;
constexpr base::Nanos kWhen = 1'700'000'000 * base::kSecond;  // 2023-11-14T22:13:20Z

TEST(RotationTime, IsReadAsMasscanWritesIt) {
  const auto seconds = [](std::string_view text) { return parse_rotation_time(text).value_or(-1) / base::kSecond; };
  EXPECT_EQ(seconds("3600"), 3600);
  EXPECT_EQ(seconds("90s"), 90);
  EXPECT_EQ(seconds("10min"), 600);
  EXPECT_EQ(seconds("10m"), 600);
  EXPECT_EQ(seconds("6hours"), 6 * 3600);
  EXPECT_EQ(seconds("6H"), 6 * 3600);
  EXPECT_EQ(seconds("hourly"), 3600);
  EXPECT_EQ(seconds("Daily"), 86400);
  EXPECT_EQ(seconds("1d"), 86400);
  EXPECT_EQ(seconds("weekly"), 7 * 86400);
  EXPECT_EQ(seconds("2w"), 14 * 86400);
  EXPECT_EQ(seconds("-5h"), -5 * 3600);
  EXPECT_EQ(seconds("+30min"), 1800);
  for (const char* bad : {"", "-", "month", "1month", "monthly", "h", "5 min", "1.5h", "10y", "--5", "99999999999w",
                          "18446744073709551616", "5hx"}) {
    EXPECT_FALSE(parse_rotation_time(bad)) << bad;
  }
}

TEST(RotationSize, LettersAreThousandTwentyFours) {
  EXPECT_EQ(parse_rotation_size("500"), 500u);
  EXPECT_EQ(parse_rotation_size("64k"), 65536u);
  EXPECT_EQ(parse_rotation_size("10M"), 10u << 20);
  EXPECT_EQ(parse_rotation_size("1gb"), 1u << 30);
  EXPECT_EQ(parse_rotation_size("1GiB"), 1u << 30);
  EXPECT_EQ(parse_rotation_size("2t"), uint64_t{2} << 40);
  EXPECT_EQ(parse_rotation_size("1p"), uint64_t{1} << 50);
  EXPECT_EQ(parse_rotation_size("15e"), uint64_t{15} << 60);
  for (const char* bad : {"", "k", "-1", "16e", "1x", "1kx", "1.5g", "1 k"})
    EXPECT_FALSE(parse_rotation_size(bad)) << bad;
}

RC_GTEST_PROP(NextBoundary, IsTheFirstEvenTimeAfter, ()) {
  const auto every = *rc::gen::inRange<base::Nanos>(1, 30 * 24 * kHour);
  const auto offset = *rc::gen::inRange<base::Nanos>(-48 * kHour, 48 * kHour);
  const auto wall = *rc::gen::inRange<base::Nanos>(-kWhen, 4 * kWhen);
  const base::Nanos next = next_boundary(wall, every, offset);
  RC_ASSERT(next > wall);
  RC_ASSERT(next - wall <= every);
  RC_ASSERT((next - offset) % every == 0);
}

TEST(NextBoundary, DailyIsMidnightUtcUnlessShifted) {
  EXPECT_EQ(next_boundary(kWhen, 24 * kHour, 0) / base::kSecond, 1'700'006'400);          // 2023-11-15T00:00:00Z
  EXPECT_EQ(next_boundary(kWhen, 24 * kHour, -kHour) / base::kSecond, 1'700'002'800);     // 23:00:00Z
  EXPECT_EQ(next_boundary(kWhen, 24 * kHour, 5 * kHour) / base::kSecond, 1'700'024'400);  // 05:00:00Z
  EXPECT_EQ(next_boundary(1'700'006'400 * base::kSecond, 24 * kHour, 0) / base::kSecond, 1'700'092'800);
}

TEST(PieceNames, AreMasscans) {
  EXPECT_EQ(piece_name_by_time("found.xml", kWhen), "231114-221320-found.xml");
  EXPECT_EQ(piece_name_by_size("found.xml", 3), "found-00003.xml");
  EXPECT_EQ(piece_name_by_size("found.tar.gz", 0), "found.tar-00000.gz");
  EXPECT_EQ(piece_name_by_size("found", 123456), "found-123456");
  EXPECT_EQ(piece_name_by_size(".hidden", 1), ".hidden-00001");
}

}  // namespace
}  // namespace portolan::output::rotation_request_test
