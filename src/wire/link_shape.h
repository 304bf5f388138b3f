// SPDX-License-Identifier: Apache-2.0
// LinkShape, IpShape: the part of a frame that is the same for every packet that leaves by one interface.
//
// Values: any thread.
#pragma once

#include <optional>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/ethernet.h"
#include "wire/link.h"
#include "wire/vlan.h"

namespace portolan::wire {

struct LinkShape {
  LinkType type = LinkType::kEthernet;
  addr::MacAddress source{};       // Ethernet only
  std::optional<uint16_t> vlan{};  // 802.1Q identifier, 1 to 4094; Ethernet only
};

struct IpShape {
  addr::IpAddress source{};  // its family is the packet's
  uint8_t ttl = 255;         // or hop limit
};

// The link header: Ethernet and its tag; nothing on a raw IP link.
constexpr size_t size_of(const LinkShape& link) {
  if (link.type == LinkType::kRawIp) return 0;
  return ethernet_field::kSize + (link.vlan ? vlan_field::kSize : 0);
}

// Writes it. `type` is the EtherType of what follows.
inline void emit(const LinkShape& link, const addr::MacAddress& destination, uint16_t type, base::MutableBytes out) {
  if (link.type == LinkType::kRawIp) return;
  emit(Ethernet{destination, link.source, link.vlan ? ether_type::kVlan : type}, out);
  if (link.vlan) emit(Vlan{.id = *link.vlan, .type = type}, out.subspan(ethernet_field::kSize));
}

}  // namespace portolan::wire
