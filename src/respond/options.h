// SPDX-License-Identifier: Apache-2.0
// EngineOptions: what a responder is to do, as one value. Filled by the command, in a test by hand.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "addr/mac_address.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "population/population.h"
#include "proto/server.h"
#include "respond/own_addresses.h"
#include "respond/weather.h"
#include "stack/tcp_server.h"
#include "wire/link.h"

namespace portolan::respond {

// Answers a second; 0: no limit. The bursts are those of two seconds for sources and prefixes.
struct Rates {
  uint64_t per_source = 200;   // one IPv4 address, one IPv6 /64
  uint64_t per_prefix = 2000;  // IPv4 /24, IPv6 /48
  uint64_t whole = 100'000;    // frames of any kind
};

// Over UDP, to whom more bytes may be sent than came from him before he has proved that he is there.
enum class Amplification : uint8_t {
  kNobody,
  kPrivate,  // sources in private networks (RFC 1918, RFC 4193, link-local)
  kAnybody,
};

struct EngineOptions {
  wire::LinkType link = wire::LinkType::kEthernet;
  addr::MacAddress mac{};
  AddressSet own = AddressSet::everything();
  AddressSet denied{};
  // Addresses of ours that the machine has itself, and the ports that it keeps there: the kernel answers ARP and NDP
  // for them, and what belongs to its own connections is none of our business.
  AddressSet shared{};
  std::shared_ptr<const std::bitset<65536>> kept_ports{};  // null: none
  // Our own address on the link, if any: what is asked of a multicast group is answered from there.
  std::optional<addr::IpAddress> primary_v4{};
  std::optional<addr::IpAddress> primary_v6{};
  proto::Style style = proto::Style::kModern;
  std::string host_name = "localhost";
  std::shared_ptr<const population::Population> population{};  // null: one Linux host at every address, all ports open
  proto::TlsAuthority* tls = nullptr;                          // outlives the engine; null: TLS is not spoken
  base::SipKey secret{};                                       // of challenges and the like
  stack::TcpLimits tcp{.receive_window = 65160};               // what a SYN-ACK of Linux says
  uint32_t dialogue_blocks = 1024;          // of base::BufferPool::kBlock bytes: requests that are not whole yet
  base::Nanos silence = 2 * base::kSecond;  // after which a server-first protocol is tried
  Rates rates{};
  Amplification amplification = Amplification::kNobody;
  WeatherOptions weather{};
};

}  // namespace portolan::respond
