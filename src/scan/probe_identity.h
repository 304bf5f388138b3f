// SPDX-License-Identifier: Apache-2.0
// What one probe carries so that its answer can prove itself, all of it computed from the target's cookie.
//
// The cookie's 64 bits go to three places: 32 in the token (TCP sequence number, ICMP identifier, SCTP tag, a field of
// a UDP payload), 16 in the IP identification or flow label, and the rest chooses our port. A further pass takes the
// next port, so an answer also tells which of the probes it belongs to. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "addr/target.h"
#include "scan/plan.h"
#include "wire/cookie.h"

namespace portolan::scan {

inline constexpr uint8_t cookie_tag(addr::Protocol p) { return static_cast<uint8_t>(p); }

inline wire::Cookie cookie_of(const base::SipKey& key, const addr::IpAddress& ours, const addr::Target& target) {
  return wire::cookie(key, ours, target.address, target.service.port, cookie_tag(target.service.protocol));
}

inline uint16_t ip_id_of(const wire::Cookie& c) { return static_cast<uint16_t>(wire::probe_ip_id(c.id_bits)); }
// Our port for the first probe, counted from the first of our ports.
inline uint32_t first_port_offset(const wire::Cookie& c, const SourcePorts& ports) {
  return static_cast<uint32_t>(wire::probe_first_offset(c.port_bits, ports.size()));
}

// Our port for a pass. REQUIRES: pass_offset < ports.size(), it is pass mod ports.size().
inline uint16_t source_port_of(const wire::Cookie& c, const SourcePorts& ports, uint32_t pass_offset) {
  return ports.at(static_cast<uint32_t>(wire::probe_offset(c.port_bits, ports.size(), pass_offset)));
}

// The inverse: which pass (mod ports.size()) asks this target from this port of ours; nullopt when none of the
// passes 0 to `retries` does. REQUIRES: ports.contains(our_port).
inline std::optional<uint32_t> pass_of(const wire::Cookie& c, const SourcePorts& ports, uint16_t our_port,
                                       uint32_t retries) {
  const auto pass = static_cast<uint32_t>(wire::probe_pass(c.port_bits, ports.size(), *ports.offset_of(our_port)));
  return pass <= retries ? std::optional<uint32_t>(pass) : std::nullopt;
}

}  // namespace portolan::scan
