// SPDX-License-Identifier: Apache-2.0
// ResponderGuard: keeps this machine's kernel from answering in the responder's place.
//
// A responder that plays an address which the machine itself has would be answered over by the kernel: RST, echo reply,
// port unreachable. The guard is an nftables table whose input chain drops what arrives on one interface for these
// addresses, IPv4 and IPv6, before the kernel's stack sees it; AF_PACKET sees frames earlier, so nothing is lost for
// the responder. Not needed, and without effect, for addresses that the machine does not have.
// What the kernel still gets:
//   - ports that the user keeps for himself (ssh above all), TCP and UDP;
//   - packets of connections that this machine has opened or has kept alive (conntrack says established or related);
//   - what the link needs: ARP is not touched, neighbor discovery and multicast listener discovery are let through.
//     So the kernel answers ARP and NDP for these addresses, and the responder should not do it too (harmless if so);
//   - every other interface and address. Forwarded packets are not touched.
// The responder must be silent about the first two: to a kept port, and to strays that are no SYN (they may belong to
// a connection of the machine's own). A session on a port that is not kept may be cut when the guard is raised.
//
// Its end, its rights and its threads: as KernelGuard (kernel_guard.h).
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "host/nft_batch.h"

namespace portolan::host {

struct ResponderGuardPlan {
  std::string interface;           // where strangers come from
  std::vector<Stretch> addresses;  // that the responder plays; disjoint, ascending, at most kMostStretches
  std::vector<PortRange> kept;     // ports that stay the machine's own
};

class ResponderGuard {
 public:
  static constexpr size_t kMostStretches = 1024;

  // Stands when this returns. The error says what failed, what will happen without it, and the cure (by_hand()).
  static tl::expected<ResponderGuard, std::string> raise(const ResponderGuardPlan& plan);

  const std::string& table() const { return table_.name; }  // in family inet
  std::string describe() const;                             // one line for the user: what was done and when it ends

  // Commands that do and undo the same by hand, one a line.
  static std::string by_hand(const ResponderGuardPlan& plan);

 private:
  ResponderGuard(OwnedTable table, const ResponderGuardPlan& plan) : table_(std::move(table)), plan_(plan) {}

  OwnedTable table_;
  ResponderGuardPlan plan_;
};

}  // namespace portolan::host
