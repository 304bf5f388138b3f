// SPDX-License-Identifier: Apache-2.0
// ScanStatus: how the scan is doing, on standard error: a line that is redrawn four times a second on a terminal, plain
// lines every ten seconds elsewhere. The main thread's.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "portolan/tally.h"
#include "scan/lane_group.h"

namespace portolan::cli {

class ScanStatus {
 public:
  // REQUIRES: the lanes have started.
  ScanStatus(const scan::LaneGroup& lanes, const Tally& tally, const base::Clock& clock, std::string_view lane,
             bool wanted);

  // Prints when it is time to.
  void update();
  // Takes the line off the terminal.
  void clear();

 private:
  std::string line(base::Nanos now);

  const scan::LaneGroup& lanes_;
  const Tally& tally_;
  const base::Clock& clock_;
  std::string_view lane_;
  bool wanted_;
  bool terminal_;
  base::Nanos begin_;
  base::Nanos next_;
  base::Nanos last_time_;
  uint64_t last_sent_ = 0;
};

}  // namespace portolan::cli
