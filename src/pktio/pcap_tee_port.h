// SPDX-License-Identifier: Apache-2.0
// PcapTeePort: a Port around a Port that writes received frames, and sent ones if asked, to a capture file (--pcap).
//
// On the lane's thread, through stdio's buffer: it costs a copy a frame, and a slow disk slows the scan. Sent frames
// are written as they are given to the port inside, stamped by the machine's clock. flush() now and then, from the
// lane, makes the file whole; a kill in between loses what is in the buffer.
#pragma once

#include "pktio/pcap_file.h"
#include "pktio/port_around.h"

namespace portolan::pktio {

enum class TeeWhat : uint8_t { kReceived, kBoth };

class PcapTeePort final : public PortAround {
 public:
  PcapTeePort(std::unique_ptr<Port> inside, PcapWriter file, TeeWhat what)
      : PortAround(std::move(inside)), file_(std::move(file)), what_(what) {}

  std::span<TxSlot> acquire(size_t want) override { return lent_ = inside().acquire(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;

  void flush() { file_.flush(); }
  const std::string& error() const { return file_.error(); }

 private:
  PcapWriter file_;
  TeeWhat what_;
  base::SystemClock clock_;
  std::span<TxSlot> lent_;
};

}  // namespace portolan::pktio
