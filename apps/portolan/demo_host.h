// SPDX-License-Identifier: Apache-2.0
// One host of the demo: opens its ports with plain sockets and answers on them; and what its kernel says is open.
//
// For the demo only. The functions of a host run in its own process (sandbox::spawn), the others anywhere that sees
// its /proc. Failures throw std::runtime_error.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace portolan::cli {

enum class Firewall : uint8_t { kNone, kDrops, kRejects };

// One host as it is to be. Addresses are 10.66.SUBNET.NUMBER and fd00:66:SUBNET::NUMBER.
struct HostPlan {
  std::string_view name;
  int subnet = 1;
  int number = 0;
  std::vector<uint16_t> tcp;
  std::vector<uint16_t> udp;
  Firewall firewall = Firewall::kNone;
  std::vector<uint16_t> passes;  // with a firewall: the TCP ports that it lets through
  std::string_view story;        // half a sentence for the map
};

// All ports of the plan, on every address of both families, in the caller's network namespace.
std::vector<pollfd> open_ports(const HostPlan& plan);
// Accepts and hangs up on TCP, sends back what came on UDP; for ever.
[[noreturn]] void serve(std::vector<pollfd> open);

// Ports that the kernel of process `pid` has listening, by /proc/PID/net/TABLE (tcp, tcp6, udp, udp6).
std::set<uint16_t> listening_ports(pid_t pid, std::string_view table);

}  // namespace portolan::cli
