// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcap_tee_port.h"

namespace portolan::pktio {

void Capture::write(std::span<const RxFrame> frames) {
  const std::lock_guard lock(mutex_);
  for (const RxFrame& frame : frames) file_.write(frame.wall, frame.bytes);
}

void Capture::write(base::Nanos wall, std::span<const TxSlot> slots) {
  const std::lock_guard lock(mutex_);
  for (const TxSlot& slot : slots) file_.write(wall, {slot.data, slot.length});
}

void Capture::flush() {
  const std::lock_guard lock(mutex_);
  file_.flush();
}

std::string Capture::error() const {
  const std::lock_guard lock(mutex_);
  return file_.error();
}

void PcapTeePort::commit(size_t count) {
  if (what_ == TeeWhat::kBoth && count != 0) capture_->write(clock_.wall(), lent_.first(count));
  lent_ = {};
  inside().commit(count);
}

std::span<const RxFrame> PcapTeePort::receive(size_t want) {
  const std::span<const RxFrame> frames = inside().receive(want);
  if (!frames.empty()) capture_->write(frames);
  return frames;
}

}  // namespace portolan::pktio
