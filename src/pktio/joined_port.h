// SPDX-License-Identifier: Apache-2.0
// JoinedPort: several ports to one interface as one: sends by the first, receives from all of them in turn.
//
// For an interface whose frames come in by more than one way: what an XDP program takes out by XskPort, what it leaves
// (ARP, neighbor discovery) by PacketPort. Each way has its own frames: it does not look for what came by two. Order
// holds within a way, not between them.
//
// All ports are of one link type. Owns them. Threads: as Port.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/unique_fd.h"
#include "pktio/port.h"

namespace portolan::pktio {

class JoinedPort final : public Port {
 public:
  // REQUIRES: there is a port, and all have one link type. The error is the kernel's: no more descriptors.
  static tl::expected<std::unique_ptr<JoinedPort>, std::string> join(std::vector<std::unique_ptr<Port>> ports);

  wire::LinkType link() const override { return ports_[0]->link(); }
  std::span<TxSlot> acquire(size_t want) override { return ports_[0]->acquire(want); }
  void commit(size_t count) override { ports_[0]->commit(count); }
  // Frames of one port: of the next that has any.
  std::span<const RxFrame> receive(size_t want) override;
  // Readable when one of them is (epoll(7)); -1 when none of them has a descriptor.
  int wait_fd() const override { return any_.get(); }
  PortStats stats() const override;  // sums

 private:
  JoinedPort(std::vector<std::unique_ptr<Port>> ports, base::UniqueFd any)
      : ports_(std::move(ports)), any_(std::move(any)) {}

  std::vector<std::unique_ptr<Port>> ports_;
  base::UniqueFd any_;
  size_t next_ = 0;  // is asked first
};

}  // namespace portolan::pktio
