// SPDX-License-Identifier: Apache-2.0
// look() against the kernel itself, in a namespace of the test's own.
#include "host/netlink.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/private_network.h"
#include "host/device_queues.h"

namespace portolan::host::netlink_test {
namespace {

using addr::IpAddress;

IpAddress ip(const std::string& text) {
  uint8_t raw[16];
  if (inet_pton(AF_INET, text.c_str(), raw) == 1) return IpAddress::from_v4_bytes(raw);
  if (inet_pton(AF_INET6, text.c_str(), raw) == 1) return IpAddress::from_v6_bytes(raw);
  throw std::runtime_error("no address: " + text);
}

class Look : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    network_ = std::make_unique<base::testing::PrivateNetwork>();
    for (const char* command : {
             "ip link add lan type veth peer name lan-far",
             "ip link add wan type veth peer name wan-far",
             "ip link set lan address 02:00:00:00:00:aa up",
             "ip link set lan-far up",
             "ip link set wan mtu 1400 up",
             "ip link set wan-far up",
             "ip address add 192.168.7.1/24 brd + dev lan",
             "ip address add 10.9.0.1/30 dev wan",
             "ip -6 address add 2001:db8:7::1/64 dev lan nodad",
             "ip route add default via 10.9.0.2",
             "ip -6 route add default via fe80::1 dev wan",
         }) {
      network_->run(command);
    }
  }
  void run(const std::string& command) { network_->run(command); }

  // Looks up the addresses given, and nothing else.
  void look_at(std::vector<std::string> texts, const std::string& interface = "") {
    std::vector<Stretch> destinations;
    for (const std::string& text : texts) destinations.push_back({ip(text), ip(text)});
    std::sort(destinations.begin(), destinations.end(), [](auto& a, auto& b) { return a.first < b.first; });
    auto found = look(destinations, interface);
    ASSERT_TRUE(found) << found.error();
    vantage_ = std::move(*found);
  }
  // "INTERFACE [via GATEWAY] from SOURCE", or "none".
  std::string way(const std::string& destination) {
    const Hop* hop = vantage_.hop(ip(destination));
    if (hop == nullptr) return "none";
    return vantage_.interface(hop->interface_index)->name + (hop->gateway ? " via " + hop->gateway->to_string() : "") +
           " from " + hop->source.to_string();
  }

  std::unique_ptr<base::testing::PrivateNetwork> network_;
  Vantage vantage_;
};

TEST_F(Look, DescribesInterfaces) {
  run("ip tuntap add dev tun9 mode tun");
  run("ip address add 10.8.0.1 peer 10.8.0.2 dev tun9");
  look_at({});
  const Interface& lan = *vantage_.interface("lan");
  EXPECT_EQ(lan.kind, LinkKind::kEthernet);
  EXPECT_TRUE(lan.up);
  EXPECT_EQ(lan.mac.to_string(), "02:00:00:00:00:aa");
  ASSERT_GE(lan.addresses.size(), 2u);
  EXPECT_EQ(lan.addresses[0].address, ip("192.168.7.1"));
  EXPECT_EQ(lan.addresses[0].prefix_length, 24);
  EXPECT_EQ(vantage_.interface("wan")->mtu, 1400u);
  EXPECT_EQ(vantage_.interface("lo")->kind, LinkKind::kLoopback);
  const Interface& tun = *vantage_.interface("tun9");
  EXPECT_EQ(tun.kind, LinkKind::kRawIp);
  EXPECT_FALSE(tun.up);
  EXPECT_EQ(tun.addresses[0].address, ip("10.8.0.1")) << "ours, not the peer's";
}

TEST_F(Look, TellsLinkFromGateway) {
  look_at({"192.168.7.9", "8.8.8.8", "10.9.0.2", "2001:db8:7::9", "2001:db8:8::9"});
  EXPECT_EQ(way("192.168.7.9"), "lan from 192.168.7.1");
  EXPECT_EQ(way("8.8.8.8"), "wan via 10.9.0.2 from 10.9.0.1");
  EXPECT_EQ(way("10.9.0.2"), "wan from 10.9.0.1");
  EXPECT_EQ(way("2001:db8:7::9"), "lan from 2001:db8:7::1");
  EXPECT_EQ(way("2001:db8:8::9"), "wan via fe80::1 from 2001:db8:7::1");
}

TEST_F(Look, OwnAddressesLeadToLoopback) {
  look_at({"192.168.7.1", "10.9.0.1", "127.0.0.1", "127.200.0.9", "::1", "2001:db8:7::1"});
  EXPECT_EQ(way("192.168.7.1"), "lo from 192.168.7.1");
  EXPECT_EQ(way("10.9.0.1"), "lo from 10.9.0.1");
  EXPECT_EQ(way("127.0.0.1"), "lo from 127.0.0.1");
  EXPECT_EQ(way("127.200.0.9"), "lo from 127.0.0.1");
  EXPECT_EQ(way("::1"), "lo from ::1");
  EXPECT_EQ(way("2001:db8:7::1"), "lo from 2001:db8:7::1");
}

