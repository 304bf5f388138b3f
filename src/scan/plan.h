// SPDX-License-Identifier: Apache-2.0
// Plan: everything a scan needs to know, checked, before its first frame. Orders come down as one of these.
//
// Made by the command line (or a job, or a test); the engine never sees an option or a file. Constant while the scan
// runs. The order of probes depends on targets and seed alone; the key is a secret of its own, so that a published
// seed forges nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/target_set.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "pace/rate.h"
#include "permute/shard.h"
#include "scan/exclusions.h"
#include "scan/own_payloads.h"
#include "scan/source_ports.h"
#include "scan/sources.h"
#include "wire/tcp_options.h"

namespace portolan::scan {

// Probes as they leave. Of TCP options, MSS alone is the default: it is free on the wire (it fits in the minimum
// frame), and some networks drop a SYN without any option.
struct ProbeShape {
  wire::SynOptions syn;
  uint8_t ttl = 255;                                // IPv4 TTL and IPv6 hop limit
  std::shared_ptr<const OwnPayloads> own_payloads;  // null: none
};

// What the user says in place of what the kernel's tables would. Absent: as the kernel would.
struct EgressOverrides {
  std::string interface;
  Sources sources_v4;
  Sources sources_v6;
  std::optional<addr::MacAddress> source_mac;
  std::optional<addr::MacAddress> router_mac_v4;  // everything goes there; nothing is resolved
  std::optional<addr::MacAddress> router_mac_v6;
  std::optional<addr::IpAddress> router_v4;  // everything of that family goes there; its MAC address is resolved
  std::optional<addr::IpAddress> router_v6;
  std::optional<uint16_t> vlan;  // 802.1Q VLAN identifier, 1 to 4094
};

// As Plan::wait: until somebody stops the scan.
inline constexpr base::Nanos kForever = std::numeric_limits<base::Nanos>::max();

// The indexes of the whole order, before a shard takes its own, that are asked: `count` of them from the first on, as
// far as there are any. By default all.
struct Part {
  base::u128 first_index = 0;
  base::u128 count = base::kU128Max;

  constexpr base::u128 end() const {
    return count > base::kU128Max - first_index ? base::kU128Max : first_index + count;
  }
  constexpr bool contains(base::u128 index) const { return index >= first_index && index - first_index < count; }
};

// Where an earlier run of the same plan came to (LaneGroup::covered()). Passes before `pass` are done, and in it the
// indexes below `index`; later passes cover the whole part. A pass beyond the last: nothing is left to ask.
struct Resume {
  uint32_t pass = 0;
  base::u128 index = 0;
  bool answers = false;  // some targets have answered: LaneGroup::remember() tells which

  constexpr bool is_from_the_start() const { return pass == 0 && index == 0 && !answers; }
};

struct Plan {
  addr::TargetSet targets;
  uint64_t seed = 0;
  base::SipKey key;
  permute::Shard shard;
  Part part;
  Resume resume;
  pace::Rate rate;                            // probes and address resolution together
  bool listen_only = false;                   // send nothing until a rate is set, and do not end by itself
  uint32_t retries = 0;                       // further probes to each target that has not answered
  base::Nanos retry_spacing = base::kSecond;  // at least, between two probes to one target
  base::Nanos wait = 10 * base::kSecond;      // how long to listen after the last probe
  SourcePorts source_ports;
  ProbeShape shape;
  EgressOverrides egress;  // of the adapter, or of the first of several, which are named then
  // Each of them asks an equal part of the targets, drawn by the key (Egress::origin()).
  std::vector<EgressOverrides> further_adapters;
  // Among the targets, and never sent to (exclusions.h).
  std::vector<AddressRange> late_exclusions;
  std::vector<ServiceKeys> late_excluded_services;
  bool reset = true;  // answer a SYN-ACK with RST, so that the target frees its half-open connection
};

}  // namespace portolan::scan
