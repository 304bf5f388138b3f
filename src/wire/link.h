// SPDX-License-Identifier: Apache-2.0
// LinkType: what a frame begins with.
#pragma once

#include <cstdint>

namespace portolan::wire {

enum class LinkType : uint8_t {
  kEthernet,  // an Ethernet II header, without FCS; possibly one 802.1Q tag
  kRawIp,     // the IP header, version in the first nibble (tun, ppp, wireguard, loopback)
};

}  // namespace portolan::wire
