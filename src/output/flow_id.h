// SPDX-License-Identifier: Apache-2.0
// flow_id: one number for both directions of a flow, so that a line of the contact log finds its packets in a capture.
//
// The same in every run and on every machine. Not secret, and not proof against somebody who wants two flows to share
// it. Pure: any thread.
#pragma once

#include <cstdint>

#include "addr/ip_address.h"

namespace portolan::output {

struct FlowEnd {
  addr::IpAddress address{};
  uint16_t port = 0;

  auto operator<=>(const FlowEnd&) const = default;
};

// SipHash-2-4 with the key 0 over the smaller end, the greater one (16 bytes of address, 2 of port, network order;
// IPv4 as ::ffff:a.b.c.d) and the IP protocol. docs/formats/contacts.md
uint64_t flow_id(const FlowEnd& one, const FlowEnd& other, uint8_t ip_protocol);

}  // namespace portolan::output
