// SPDX-License-Identifier: Apache-2.0
// Source ports: a range of our own ports that the kernel does not use, so that its connections and ours never meet.
//
// Free means: outside the range from which the kernel draws ports (net.ipv4.ip_local_port_range), not kept for
// somebody (ip_local_reserved_ports), and no TCP or UDP socket of either family on it. A reading of the moment: a
// service may bind a port later. The decisions are pure functions of what read_port_use() found. Any thread, in the
// network namespace of that thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace portolan::host {

struct PortRange {
  uint16_t first = 0;  // both included
  uint16_t last = 0;

  uint32_t size() const { return uint32_t{last} - first + 1; }
  bool operator==(const PortRange&) const = default;
};

struct PortUse {
  PortRange ephemeral{.first = 32768, .last = 60999};  // the kernel draws from here, but never what is reserved
  std::bitset<65536> reserved;
  std::bitset<65536> bound;  // a socket has it
};

inline constexpr uint32_t kDefaultSourcePorts = 1024;

// What the kernel says in /proc. What cannot be read counts as Linux's default and as unused.
PortUse read_port_use();

// The lowest free range of `count` ports from 61000 up, else from 1024 up. The error says what is in the way and how
// to cure it.
tl::expected<PortRange, std::string> choose_source_ports(const PortUse& use, uint32_t count = kDefaultSourcePorts);

// What is wrong with a range that the user chose; one sentence each, none when it is free.
std::vector<std::string> check_source_ports(const PortUse& use, PortRange range);

// The parts of read_port_use(), on the text of the files.
void note_sockets(std::string_view proc_net_table, std::bitset<65536>& bound);  // /proc/net/tcp and its kind
void note_port_list(std::string_view list, std::bitset<65536>& ports);          // "22,8000-8080"

}  // namespace portolan::host
