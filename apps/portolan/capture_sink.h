// SPDX-License-Identifier: Apache-2.0
// CaptureSink: the frames of a journal in a pcapng file (--pcap), each with the flow that the contact log names.
//
// Threads: a ContactSink's (output/contact_sink.h).
#pragma once

#include <string>

#include "output/contact_sink.h"
#include "pktio/pcapng_writer.h"

namespace portolan::cli {

class CaptureSink final : public output::ContactSink {
 public:
  // REQUIRES: the clock outlives it.
  CaptureSink(pktio::PcapngWriter file, wire::LinkType link, const base::Clock& clock)
      : file_(std::move(file)), link_(link), clock_(clock) {}

  bool wants_contacts() const override { return false; }
  bool wants_frames() const override { return true; }
  void on_frame(const output::SeenFrame& frame) override;
  void tick() override { file_.flush(clock_.now()); }
  void close() override { file_.flush(clock_.now()); }
  const std::string& error() const override { return file_.error(); }

  uint64_t lost_packets() const { return file_.lost_packets(); }

 private:
  pktio::PcapngWriter file_;
  wire::LinkType link_;
  const base::Clock& clock_;
  std::string comment_;  // kept for its memory
};

}  // namespace portolan::cli
