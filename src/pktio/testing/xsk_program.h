// SPDX-License-Identifier: Apache-2.0
// XskProgram: the smallest XDP program that hands all frames of an interface to the AF_XDP socket of their queue.
//
// For tests and benchmarks only; not with pcap.h in one source file. Attached as long as it lives.
#pragma once

#include <bpf/bpf.h>
#include <net/if.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "base/unique_fd.h"

namespace portolan::pktio::testing {

class XskProgram {
 public:
  static constexpr uint32_t kQueues = 16;

  // Empty when this process may load such a program, else the reason to print.
  static std::string why_not() {
    const base::UniqueFd map(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "sockets", 4, 4, kQueues, nullptr));
    return map ? "" : std::string("kernel programs (BPF) are not permitted here: ") + std::strerror(errno);
  }

  explicit XskProgram(const std::string& interface)
      : sockets_(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "sockets", 4, 4, kQueues, nullptr)) {
    const bpf_insn program[] = {
        {0x61, 2, 1, 16, 0},  // r2 = rx_queue_index of the frame
        {0x18, 1, 1, 0, sockets_.get()},
        {0, 0, 0, 0, 0},      // r1 = the map
        {0xb7, 3, 0, 0, 2},   // r3 = XDP_PASS, when there is no socket
        {0x85, 0, 0, 0, 51},  // r0 = bpf_redirect_map(r1, r2, r3)
        {0x95, 0, 0, 0, 0},
    };
    program_ = base::UniqueFd(bpf_prog_load(BPF_PROG_TYPE_XDP, "to_sockets", "Apache-2.0", program, 6, nullptr));
    const auto index = static_cast<int>(if_nametoindex(interface.c_str()));
    if (program_) link_ = base::UniqueFd(bpf_link_create(program_.get(), index, BPF_XDP, nullptr));
    if (!link_) throw std::runtime_error(std::string("cannot attach the test's XDP program: ") + std::strerror(errno));
  }

  void add(uint32_t queue, int socket) const {
    if (bpf_map_update_elem(sockets_.get(), &queue, &socket, 0) != 0) {
      throw std::runtime_error(std::string("cannot add an AF_XDP socket: ") + std::strerror(errno));
    }
  }

 private:
  base::UniqueFd sockets_, program_, link_;
};

}  // namespace portolan::pktio::testing
