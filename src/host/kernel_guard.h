// SPDX-License-Identifier: Apache-2.0
// KernelGuard: keeps this machine's kernel from answering what is addressed to our source ports.
//
// Unasked, the kernel has no connection on those ports, so it resets what targets answer (RST, SCTP ABORT, ICMP port
// unreachable), and our connections die. The guard is an nftables table whose input chain drops TCP, UDP and SCTP to
// our ports before the kernel's stack sees it; AF_PACKET sees frames earlier, so nothing is lost for us. ICMP is
// not touched, nor is anything to another port.
//
// The table has the owner flag (Linux 5.12): the kernel itself removes it when the netlink socket that made it is
// closed, by the destructor or by the death of the process, however it dies. No nft program is needed. It guards the
// network namespace of the thread that raises it. Needs CAP_NET_ADMIN when it is raised. Any thread, one at a time.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "host/source_ports.h"

namespace portolan::host {

class NetlinkSocket;

class KernelGuard {
 public:
  // REQUIRES: a hundred ranges at most: what is said to the kernel at once has a limit.
  // Stands when this returns. The error says what failed, what will happen without it, and the cure (by_hand()).
  static tl::expected<KernelGuard, std::string> raise(std::vector<PortRange> ports);

  KernelGuard(KernelGuard&&) noexcept;
  KernelGuard& operator=(KernelGuard&&) = delete;
  ~KernelGuard();  // takes the table away

  const std::string& table() const { return table_; }  // its name, in family inet
  std::string describe() const;                        // one line for the user: what was done and when it ends

  // Commands that do and undo the same by hand, one a line.
  static std::string by_hand(const std::vector<PortRange>& ports);

 private:
  KernelGuard(std::unique_ptr<NetlinkSocket> socket, std::string table, std::vector<PortRange> ports);

  std::unique_ptr<NetlinkSocket> socket_;
  std::string table_;
  std::vector<PortRange> ports_;
};

}  // namespace portolan::host
