// SPDX-License-Identifier: Apache-2.0
// PcapTeePort: a Port around a Port that writes received frames, and sent ones if asked, to a capture file (--pcap).
//
// On the lane's thread, through stdio's buffer: it costs a copy a frame, and a slow disk slows the scan. Sent frames
// are written as they are given to the port inside, stamped by the machine's clock. flush() now and then, from the
// lane, makes the file whole; a kill in between loses what is in the buffer.
// The ports of several lanes may share a Capture: each burst is written whole, so the file is in order of time but for
// what arrived at once. Only they wait for each other, a burst long, and only while a capture is wanted.
#pragma once

#include <memory>
#include <mutex>

#include "pktio/pcap_file.h"
#include "pktio/port_around.h"

namespace portolan::pktio {

enum class TeeWhat : uint8_t { kReceived, kBoth };

// A capture file that several threads write to.
class Capture {
 public:
  explicit Capture(PcapWriter file) : file_(std::move(file)) {}

  void write(std::span<const RxFrame> frames);
  void write(base::Nanos wall, std::span<const TxSlot> slots);
  void flush();
  std::string error() const;  // as PcapWriter's

 private:
  mutable std::mutex mutex_;
  PcapWriter file_;
};

class PcapTeePort final : public PortAround {
 public:
  PcapTeePort(std::unique_ptr<Port> inside, std::shared_ptr<Capture> capture, TeeWhat what)
      : PortAround(std::move(inside)), capture_(std::move(capture)), what_(what) {}

  std::span<TxSlot> acquire(size_t want) override { return lent_ = inside().acquire(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;

 private:
  std::shared_ptr<Capture> capture_;
  TeeWhat what_;
  base::SystemClock clock_;
  std::span<TxSlot> lent_;
};

}  // namespace portolan::pktio
