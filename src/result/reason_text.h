// SPDX-License-Identifier: Apache-2.0
// The one word that tells why a state was concluded, ICMP code included.
//
// The words are those of the field (nmap's reasons), so that people and tools need no second dictionary:
// syn-ack, rst, udp-response, port-unreach, host-prohibited, admin-prohibited, no-route ... Lower case letters,
// digits and hyphens only, never empty. An ICMP error without a word is icmp-TYPE-CODE or icmpv6-TYPE-CODE. Codes
// follow RFC 792, 1122, 1812 (IPv4) and RFC 4443, 7112 (IPv6). Pure: any thread.
#pragma once

#include <string>

#include "result/observation.h"

namespace portolan::result {

std::string reason_text(const Observation& o);

}  // namespace portolan::result
