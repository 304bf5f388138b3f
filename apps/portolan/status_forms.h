// SPDX-License-Identifier: Apache-2.0
// StatusFacts, and the forms in which they are said: ours, masscan's, and JSON for programs. docs/formats/status.md
//
// Nothing is in a status that was not measured: what is not known yet is left out. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "pktio/port.h"
#include "portolan/tally.h"
#include "scan/counters.h"
#include "scan/sender.h"

namespace portolan::cli {

inline constexpr int kStatusSchema = 1;  // of the JSON form; grows when a member changes its meaning or goes

struct StatusFacts {
  std::string_view state;   // running, paused, listening, waiting, complete, stopped, failed
  std::string_view lane;    // xdp, af_xdp, packet
  base::Nanos wall = 0;     // now
  base::Nanos elapsed = 0;  // since this round began
  uint32_t round = 0;       // of --infinite, from 1; 0: there is but one

  // A second, since the status before.
  double frame_rate = 0;
  double probe_rate = 0;
  double result_rate = 0;

  scan::Progress progress;               // of this round
  std::optional<base::Nanos> wait_left;  // to listen after the last probe; absent: not begun, or without end
  Found found{};
  pktio::PortStats port;
  scan::CounterTotals counters;

  bool sending() const { return state == "running"; }
  // How long the sending will still take if it goes on like this; absent before that can be told.
  std::optional<base::Nanos> sending_left() const;
};

// Our line, without its end.
std::string status_line(const StatusFacts& f);

// masscan's, without the carriage return that ends it; empty before there is anything to say.
std::string masscan_status_line(const StatusFacts& f);

// One JSON object, without a newline.
std::string status_json(const StatusFacts& f);

}  // namespace portolan::cli
