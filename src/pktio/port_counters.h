// SPDX-License-Identifier: Apache-2.0
// PortCounters: how a Port keeps its PortStats, so that any thread may read what the lane's thread counts.
//
// For makers of ports; users read Port::stats(). One writer, any readers (base/counters.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/counters.h"
#include "pktio/port.h"

namespace portolan::pktio {

enum class PortCounter : uint8_t {
  kSent,
  kSentBytes,
  kSendRefused,
  kSendRetries,
  kReceived,
  kReceivedBytes,
  kReceiveDropped,
  kCount,
};

std::string_view counter_name(PortCounter c);

class PortCounters {
 public:
  // The owning thread only.
  void add(PortCounter which, uint64_t n = 1) { counters_.add(which, n); }
  void count_sent(uint64_t frames, uint64_t bytes) {
    add(PortCounter::kSent, frames);
    add(PortCounter::kSentBytes, bytes);
  }
  void count_received(uint64_t frames, uint64_t bytes) {
    add(PortCounter::kReceived, frames);
    add(PortCounter::kReceivedBytes, bytes);
  }

  void count_received(std::span<const RxFrame> frames) {
    uint64_t bytes = 0;
    for (const RxFrame& frame : frames) bytes += frame.bytes.size();
    count_received(frames.size(), bytes);
  }

  // Any thread.
  PortStats stats() const;

 private:
  base::Counters<PortCounter> counters_;
};

}  // namespace portolan::pktio
