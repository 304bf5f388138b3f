// SPDX-License-Identifier: Apache-2.0
// ScanStatus: how the scan is doing, on standard error, in one of the forms of status_forms.h: our line, redrawn four
// times a second on a terminal and every ten seconds elsewhere; masscan's, as often as it does; JSON once a second.
// One for each round. The main thread's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "portolan/persona.h"
#include "portolan/status_forms.h"
#include "scan/lane_group.h"

namespace portolan::cli {

class ScanStatus {
 public:
  struct Options {
    StatusForm form = StatusForm::kLine;
    std::string_view lane;
    base::Nanos wait = 0;           // after the last probe
    std::optional<uint32_t> round;  // absent: there is one
  };

  // REQUIRES: the lanes have started.
  ScanStatus(const scan::LaneGroup& lanes, const Tally& tally, const base::Clock& clock, Options options);

  // Prints when it is time to. `state`: what the scan does as long as it has not sent everything.
  void update(std::string_view state);
  // Takes our line off the terminal, ends masscan's; the JSON form says how the round ended. REQUIRES: the lanes have
  // ended.
  void finish();

 private:
  StatusFacts facts(std::string_view state, base::Nanos now);
  void print(const StatusFacts& f);

  const scan::LaneGroup& lanes_;
  const Tally& tally_;
  const base::Clock& clock_;
  const Options options_;
  const bool terminal_;
  const base::Nanos begin_;
  base::Nanos next_;
  std::optional<base::Nanos> waiting_since_;
  bool drawn_ = false;  // a line of masscan's

  // Of the status before.
  base::Nanos last_time_;
  uint64_t last_frames_ = 0;
  uint64_t last_probes_ = 0;
  uint64_t last_results_ = 0;
};

}  // namespace portolan::cli