TEST_F(Look, GroupsAndNothingHaveNoHop) {
  look_at({"0.0.0.0", "192.168.7.255", "192.168.7.254", "224.0.0.1", "255.255.255.255", "::", "ff02::1"});
  for (const char* group : {"0.0.0.0", "192.168.7.255", "224.0.0.1", "255.255.255.255", "::", "ff02::1"}) {
    EXPECT_EQ(way(group), "none") << group;
  }
  EXPECT_EQ(way("192.168.7.254"), "lan from 192.168.7.1");
  EXPECT_TRUE(std::binary_search(vantage_.broadcasts.begin(), vantage_.broadcasts.end(), ip("192.168.7.255")));
  EXPECT_FALSE(std::binary_search(vantage_.broadcasts.begin(), vantage_.broadcasts.end(), ip("192.168.7.254")));
}

TEST_F(Look, RefusingRoutesHaveNoHop) {
  run("ip route add blackhole 203.0.113.0/26");
  run("ip route add unreachable 203.0.113.64/26");
  run("ip route add prohibit 203.0.113.128/26");
  run("ip -6 route add blackhole 2001:db8:bad::/48");
  run("ip -6 route add unreachable 2001:db8:bae::/48");
  look_at({"203.0.113.1", "203.0.113.65", "203.0.113.129", "203.0.113.193", "2001:db8:bad::1", "2001:db8:bae::1",
           "2001:db8:baf::1"});
  for (const char* refused : {"203.0.113.1", "203.0.113.65", "203.0.113.129", "2001:db8:bad::1", "2001:db8:bae::1"}) {
    EXPECT_EQ(way(refused), "none") << refused;
  }
  EXPECT_EQ(way("203.0.113.193"), "wan via 10.9.0.2 from 10.9.0.1");
  EXPECT_EQ(way("2001:db8:baf::1"), "wan via fe80::1 from 2001:db8:7::1");
}

TEST_F(Look, WithoutARouteThereIsNoHop) {
  run("ip route del default");
  run("ip -6 route del default");
  look_at({"8.8.8.8", "2001:db8:8::1"});
  EXPECT_EQ(way("8.8.8.8"), "none");
  EXPECT_EQ(way("2001:db8:8::1"), "none");
}

TEST_F(Look, HonoursPolicyRules) {
  run("ip route add default via 192.168.7.2 table 77");
  run("ip rule add to 198.51.100.0/25 lookup 77");
  run("ip rule add to 198.51.100.192/26 prohibit");
  look_at({"198.51.100.1", "198.51.100.127", "198.51.100.128", "198.51.100.193"});
  EXPECT_EQ(way("198.51.100.1"), "lan via 192.168.7.2 from 192.168.7.1");
  EXPECT_EQ(way("198.51.100.127"), "lan via 192.168.7.2 from 192.168.7.1");
  EXPECT_EQ(way("198.51.100.128"), "wan via 10.9.0.2 from 10.9.0.1");
  EXPECT_EQ(way("198.51.100.193"), "none");
}

TEST_F(Look, GatewaysOfTheOtherFamily) {
  run("ip route add 203.0.113.0/24 via inet6 fe80::7 dev lan");
  look_at({"203.0.113.5"});
  EXPECT_EQ(way("203.0.113.5"), "lan via fe80::7 from 192.168.7.1");
}

TEST_F(Look, LinksWithoutNeighbours) {
  run("ip tuntap add dev tun9 mode tun");
  run("ip link set tun9 up");
  run("ip address add 10.8.0.1 peer 10.8.0.2 dev tun9");
  run("ip route add 172.16.0.0/12 dev tun9");
  look_at({"10.8.0.2", "172.16.5.5"});
  EXPECT_EQ(way("10.8.0.2"), "tun9 from 10.8.0.1");
  EXPECT_EQ(way("172.16.5.5"), "tun9 from 10.8.0.1");
}

TEST_F(Look, TiedToAnInterfaceItsRoutesAloneCount) {
  look_at({"8.8.8.8", "192.168.7.9"}, "lan");
  EXPECT_EQ(way("8.8.8.8"), "lan from 192.168.7.1") << "not covered: on the link";
  const auto absent = look(std::span<const Stretch>{}, "lan0");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error(), "there is no interface 'lan0'");
}

TEST_F(Look, WholeFamiliesCostFewHops) {
  const Stretch everything[] = {{ip("0.0.0.0"), ip("255.255.255.255")}, {ip("2000::"), ip("3fff:ffff::")}};
  auto found = look(everything);
  ASSERT_TRUE(found) << found.error();
  vantage_ = std::move(*found);
  EXPECT_LT(vantage_.hops.size(), 20u);
  EXPECT_EQ(way("1.1.1.1"), "wan via 10.9.0.2 from 10.9.0.1");
  EXPECT_EQ(way("192.168.7.200"), "lan from 192.168.7.1");
  EXPECT_EQ(way("192.168.8.0"), "wan via 10.9.0.2 from 10.9.0.1");
  EXPECT_EQ(way("224.0.0.5"), "none");
  for (size_t i = 1; i < vantage_.hops.size(); ++i) {
    EXPECT_LT(vantage_.hops[i - 1].last, vantage_.hops[i].first) << "sorted and disjoint";
  }
}

TEST_F(Look, CountsTheQueuesOfADevice) {
  run("ip link add name many numrxqueues 3 numtxqueues 2 type veth peer name many-far numrxqueues 2 numtxqueues 3");
  run("ethtool -L many rx 3 tx 2");
  const DeviceQueues many = device_queues("many");
  EXPECT_EQ(many.receive, 3u);
  EXPECT_EQ(many.send, 2u);
  const DeviceQueues none = device_queues("nowhere");
  EXPECT_EQ(none.receive, 1u);
  EXPECT_EQ(none.send, 1u);
}

}  // namespace
}  // namespace portolan::host::netlink_test
