// SPDX-License-Identifier: Apache-2.0
// Fanout: the answers on one interface dealt to several sockets, each its own, by the port of ours that they come to.
//
// For several lanes on one interface: our port range is cut into `count` slices, one a member, and the kernel hands
// each answer (TCP, UDP, SCTP) to the member whose slice holds its destination port. Everything else (ARP, neighbor
// discovery, ICMP, other protocols, other ports) goes to member 0. It spares each socket the others' frames and proves
// nothing: what a member may have is still its ReceiveFilter's to say.
//
// The group ends with its last member. Pure functions but for the last two. Linux PACKET_FANOUT_CBPF, packet(7).
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "pktio/receive_filter.h"

namespace portolan::pktio {

// One member. Members are opened in order, 0 first, on one interface and link type, by one process; until all are
// open, frames may go to the wrong one. When one is closed the rest is dealt wrongly, so all end together.
struct Fanout {
  static constexpr uint16_t kMostMembers = 256;  // what the kernel allows

  uint16_t group = 0;          // members after the first: what fanout_group() says of the first
  uint16_t member = 0;         // 0 makes the group, under a number that no other process uses
  uint16_t count = 1;          // members in all
  uint16_t first_port = 0;     // our ports, of all members together, first and last included
  uint16_t last_port = 65535;  // not below first_port
  // When they are no range but a list: the first port of each member but member 0, ascending. Then the slices are
  // these.
  std::vector<uint16_t> begins = {};

  uint32_t port_count() const { return uint32_t{last_port} - first_port + 1; }
};

// Which member has the port at `port_offset` of `port_count`. REQUIRES: port_offset < port_count <= 65,536.
constexpr uint32_t fanout_member(uint32_t port_offset, uint32_t count, uint32_t port_count) {
  return port_offset * count / port_count;
}

// A member's ports: [first, first + size) of the offsets. Empty for some when there are fewer ports than members.
struct FanoutSlice {
  uint32_t first = 0;
  uint32_t size = 0;
};
constexpr FanoutSlice fanout_slice(uint32_t member, uint32_t count, uint32_t port_count) {
  const auto begin = [&](uint32_t m) { return (m * port_count + count - 1) / count; };
  return {begin(member), begin(member + 1) - begin(member)};
}

// The classic BPF program that says which member a packet is for. It sees packets from the IP header on.
std::vector<FilterInstruction> compile(const Fanout& fanout);

// Makes the group or joins it. REQUIRES: `socket` is a packet socket that is bound. The error says why not.
tl::expected<void, std::string> join(int socket, const Fanout& fanout);
// The number of the group that a member is in.
uint16_t fanout_group(int socket);

}  // namespace portolan::pktio
