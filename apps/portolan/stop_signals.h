// SPDX-License-Identifier: Apache-2.0
// StopSignals: while one lives, SIGINT, SIGTERM and SIGHUP ask a scan to stop, SIGUSR1 and SIGUSR2 to send faster and
// slower, and SIGPIPE is ignored (a reader that leaves is an error of its output, not the end of the scan). Restores
// what was before. It outlives the rounds of an endless scan: what is asked between two of them holds for the next.
// One at a time.
#pragma once

#include <csignal>
#include <iterator>

#include "scan/lane_group.h"

namespace portolan::cli {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Whom the signals are for from now on; nullptr: nobody is there. REQUIRES: lanes that are to be destroyed are let
  // go.
  void attach(scan::LaneGroup* lanes);
  // Whether a stop was ever asked for.
  bool asked() const;

  // By how many steps the rate is to change since the last call: above 0 faster.
  int take_rate_steps();

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};
  struct sigaction before_[std::size(kSignals)] = {};
};

}  // namespace portolan::cli
