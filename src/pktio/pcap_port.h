// SPDX-License-Identifier: Apache-2.0
// PcapPort: a Port over capture files: what it receives is read from one, what it sends is written to another.
//
// For replaying what once arrived, and for dry runs whose frames are to be looked at. Either file may be absent:
// nothing arrives then, or what is sent goes nowhere. Received frames carry the time stamps of the file. Without a
// clock they arrive as fast as they are asked for; with one, when as much of its time has passed since the port was
// opened as lay between them and the first.
//
// Frames are copied; memory grows to the largest burst of the largest frames and stays.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "pktio/pcap_file.h"
#include "pktio/port_counters.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

struct PcapPortOptions {
  std::string read;                                 // path, or empty
  std::string write;                                // path, "-" for standard output, or empty
  wire::LinkType link = wire::LinkType::kEthernet;  // of sent frames; when a file is read, its own counts
  const base::Clock* clock = nullptr;               // paces what is read; must outlive the port
};

class PcapPort final : public Port {
 public:
  static constexpr size_t kMostFrames = 256;  // lent by one receive()

  static tl::expected<std::unique_ptr<PcapPort>, std::string> open(const PcapPortOptions& options);

  wire::LinkType link() const override { return link_; }
  std::span<TxSlot> acquire(size_t want) override { return slots_.lend(want); }
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;
  int wait_fd() const override { return -1; }
  PortStats stats() const override { return counters_.stats(); }

  bool ended() const { return !next_; }  // all frames of the file have been lent
  std::string error() const;             // of reading or writing; empty while all is well

 private:
  struct Frame {
    base::Nanos wall = 0;
    std::vector<uint8_t> bytes;
  };

  PcapPort(const PcapPortOptions& options, std::optional<PcapReader> in, std::optional<PcapWriter> out);
  void read_next();
  bool has_arrived(base::Nanos wall) const;

  wire::LinkType link_;
  const base::Clock* clock_;
  base::Nanos opened_ = 0;      // by clock_
  base::Nanos first_wall_ = 0;  // of the file
  std::optional<PcapReader> in_;
  std::optional<PcapWriter> out_;
  std::optional<Frame> next_;  // read ahead, so that its time is known
  std::vector<Frame> frames_;
  std::vector<RxFrame> lent_;
  TxSlots slots_;
  PortCounters counters_;
};

}  // namespace portolan::pktio
