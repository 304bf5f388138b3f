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

// Zero means "choose one for me" to kernels that send for us, so it is not used.
inline uint16_t ip_id_of(const wire::Cookie& c) { return c.id_bits == 0 ? uint16_t{1} : c.id_bits; }
// Our port for the first probe, counted from the first of our ports.
inline uint32_t first_port_offset(const wire::Cookie& c, const SourcePorts& ports) {
  return static_cast<uint32_t>((uint64_t{c.port_bits} * ports.size()) >> 16);
}

// Our port for a pass. REQUIRES: pass_offset < ports.size(), it is pass mod ports.size().
inline uint16_t source_port_of(const wire::Cookie& c, const SourcePorts& ports, uint32_t pass_offset) {
  uint32_t offset = first_port_offset(c, ports) + pass_offset;
  if (offset >= ports.size()) offset -= ports.size();
  return static_cast<uint16_t>(ports.first + offset);
}

// The inverse: which pass (mod ports.size()) asks this target from this port of ours; nullopt when none of the
// passes 0 to `retries` does. REQUIRES: ports.contains(our_port).
inline std::optional<uint32_t> pass_of(const wire::Cookie& c, const SourcePorts& ports, uint16_t our_port,
                                       uint32_t retries) {
  const uint32_t offset = uint32_t{our_port} - ports.first;
  const uint32_t first = first_port_offset(c, ports);
  const uint32_t pass = offset >= first ? offset - first : offset + ports.size() - first;
  return pass <= retries ? std::optional<uint32_t>(pass) : std::nullopt;
}

}  // namespace portolan::scan
