// SPDX-License-Identifier: Apache-2.0
// What the two ports over the kernel share: how they are opened, and how they send a burst.
//
// KernelPortOptions is for users; BurstSender for PacketPort and RawIpPort alone.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "pktio/packet_ring.h"
#include "pktio/port_counters.h"
#include "pktio/send_patience.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

struct KernelPortOptions {
  int interface_index = 0;
  std::string interface_name;  // of the same interface
  ReceiveFilter filter;
  RingSize ring;
  size_t burst = kDefaultBurst;  // frames a commit
  std::optional<Fanout> fanout;  // one of several ports on the interface, each of which receives its own answers

  // Ethernet only: addresses to listen to beside the interface's own (a source MAC of our choice, multicast groups).
  std::vector<std::array<uint8_t, 6>> listen_macs;
  bool promiscuous = false;  // Ethernet only: to every address on the link
};

// Sends slots with sendmmsg(2), and holds the promise of Port::commit(): every frame is sent or counted as refused.
// A full queue is waited for with SendPatience. The lane's thread only. The slots must outlive it.
class BurstSender {
 public:
  explicit BurstSender(TxSlots& slots);

  // Where slot i is to go, for sockets that are not bound to a destination. The address must outlive the burst.
  void address(size_t i, const void* to, socklen_t bytes) {
    messages_[i].msg_hdr.msg_name = const_cast<void*>(to);
    messages_[i].msg_hdr.msg_namelen = bytes;
  }
  // Sends the slots [first, last), in order.
  void send(int fd, size_t first, size_t last, PortCounters& counters);

 private:
  TxSlots& slots_;
  std::vector<iovec> vectors_;
  std::vector<mmsghdr> messages_;
  SendPatience patience_;
};

}  // namespace portolan::pktio
