// SPDX-License-Identifier: Apache-2.0
#include "portolan/names.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace portolan::cli::names_test {
namespace {

TEST(HostName, Names) {
  for (const auto* text : {"localhost", "example.com", "a", "a.b.c.", "x-1.example", "_sip._tcp.example.com",
                           "3com.com", "1.2.3.4.in-addr.arpa", "xn--bcher-kva.example", "0.pool.ntp.org"}) {
    EXPECT_TRUE(looks_like_host_name(text)) << text;
  }
}

TEST(HostName, NotNames) {
  for (const auto* text : {"", ".", "..", "a..b", ".a", "10.0.0.256", "10.0.0", "1", "10.0.0.0x1", "0x7f000001",
                           "-a.com", "a-.com", "a b", "a/24", "a:80", "a.*",
                           "b\xc3\xbc"
                           "cher.example",
                           "fe80::1", "a.1"}) {
    EXPECT_FALSE(looks_like_host_name(text)) << text;
  }
  EXPECT_FALSE(looks_like_host_name(std::string(64, 'a')));
  EXPECT_TRUE(looks_like_host_name(std::string(63, 'a')));
}

// What the C library would take for an address is never handed to it as a name.
RC_GTEST_PROP(HostName, NumbersAreNoNames, ()) {
  std::string text = std::to_string(*rc::gen::inRange(0, 999));
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) text += "." + std::to_string(*rc::gen::inRange(0, 999));
  RC_ASSERT(!looks_like_host_name(text));
}

TEST(ResolveHost, InvalidNeverExists) {
  EXPECT_FALSE(resolve_host("no-such-host.invalid"));
  EXPECT_FALSE(resolve_host("NO-SUCH-HOST.INVALID."));
}

TEST(ResolveHost, LocalhostIsLoopback) {
  const auto found = resolve_host("localhost");
  ASSERT_TRUE(found) << found.error();
  for (const addr::IpAddress& a : *found) {
    EXPECT_TRUE(a == addr::IpAddress::v6(1) || (a.is_v4() && a.v4_bits() >> 24 == 127)) << a.to_string();
  }
}

TEST(ServicePort, Known) {
  EXPECT_EQ(service_port("https", addr::Protocol::kTcp), 443);
  EXPECT_EQ(service_port("HTTP", addr::Protocol::kTcp), 80);
  EXPECT_EQ(service_port("domain", addr::Protocol::kUdp), 53);
  EXPECT_EQ(service_port("ms-wbt-server", addr::Protocol::kTcp), 3389);  // not in every system's table
  EXPECT_EQ(service_port("ssh", addr::Protocol::kUdp), 22);              // nor for every transport
  EXPECT_EQ(service_port("http", addr::Protocol::kSctp), 80);
  EXPECT_EQ(service_port("gre", addr::Protocol::kIp), 47);
  EXPECT_FALSE(service_port("http", addr::Protocol::kIp));
  EXPECT_FALSE(service_port("htpt", addr::Protocol::kTcp));
  EXPECT_FALSE(service_port("", addr::Protocol::kTcp));
}

}  // namespace
}  // namespace portolan::cli::names_test
