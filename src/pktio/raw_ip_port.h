// SPDX-License-Identifier: Apache-2.0
// RawIpPort: IP packets out of and into an interface without a link header: tun, ppp, wireguard, loopback.
//
// Frames are LinkType::kRawIp. Packets leave through raw IP sockets tied to the interface, so the kernel routes them,
// finds neighbours where there are any, and applies its firewall; arriving ones come by PacketRing. It works on any
// interface that carries IP, only slower than PacketPort on Ethernet.
//
// What the kernel does to an IPv4 header on its way out: it always writes total length and checksum, and the source
// and identification where they are zero. On loopback everything is seen once, when it arrives: the filter's port
// range keeps our own probes out, except those to a port in that range. There, IPv6 packets must be for an address of
// this machine, as known when the port is opened, and are refused otherwise: the kernel ties an own address to the
// interface that has it, so these packets cannot be tied to loopback. Needs CAP_NET_RAW when it is opened.
#pragma once

#include <netinet/in.h>

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "pktio/kernel_port.h"

namespace portolan::pktio {

class RawIpPort final : public Port {
 public:
  // The error says what failed and why.
  static tl::expected<std::unique_ptr<RawIpPort>, std::string> open(const KernelPortOptions& options);

  wire::LinkType link() const override { return wire::LinkType::kRawIp; }
  std::span<TxSlot> acquire(size_t want) override { return slots_.lend(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;
  int wait_fd() const override { return ring_.fd(); }
  PortStats stats() const override;
  // With a fanout: the number of its group, which further members are told. REQUIRES: there is one.
  uint16_t fanout_group() const { return pktio::fanout_group(ring_.fd()); }

 private:
  struct Sockets {
    base::UniqueFd v4;
    base::UniqueFd v6;  // absent where the kernel has no IPv6
    bool loopback = false;
    std::vector<in6_addr> own_v6;  // for loopback
  };

  RawIpPort(int interface_index, Sockets out, PacketRing ring, size_t burst);
  int prepare(size_t i);  // addresses slot i; the socket to use, or -1 for what may not leave
  bool may_leave(const in6_addr& to) const;

  int interface_index_;
  Sockets out_;
  PacketRing ring_;
  TxSlots slots_;
  BurstSender sender_;
  std::vector<sockaddr_in> to_v4_;  // one a slot
  std::vector<sockaddr_in6> to_v6_;
  PortCounters counters_;
};

}  // namespace portolan::pktio
