// SPDX-License-Identifier: Apache-2.0
// Plan: everything a scan needs to know, checked, before its first frame. Orders come down as one of these.
//
// Made by the command line (or a job, or a test); the engine never sees an option or a file. Constant while the scan
// runs. The order of probes depends on targets and seed alone; the key is a secret of its own, so that a published
// seed forges nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/target_set.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "pace/rate.h"
#include "permute/shard.h"
#include "wire/tcp_options.h"

namespace portolan::scan {

// Probes as they leave. Of TCP options, MSS alone is the default: it is free on the wire (it fits in the minimum
// frame), and some networks drop a SYN without any option.
struct ProbeShape {
  wire::SynOptions syn;
  uint8_t ttl = 255;  // IPv4 TTL and IPv6 hop limit
};

// Our own ports, first and last included. A target's probes spread over all of them.
struct SourcePorts {
  uint16_t first = 0;
  uint16_t last = 0;
  uint32_t size() const { return uint32_t{last} - first + 1; }
  bool contains(uint16_t port) const { return port >= first && port <= last; }
};

// What the user says in place of what the kernel's tables would. Absent: as the kernel would.
struct EgressOverrides {
  std::string interface;
  std::optional<addr::IpAddress> source_v4;
  std::optional<addr::IpAddress> source_v6;
  std::optional<addr::MacAddress> source_mac;
  std::optional<addr::MacAddress> router_mac_v4;  // everything goes there; nothing is resolved
  std::optional<addr::MacAddress> router_mac_v6;
  std::optional<uint16_t> vlan;  // 802.1Q VLAN identifier, 1 to 4094
};

struct Plan {
  addr::TargetSet targets;
  uint64_t seed = 0;
  base::SipKey key;
  permute::Shard shard;
  pace::Rate rate;                            // probes and address resolution together
  uint32_t retries = 0;                       // further probes to each target that has not answered
  base::Nanos retry_spacing = base::kSecond;  // at least, between two probes to one target
  base::Nanos wait = 10 * base::kSecond;      // how long to listen after the last probe
  SourcePorts source_ports;
  ProbeShape shape;
  EgressOverrides egress;
  bool reset = true;  // answer a SYN-ACK with RST, so that the target frees its half-open connection
};

}  // namespace portolan::scan
