// SPDX-License-Identifier: Apache-2.0
// StopSignals: while one lives, SIGINT and SIGTERM ask a scan to stop, and SIGPIPE is ignored (a reader that leaves is
// an error of its output, not the end of the scan). Restores what was before. One at a time.
#pragma once

#include <csignal>

#include "scan/lane_group.h"

namespace portolan::cli {

class StopSignals {
 public:
  // REQUIRES: the lanes outlive this.
  explicit StopSignals(scan::LaneGroup& lanes);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction before_int_ = {}, before_term_ = {}, before_pipe_ = {};
};

}  // namespace portolan::cli
