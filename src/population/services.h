// SPDX-License-Identifier: Apache-2.0
// Which server a simulated open port speaks, and what its host is called: well-known ports, and some that surprise.
//
// Names of servers are those of proto::Server. Both are pure functions of a few bits of hash. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "population/host_step.h"

namespace portolan::population {

// `bits`: a hash of address, protocol and port. `odd`: share of ports that speak another protocol than is usual there.
// Empty: an open port without a server that anybody knows. `protocol`: kProtocolTcp or kProtocolUdp.
std::string_view choose_service(uint32_t protocol, uint16_t port, uint64_t bits, uint32_t odd);

// The usual one; empty: there is none.
std::string_view usual_service(uint32_t protocol, uint16_t port);

// A short text without allocation: "files-07c3.example".
struct HostName {
  std::array<char, 64> text{};
  uint8_t size = 0;

  std::string_view view() const { return {text.data(), size}; }
};
HostName made_host_name(uint64_t variety);

}  // namespace portolan::population
