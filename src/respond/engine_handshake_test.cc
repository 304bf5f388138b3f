// SPDX-License-Identifier: Apache-2.0
// Handshakes by cookie when the client's segments are lost or overtake each other.
#include <gtest/gtest.h>

#include "respond/testing/street.h"

namespace portolan::respond::engine_handshake_test {
namespace {

using testing::bytes_of;
using testing::Replies;
using testing::Side;
using testing::Street;
using wire::tcp_flag::kAck;
using wire::tcp_flag::kPsh;

constexpr std::string_view kFirst = "GET / HTTP/1.1\r\n", kSecond = "Host: x\r\n\r\n";

std::string said(const Replies& replies) {
  std::string all;
  for (const auto& r : replies) all += testing::text_of(r.view().tcp().payload());
  return all;
}

TEST(Handshake, MayBeCompletedByTheFirstBytes) {
  Street street;
  const uint32_t isn = *street.connect(Side());  // the bare ACK is lost
  const std::string whole = std::string(kFirst) + std::string(kSecond);
  EXPECT_TRUE(said(street.tcp(Side(), kPsh | kAck, 1001, isn + 1, bytes_of(whole))).starts_with("HTTP/1.1 401"));
}

TEST(Handshake, IsNotCompletedByASegmentThatOvertookTheFirst) {
  Street street;
  const uint32_t isn = *street.connect(Side());
  const auto second_at = 1001 + static_cast<uint32_t>(kFirst.size());
  EXPECT_TRUE(street.tcp(Side(), kPsh | kAck, second_at, isn + 1, bytes_of(kSecond)).empty());
  EXPECT_EQ(street.count(Count::kBadCookies), 1u);
  std::string heard = said(street.tcp(Side(), kPsh | kAck, 1001, isn + 1, bytes_of(kFirst)));
  EXPECT_EQ(heard, "");
  heard = said(street.tcp(Side(), kPsh | kAck, second_at, isn + 1, bytes_of(kSecond)));
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(street.books_balance());
}

TEST(Handshake, NeedsTheClientsOwnNumber) {
  Street street;
  const uint32_t isn = *street.connect(Side(), 1000);
  EXPECT_TRUE(street.tcp(Side(), kAck, 5001, isn + 1).at(0).view().tcp().has(wire::tcp_flag::kRst));
  EXPECT_EQ(street.count(Count::kAccepted), 0u);
}

}  // namespace
}  // namespace portolan::respond::engine_handshake_test
