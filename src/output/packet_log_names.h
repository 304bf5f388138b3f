// SPDX-License-Identifier: Apache-2.0
// EtherTypes and IP protocols under the names that masscanned's packet log writes. Pure: any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace portolan::output {

// "Ipv4", "Arp", ...; "unknown" for those that it does not know.
std::string_view ether_type_name(uint16_t type);
// "Tcp", "Icmpv6", ...; "unknown" for those that have no name.
std::string_view ip_protocol_name(uint8_t protocol);

}  // namespace portolan::output
