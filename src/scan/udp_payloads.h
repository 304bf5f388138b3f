// SPDX-License-Identifier: Apache-2.0
// What is asked of a UDP port, and how the answer proves that it answers us.
//
// A UDP service seldom answers an empty datagram, so known ports get a small, harmless question of their protocol;
// none asks for an answer much larger than itself. Where the protocol has a field that the server must send back,
// the probe's token stands in it, and an answer without it is refused. The bytes follow the documents named in the
// table. Ports without an entry get an empty datagram and are proven by addresses and ports alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "wire/token_place.h"

namespace portolan::scan {

struct UdpPayload {
  std::string_view name;
  std::span<const uint16_t> ports;
  base::Bytes bytes;
  std::optional<wire::TokenPlace> in_probe;   // absent: the protocol has no room
  std::optional<wire::TokenPlace> in_answer;  // as given when `marker` is empty
  base::Bytes marker = {};                    // else counted from behind these bytes, somewhere in the first 96
};

// Entry 0 is the empty payload, for every port that no other entry names.
std::span<const UdpPayload> udp_payloads();

// The number of the entry for a port.
uint8_t udp_payload_for(uint16_t port);

// True when the answer carries the token back. REQUIRES: the entry has a place for it.
bool token_fits(const UdpPayload& p, base::Bytes answer, uint32_t token);

}  // namespace portolan::scan
