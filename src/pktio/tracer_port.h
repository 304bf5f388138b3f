// SPDX-License-Identifier: Apache-2.0
// TracerPort: a Port around a Port that shows every frame to a function, for --packet-trace and for tests.
//
// The function is called on the lane's thread: for a frame to be sent just before the port inside is given it (it
// may still refuse it), for a received one before the caller sees it. How frames are put into words is not known here.
#pragma once

#include <functional>
#include <span>

#include "pktio/port_around.h"

namespace portolan::pktio {

enum class Direction : uint8_t { kSent, kReceived };

class TracerPort final : public PortAround {
 public:
  // `frame.wall` is 0 for sent frames. The bytes are valid during the call.
  using OnFrame = std::function<void(Direction, const RxFrame& frame)>;

  TracerPort(std::unique_ptr<Port> inside, OnFrame on_frame)
      : PortAround(std::move(inside)), on_frame_(std::move(on_frame)) {}

  std::span<TxSlot> acquire(size_t want) override;
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;

 private:
  OnFrame on_frame_;
  std::span<TxSlot> lent_;
};

}  // namespace portolan::pktio
