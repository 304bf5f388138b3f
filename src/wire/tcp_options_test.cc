// SPDX-License-Identifier: Apache-2.0
#include "wire/tcp_options.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <vector>

namespace portolan::wire::tcp_options_test {
namespace {

std::vector<uint8_t> kinds_of(const TcpOptions& o) { return {o.kinds.begin(), o.kinds.begin() + o.kind_count}; }

TEST(TcpOptions, ReadsWhatLinuxSends) {
  const std::vector<uint8_t> bytes{2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7};
  const TcpOptions options = TcpOptions::read(bytes);
  EXPECT_EQ(options.mss, 1460);
  EXPECT_EQ(options.window_scale, 7);
  EXPECT_TRUE(options.sack_permitted);
  EXPECT_EQ(options.timestamps, (TcpTimestamps{0x01020304, 0x05060708}));
  EXPECT_EQ(kinds_of(options), (std::vector<uint8_t>{2, 4, 8, 1, 3}));
  EXPECT_FALSE(options.malformed);
}

struct Row {
  const char* what;
  std::vector<uint8_t> bytes;
  std::vector<uint8_t> kinds;
  bool malformed;
  bool has_mss;
};

TEST(TcpOptions, AMalformedListKeepsWhatCameBefore) {
  const Row table[] = {
      {"nothing", {}, {}, false, false},
      {"end at once", {0, 2, 4, 5}, {0}, false, false},
      {"what follows the end is not read", {1, 0, 2, 4, 5, 6}, {1, 0}, false, false},
      {"kind without length", {2, 4, 5, 0xb4, 3}, {2}, true, true},
      {"length 0", {2, 4, 5, 0xb4, 8, 0, 0, 0}, {2}, true, true},
      {"length 1", {2, 4, 5, 0xb4, 8, 1, 0, 0}, {2}, true, true},
      {"length past the end", {2, 4, 5, 0xb4, 8, 10, 0, 0}, {2}, true, true},
      {"length 255", {9, 255}, {}, true, false},
      {"MSS of 3 bytes is skipped", {2, 3, 5, 1}, {2, 1}, true, false},
      {"MSS of 6 bytes is skipped", {2, 6, 5, 1, 1, 1}, {2}, true, false},
      {"SACK permitted with data", {4, 3, 9, 1}, {4, 1}, true, false},
      {"window scale of 2 bytes", {3, 2, 1, 1}, {3, 1, 1}, true, false},
      {"timestamps of 6 bytes", {8, 6, 0, 0, 0, 0, 1, 1}, {8, 1, 1}, true, false},
      {"unknown kinds are walked over", {30, 4, 0, 0, 2, 4, 5, 0xb4}, {30, 2}, false, true},
  };
  for (const Row& row : table) {
    const TcpOptions options = TcpOptions::read(row.bytes);
    EXPECT_EQ(kinds_of(options), row.kinds) << row.what;
    EXPECT_EQ(options.malformed, row.malformed) << row.what;
    EXPECT_EQ(options.mss.has_value(), row.has_mss) << row.what;
  }
}

TEST(TcpOptions, MoreThanTwelveKindsAreCut) {
  const std::vector<uint8_t> bytes(40, tcp_option_kind::kNop);
  const TcpOptions options = TcpOptions::read(bytes);
  EXPECT_EQ(options.kind_count, 12);
  EXPECT_FALSE(options.malformed);
}

RC_GTEST_PROP(TcpOptions, TheReaderEndsOnAnyBytes, (const std::vector<uint8_t>& bytes)) {
  TcpOptionReader reader(bytes);
  size_t options = 0, data = 0;
  while (const auto option = reader.next()) ++options, data += option->data.size();
  RC_ASSERT(options + data <= bytes.size());
  RC_ASSERT(!reader.next());
}

std::vector<uint8_t> written(const SynOptions& v) {
  std::vector<uint8_t> bytes(size_of(v), 0xee);
  emit(v, bytes);
  return bytes;
}

TEST(SynOptions, AreWrittenAsLinuxWritesThem) {
  using V = std::vector<uint8_t>;
  EXPECT_EQ(written({.mss = std::nullopt}), V{});
  EXPECT_EQ(written({}), (V{2, 4, 5, 0xb4}));
  EXPECT_EQ(written({.mss = 1440, .sack_permitted = true}), (V{2, 4, 5, 0xa0, 1, 1, 4, 2}));
  EXPECT_EQ(written({.mss = std::nullopt, .timestamp = 9}), (V{1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0}));
  EXPECT_EQ(written({.mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamp = 0x01020304}),
            (V{2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7}));
}

RC_GTEST_PROP(SynOptions, WhatIsWrittenReadsBack, (uint16_t mss, uint8_t scale, uint32_t time, uint8_t present)) {
  SynOptions v{.mss = std::nullopt, .sack_permitted = (present & 1) != 0};
  if ((present & 2) != 0) v.mss = mss;
  if ((present & 4) != 0) v.window_scale = scale;
  if ((present & 8) != 0) v.timestamp = time;
  const std::vector<uint8_t> bytes = written(v);
  RC_ASSERT(bytes.size() % 4 == 0);
  const TcpOptions back = TcpOptions::read(bytes);
  RC_ASSERT(!back.malformed);
  RC_ASSERT(back.mss == v.mss);
  RC_ASSERT(back.window_scale == v.window_scale);
  RC_ASSERT(back.sack_permitted == v.sack_permitted);
  RC_ASSERT(back.timestamps.has_value() == v.timestamp.has_value());
  if (v.timestamp) RC_ASSERT(*back.timestamps == (TcpTimestamps{*v.timestamp, 0}));
}

}  // namespace
}  // namespace portolan::wire::tcp_options_test
