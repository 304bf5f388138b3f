// SPDX-License-Identifier: Apache-2.0
// Exit: the one way by which the responder's frames leave, so that each is counted, capped, weathered and journalled.
//
//   auto room = exit.begin();  size_t n = syn_ack(..., room);  exit.send(Count::kOutSynAcks, n, now);
//
// begin() always gives room (when the way out is full, room that leads nowhere: send() counts that). Single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "respond/counters.h"
#include "respond/outbox.h"
#include "respond/token_buckets.h"
#include "respond/weather.h"
#include "result/contact.h"

namespace portolan::respond {

class Exit {
 public:
  // REQUIRES: all outlive it; journal may be null.
  Exit(pktio::Port& port, Counters& counters, result::Journal* journal, const WeatherOptions& weather,
       const BucketRate& cap)
      : outbox_(port), counters_(&counters), journal_(journal), weather_(weather), cap_rate_(cap) {}

  base::MutableBytes begin();
  // What begin() gave room for has `length` bytes. `kind` is one of the out counters.
  void send(Count kind, size_t length, base::Nanos now, base::Nanos wall);
  // The same, and again after 1, 3, 7 ... seconds if the weather says so.
  void send_syn_ack(size_t length, base::Nanos now, base::Nanos wall);

  void on_time(base::Nanos now, base::Nanos wall);  // delayed frames that are due
  std::optional<base::Nanos> next_deadline() const { return weather_.next(); }
  void flush() { outbox_.flush(); }

  bool loses_in() { return weather_.loses_in(); }

 private:
  void leave(Count kind, size_t length, base::Nanos wall);
  void hold(Count kind, size_t length, base::Nanos when);

  Outbox outbox_;
  Counters* counters_;
  result::Journal* journal_;
  Weather weather_;
  BucketRate cap_rate_;  // of frames of any kind
  TokenBucket cap_;
  base::MutableBytes room_{};  // of the frame in the making
  bool nowhere_ = false;       // it is in spare_, because the way out is full
  std::array<uint8_t, pktio::kMinSlot> spare_{};
};

}  // namespace portolan::respond
