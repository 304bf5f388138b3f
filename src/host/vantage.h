// SPDX-License-Identifier: Apache-2.0
// Vantage: how this machine would reach a set of destinations, as a value. No system call is made here.
//
// host::look() (netlink.h) makes one from the kernel's tables; tests write them by hand. Destinations are cut into
// disjoint stretches of addresses that share a hop. A value: immutable once made, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"

namespace portolan::host {

enum class LinkKind : uint8_t {
  kEthernet,  // has MAC addresses; neighbours are found by ARP and NDP
  kRawIp,     // tun, ppp, wireguard, sit ...: no link header
  kLoopback,  // the machine itself
};

struct InterfaceAddress {
  addr::IpAddress address;
  uint8_t prefix_length = 0;
};

struct Interface {
  int index = 0;  // the kernel's
  std::string name;
  LinkKind kind = LinkKind::kEthernet;
  bool up = false;
  uint32_t mtu = 1500;   // bytes of IP packet
  addr::MacAddress mac;  // zero unless kEthernet
  std::vector<InterfaceAddress> addresses;
};

// Consecutive addresses of one family, first and last included.
struct Stretch {
  addr::IpAddress first;
  addr::IpAddress last;

  bool operator==(const Stretch&) const = default;
};

// One stretch of destinations, first and last included, of one family.
struct Hop {
  addr::IpAddress first;
  addr::IpAddress last;
  int interface_index = 0;
  addr::IpAddress source;                  // our address towards them; 0.0.0.0 or :: when we have none
  std::optional<addr::IpAddress> gateway;  // absent: they are on the link (or the link has no neighbours)
};

struct Vantage {
  std::vector<Interface> interfaces;
  std::vector<Hop> hops;                    // sorted by first, disjoint; a destination in none of them has no route
  std::vector<addr::IpAddress> broadcasts;  // sorted; broadcast addresses of the machine's own links, in no hop

  const Interface* interface(int index) const;
  const Interface* interface(const std::string& name) const;
  const Hop* hop(const addr::IpAddress& destination) const;  // nullptr: no route
};

}  // namespace portolan::host
