// SPDX-License-Identifier: Apache-2.0
#include "pktio/fanout.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "pktio/system_error.h"

namespace portolan::pktio {
namespace {

constexpr uint32_t kTcp = 6, kUdp = 17, kSctp = 132;
// Of kernel 6.2; older ones keep it among the flags and do nothing about it.
constexpr uint32_t kIgnoreOutgoing = 0x4000;
constexpr uint32_t kKind = PACKET_FANOUT_CBPF | kIgnoreOutgoing;

bool set_program(int socket, const Fanout& fanout) {
  std::vector<FilterInstruction> program = compile(fanout);
  const sock_fprog of_kernel = {.len = static_cast<unsigned short>(program.size()),
                                .filter = reinterpret_cast<sock_filter*>(program.data())};
  return setsockopt(socket, SOL_PACKET, PACKET_FANOUT_DATA, &of_kernel, sizeof of_kernel) == 0;
}

}  // namespace

std::vector<FilterInstruction> compile(const Fanout& fanout) {
  const auto jump = [](int kind, uint32_t value, uint8_t yes, uint8_t no) {
    return FilterInstruction{static_cast<uint16_t>(BPF_JMP | kind | BPF_K), yes, no, value};
  };
  const auto go = [](int code, uint32_t value) { return FilterInstruction{static_cast<uint16_t>(code), 0, 0, value}; };
  std::vector<FilterInstruction> program = {
      go(BPF_LD | BPF_B | BPF_ABS, 0),      //  0
      go(BPF_ALU | BPF_AND | BPF_K, 0xf0),  //  1
      jump(BPF_JEQ, 0x40, 1, 0),            //  2: to 4
      jump(BPF_JEQ, 0x60, 9, 15),           //  3: to 13, 19
      go(BPF_LD | BPF_H | BPF_ABS, 6),      //  4: IPv4
      jump(BPF_JSET, 0x1fff, 13, 0),        //  5: not the first fragment
      go(BPF_LD | BPF_B | BPF_ABS, 9),      //  6
      jump(BPF_JEQ, kTcp, 2, 0),            //  7
      jump(BPF_JEQ, kUdp, 1, 0),            //  8
      jump(BPF_JEQ, kSctp, 0, 9),           //  9
      go(BPF_LDX | BPF_B | BPF_MSH, 0),     // 10: the header's length
      go(BPF_LD | BPF_H | BPF_IND, 2),      // 11
      go(BPF_JMP | BPF_JA, 7),              // 12: to 20
      go(BPF_LD | BPF_B | BPF_ABS, 6),      // 13: IPv6
      jump(BPF_JEQ, kTcp, 2, 0),            // 14
      jump(BPF_JEQ, kUdp, 1, 0),            // 15
      jump(BPF_JEQ, kSctp, 0, 2),           // 16
      go(BPF_LD | BPF_H | BPF_ABS, 42),     // 17
      go(BPF_JMP | BPF_JA, 1),              // 18: to 20
      go(BPF_RET | BPF_K, 0),               // 19: member 0
  };
  // From 20 on: the port.
  const auto add = [&](const FilterInstruction& i) { program.push_back(i); };
  if (fanout.begins.empty()) {
    add(go(BPF_ALU | BPF_SUB | BPF_K, fanout.first_port));
    add(jump(BPF_JGE, fanout.port_count(), 3, 0));  // below the first one it has wrapped around
    add(go(BPF_ALU | BPF_MUL | BPF_K, fanout.count));
    add(go(BPF_ALU | BPF_DIV | BPF_K, fanout.port_count()));
    add(go(BPF_RET | BPF_A, 0));
  } else {
    add(jump(BPF_JGE, uint32_t{fanout.last_port} + 1, 0, 1));
    add(go(BPF_RET | BPF_K, 0));
  }
  for (size_t member = fanout.begins.size(); member != 0; --member) {
    add(jump(BPF_JGE, fanout.begins[member - 1], 0, 1));
    add(go(BPF_RET | BPF_K, static_cast<uint32_t>(member)));
  }
  add(go(BPF_RET | BPF_K, 0));
  return program;
}

tl::expected<void, std::string> join(int socket, const Fanout& fanout) {
  const bool first = fanout.member == 0;
  const uint32_t kind = kKind | (first ? uint32_t{PACKET_FANOUT_FLAG_UNIQUEID} : 0u);
  const uint32_t group = (first ? 0u : fanout.group) | kind << 16;
  if (setsockopt(socket, SOL_PACKET, PACKET_FANOUT, &group, sizeof group) != 0 ||
      (first && !set_program(socket, fanout))) {
    return tl::make_unexpected(system_error("share an interface's answers between lanes (PACKET_FANOUT)"));
  }
  return {};
}

uint16_t fanout_group(int socket) {
  uint32_t group = 0;
  socklen_t bytes = sizeof group;
  getsockopt(socket, SOL_PACKET, PACKET_FANOUT, &group, &bytes);
  return static_cast<uint16_t>(group);
}

}  // namespace portolan::pktio
