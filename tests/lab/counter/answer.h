// SPDX-License-Identifier: Apache-2.0
// Answers: what the counting far side says back, by a rule that a test can compute for itself. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "packet.h"

namespace portolan::lab {

struct AnswerRule {
  bool neighbors = false;   // ARP and NDP: every address asked for is ours
  uint32_t open_every = 0;  // (last 32 bits of the address + port) % open_every == 0 is open; 0: nothing answers
  bool reset = false;       // a SYN to what is not open gets a RST

  bool open(const Packet& packet) const {
    return open_every != 0 && (packet.target.low32() + packet.port) % open_every == 0;
  }
};

// The frame to send back, or nothing: SYN-ACK or RST, the UDP payload again, an echo reply, our MAC.
std::optional<std::vector<uint8_t>> answer(const AnswerRule& rule, const Packet& packet);

}  // namespace portolan::lab
