// SPDX-License-Identifier: Apache-2.0
#include "portolan/top_ports.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace portolan::cli::top_ports_test {
namespace {

using addr::Protocol;

TEST(TopPorts, AThousandOfEachWithoutRepetition) {
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp}) {
    const auto ports = top_ports(protocol);
    EXPECT_EQ(ports.size(), 1000u);
    EXPECT_EQ(std::set<uint16_t>(ports.begin(), ports.end()).size(), ports.size());
  }
  EXPECT_TRUE(top_ports(Protocol::kSctp).empty());
}

TEST(TopPorts, TheFirstTwentyAreInOrderOfFrequency) {
  const std::vector<uint16_t> tcp{80,  23, 443, 21,   22,   25,   3389, 110, 445, 139,
                                  143, 53, 135, 3306, 8080, 1723, 111,  995, 993, 5900};
  EXPECT_TRUE(std::equal(tcp.begin(), tcp.end(), top_ports(Protocol::kTcp).begin()));
  const std::vector<uint16_t> udp{631, 161, 137, 123, 138, 1434, 445, 135, 67, 53};
  EXPECT_TRUE(std::equal(udp.begin(), udp.end(), top_ports(Protocol::kUdp).begin()));
}

TEST(TopPorts, WhatComesAfterIsSortedInItsPart) {
  const auto tcp = top_ports(Protocol::kTcp);
  EXPECT_TRUE(std::is_sorted(tcp.begin() + 20, tcp.begin() + 100));
  EXPECT_TRUE(std::is_sorted(tcp.begin() + 100, tcp.end()));
  const auto udp = top_ports(Protocol::kUdp);
  EXPECT_TRUE(std::is_sorted(udp.begin() + 20, udp.end()));
}

}  // namespace
}  // namespace portolan::cli::top_ports_test
