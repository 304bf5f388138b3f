// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcap_tee_port.h"

namespace portolan::pktio {

void PcapTeePort::commit(size_t count) {
  if (what_ == TeeWhat::kBoth && count != 0) {
    const base::Nanos wall = clock_.wall();
    for (const TxSlot& slot : lent_.first(count)) file_.write(wall, {slot.data, slot.length});
  }
  lent_ = {};
  inside().commit(count);
}

std::span<const RxFrame> PcapTeePort::receive(size_t want) {
  const std::span<const RxFrame> frames = inside().receive(want);
  for (const RxFrame& frame : frames) file_.write(frame.wall, frame.bytes);
  return frames;
}

}  // namespace portolan::pktio
