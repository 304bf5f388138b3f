// SPDX-License-Identifier: Apache-2.0
// PortAround: what all wrappers share: they own the port inside and are it, except for what they override.
//
// For makers of wrappers. A wrapper keeps the contract of Port (port.h) in full; stats() are those of the port inside.
#pragma once

#include <memory>
#include <utility>

#include "pktio/port.h"

namespace portolan::pktio {

class PortAround : public Port {
 public:
  wire::LinkType link() const override { return inside_->link(); }
  std::span<TxSlot> acquire(size_t want) override { return inside_->acquire(want); }
  void commit(size_t count) override { inside_->commit(count); }
  std::span<const RxFrame> receive(size_t want) override { return inside_->receive(want); }
  int wait_fd() const override { return inside_->wait_fd(); }
  PortStats stats() const override { return inside_->stats(); }

 protected:
  explicit PortAround(std::unique_ptr<Port> inside) : inside_(std::move(inside)) {}
  Port& inside() { return *inside_; }
  const Port& inside() const { return *inside_; }

 private:
  std::unique_ptr<Port> inside_;
};

}  // namespace portolan::pktio
