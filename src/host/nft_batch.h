// SPDX-License-Identifier: Apache-2.0
// NftBatch: what this room's guards say to nf_tables; and OwnedTable, the table that vanishes with its owner.
//
// For KernelGuard and ResponderGuard alone; whoever wants rules of his own writes them with the nft program. A batch
// holds one table of family inet with one chain at the input hook, sets and rules; nothing of it happens unless all of
// it does. Messages and attributes: linux/netfilter/nf_tables.h. Single-threaded.
#pragma once

#include <netinet/in.h>  // before the kernel's headers, which then leave its names alone

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "host/netlink_socket.h"
#include "host/source_ports.h"
#include "host/vantage.h"

namespace portolan::host {

inline constexpr int32_t kGuardPriority = -300;  // before everything that looks at packets in earnest

// A set of addresses of one family, for the rules of the same batch. Disjoint stretches, ascending.
struct NftAddressSet {
  const char* name;
  uint32_t id;  // unique in the batch
  addr::Family family;
};

// The expressions of one rule, in the order of the calls; all of them must hold. Ends in drop() or accept().
class NftRule {
 public:
  void protocol(uint8_t number);  // of the transport
  // Bytes of the transport's header, as an integer in network order.
  void transport_byte(uint32_t offset, uint8_t first, uint8_t last);
  void destination_port(PortRange ports);
  void interface(const std::string& name, bool is);
  void destination(const NftAddressSet& set);
  void connection_known();  // conntrack says established, or related to one that is
  void counter();
  void drop() { verdict(0); }    // NF_DROP
  void accept() { verdict(1); }  // NF_ACCEPT

 private:
  friend class NftBatch;
  explicit NftRule(nlmsghdr* message) : m_(message) {}
  template <class PutData>
  void expression(const char* name, PutData put_data);
  void compare(uint32_t operation, const void* with, size_t size);
  void load_meta(uint32_t key);
  void load_payload(uint32_t base, uint32_t offset, uint32_t size);
  void verdict(uint32_t code);

  nlmsghdr* m_;
};

class NftBatch {
 public:
  explicit NftBatch(std::string table);  // to be owned by the sender, with an empty input chain

  // REQUIRES: all of the set's family.
  void addresses(const NftAddressSet& set, std::span<const Stretch> stretches);
  void rule(const std::function<void(NftRule&)>& put);

  // Returns 0 or the kernel's errno.
  int send(NetlinkSocket& socket);

 private:
  void mark(uint16_t type);
  nlmsghdr* message(uint16_t type, int flags);
  nlmsghdr* header(uint16_t type, int flags, uint8_t family);
  void done(const nlmsghdr* m);
  void elements(const NftAddressSet& set, std::span<const Stretch> some);

  std::string table_;
  std::vector<char> bytes_;  // always room for one message more
  size_t used_ = 0;
  uint32_t sequence_ = 0;
  uint32_t last_acknowledged_ = 0;
};

// A table with the owner flag (Linux 5.12): the kernel itself removes it when the socket that made it is closed, by the
// destructor or by the death of the process, however it dies.
struct OwnedTable {
  std::unique_ptr<NetlinkSocket> socket;
  std::string name;

  // Makes portolan_PID, filled as `fill` says. The error is the reason alone.
  static tl::expected<OwnedTable, std::string> make(const std::function<void(NftBatch&)>& fill);
};

}  // namespace portolan::host
