// SPDX-License-Identifier: Apache-2.0
#include "pktio/tracer_port.h"

namespace portolan::pktio {

std::span<TxSlot> TracerPort::acquire(size_t want) { return lent_ = inside().acquire(want); }

void TracerPort::commit(size_t count) {
  for (const TxSlot& slot : lent_.first(count)) {
    on_frame_(Direction::kSent, {.bytes = {slot.data, slot.length}, .wall = 0, .checksum_partial = false});
  }
  lent_ = {};
  inside().commit(count);
}

std::span<const RxFrame> TracerPort::receive(size_t want) {
  const std::span<const RxFrame> frames = inside().receive(want);
  for (const RxFrame& frame : frames) on_frame_(Direction::kReceived, frame);
  return frames;
}

}  // namespace portolan::pktio
