// SPDX-License-Identifier: Apache-2.0
// PacketPort: whole frames out of and into one Ethernet interface, past the kernel's own network stack (AF_PACKET).
//
// Not for links without a link header (RawIpPort), nor for loopback, where the kernel takes no frame from outside its
// stack for 127.0.0.0/8. Sends in bursts by sendmmsg(2) straight to the driver (PACKET_QDISC_BYPASS, worth 12 to 15
// percent), so traffic shaping on the interface does not apply. sendmmsg tells what became of each frame, and a
// PACKET_TX_RING is slower: bench/limits measured it over veth, 64 frames a call, on Linux 6.18 at 0.95 of sendmmsg
// where the far side's work runs on our core, and at 0.7 where it does not (each frame's state is then written by both
// cores); XskPort is what is faster. Receives by PacketRing, with the ReceiveFilter in the kernel. Needs CAP_NET_RAW
// when it is opened.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "pktio/kernel_port.h"

namespace portolan::pktio {

class PacketPort final : public Port {
 public:
  // Listens from now on. For each IPv6 address of the filter its solicited-node group is joined (RFC 4291, 2.7.1), so
  // that neighbour solicitations for an address that is not the kernel's arrive too. The error says what failed and
  // why.
  static tl::expected<std::unique_ptr<PacketPort>, std::string> open(const KernelPortOptions& options);

  wire::LinkType link() const override { return wire::LinkType::kEthernet; }
  std::span<TxSlot> acquire(size_t want) override { return slots_.lend(want); }
  void commit(size_t count) override { sender_.send(out_.get(), 0, count, counters_); }
  std::span<const RxFrame> receive(size_t want) override;
  int wait_fd() const override { return ring_.fd(); }
  PortStats stats() const override;
  // With a fanout: the number of its group, which further members are told. REQUIRES: there is one.
  uint16_t fanout_group() const { return pktio::fanout_group(ring_.fd()); }

 private:
  PacketPort(base::UniqueFd out, PacketRing ring, size_t burst);

  base::UniqueFd out_;
  PacketRing ring_;
  TxSlots slots_;
  BurstSender sender_;
  PortCounters counters_;
};

}  // namespace portolan::pktio
