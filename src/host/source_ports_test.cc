// SPDX-License-Identifier: Apache-2.0
#include "host/source_ports.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>

#include <memory>

#include "base/testing/private_network.h"

namespace portolan::host::source_ports_test {
namespace {

TEST(SourcePorts, ReadsSocketTables) {
  std::bitset<65536> bound;
  note_sockets(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      " 12: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A\n"
      "  99: garbage\n"
      "  98: 0100007F:GGGG 0\n",
      bound);
  EXPECT_EQ(bound.count(), 2u);
  EXPECT_TRUE(bound[8080]);
  EXPECT_TRUE(bound[22]);
}

TEST(SourcePorts, ReadsPortLists) {
  std::bitset<65536> ports;
  note_port_list("22,8000-8002,65535\n", ports);
  EXPECT_EQ(ports.count(), 5u);
  EXPECT_TRUE(ports[22] && ports[8000] && ports[8001] && ports[8002] && ports[65535]);
  std::bitset<65536> none;
  for (const char* odd : {"\n", "", "x", "70000", "9-x", "9-5"}) note_port_list(odd, none);
  EXPECT_TRUE(none.none());
}

TEST(SourcePorts, PrefersTheRangeAboveTheKernels) {
  EXPECT_EQ(choose_source_ports(PortUse{}), (PortRange{61000, 62023}));
  PortUse busy;
  busy.bound.set(61500);
  EXPECT_EQ(choose_source_ports(busy), (PortRange{61501, 62524}));
  PortUse tall;
  tall.ephemeral = {10000, 65535};
  EXPECT_EQ(choose_source_ports(tall), (PortRange{1024, 2047}));
}

TEST(SourcePorts, SaysWhyNoneIsFree) {
  PortUse all;
  all.ephemeral = {1024, 65000};
  const auto range = choose_source_ports(all);
  ASSERT_FALSE(range);
  EXPECT_NE(range.error().find("the most is 535"), std::string::npos) << range.error();
  EXPECT_NE(range.error().find("sysctl"), std::string::npos);
  EXPECT_TRUE(choose_source_ports(all, 535));
}

// Whatever is chosen, the check finds nothing wrong with it, and it has the size asked for.
RC_GTEST_PROP(SourcePorts, WhatIsChosenPassesTheCheck,
              (uint16_t first, uint16_t last, const std::vector<uint16_t>& bound)) {
  PortUse use;
  use.ephemeral = {std::min(first, last), std::max(first, last)};
  for (const uint16_t port : bound) use.bound.set(port);
  const auto count = *rc::gen::inRange<uint32_t>(1, 5000);
  const auto range = choose_source_ports(use, count);
  if (!range) return;
  RC_ASSERT(range->size() == count);
  RC_ASSERT(check_source_ports(use, *range).empty());
}

TEST(SourcePorts, WarnsOfWhatTheUserChose) {
  PortUse use;
  use.bound.set(40001);
  EXPECT_TRUE(check_source_ports(use, {61000, 61001}).empty());
  const auto warnings = check_source_ports(use, {40000, 40009});
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("ip_local_reserved_ports=40000-40009"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[1].find("40001"), std::string::npos) << warnings[1];
  for (uint32_t port = 40000; port < 40010; ++port) use.reserved.set(port);  // the cure
  EXPECT_EQ(check_source_ports(use, {40000, 40009}).size(), 1u);
}

TEST(SourcePorts, SeesTheSocketsOfThisNamespaceOnly) {
  if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
  const base::testing::PrivateNetwork network;
  EXPECT_TRUE(read_port_use().bound.none());
  const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
  sockaddr_in6 here{};
  here.sin6_family = AF_INET6;
  here.sin6_port = htons(61007);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
  const PortUse use = read_port_use();
  close(fd);
  EXPECT_EQ(use.bound.count(), 1u);
  EXPECT_TRUE(use.bound[61007]);
}

}  // namespace
}  // namespace portolan::host::source_ports_test
