// SPDX-License-Identifier: Apache-2.0
// Outbox: where the responder's frames go, one at a time in and in bursts out through a Port.
//
// begin() lends room for one frame, end() takes it, flush() sends what is waiting; a full burst leaves by itself. What
// the port has no slot for is counted by the caller (begin() gives no room). No allocation. Single-threaded.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "pktio/port.h"

namespace portolan::respond {

class Outbox {
 public:
  static constexpr size_t kBurst = 64;

  // REQUIRES: port outlives it.
  explicit Outbox(pktio::Port& port) : port_(&port) {}

  // Room for a frame of at least pktio::kMinSlot bytes; empty when the way out is full. A frame that is begun and not
  // ended is as if it had never been.
  base::MutableBytes begin() {
    if (used_ == slots_.size()) refill();
    return used_ < slots_.size() ? base::MutableBytes{slots_[used_].data, slots_[used_].capacity}
                                 : base::MutableBytes{};
  }
  void end(size_t length) { slots_[used_++].length = static_cast<uint16_t>(length); }
  // The frame that was ended last. REQUIRES: there is one since the last flush().
  base::Bytes last() const { return {slots_[used_ - 1].data, slots_[used_ - 1].length}; }

  void flush() {
    if (used_ == 0) return;
    port_->commit(used_);
    slots_ = {};
    used_ = 0;
  }

 private:
  void refill() {
    flush();
    slots_ = port_->acquire(kBurst);
  }

  pktio::Port* port_;
  std::span<pktio::TxSlot> slots_;
  size_t used_ = 0;
};

}  // namespace portolan::respond
