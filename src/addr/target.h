// SPDX-License-Identifier: Apache-2.0
// Protocol, Target: what one probe asks, and of whom.
//
// The protocol is a type of its own and never an offset in a port number. `port` means what the protocol makes of it:
// a port for tcp, udp and sctp; the IP protocol number for ip; and nothing (always 0) for the others.
// Values: any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "addr/ip_address.h"

namespace portolan::addr {

// Stable numbers: they are written to files. Append only.
enum class Protocol : uint8_t {
  kTcp = 0,
  kUdp = 1,
  kSctp = 2,
  kIcmpEcho = 3,
  kIcmpTimestamp = 4,  // IPv4 only
  kArp = 5,            // IPv4 only, on the local link
  kNdp = 6,            // IPv6 only, on the local link
  kIp = 7,
};
inline constexpr size_t kProtocolCount = 8;

constexpr bool has_port(Protocol p) { return p <= Protocol::kSctp || p == Protocol::kIp; }

// The word in results and status: tcp udp sctp icmp icmp-timestamp arp ndp ip.
std::string_view name(Protocol p);
std::optional<Protocol> protocol_from_name(std::string_view name);

struct ProtoPort {
  Protocol protocol = Protocol::kTcp;
  uint16_t port = 0;

  constexpr auto operator<=>(const ProtoPort&) const = default;
};

struct Target {
  IpAddress address;
  ProtoPort service;

  constexpr auto operator<=>(const Target&) const = default;
};

}  // namespace portolan::addr
