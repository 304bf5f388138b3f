// SPDX-License-Identifier: Apache-2.0
// ScanControl: what portolan ctl may ask of a running scan, and the answers. docs/formats/control.md
//
// It outlives the rounds of a scan: each begins with attach(). Threads: answer() on the socket's, the rest on the
// scan's; rate and pause hold for the rounds to come as well.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pace/rate.h"
#include "portolan/tally.h"
#include "scan/lane_group.h"

namespace portolan::cli {

class ScanControl {
 public:
  // `rate`: absent, nothing is sent. The tally outlives it.
  ScanControl(std::optional<pace::Rate> rate, const Tally& tally, const base::Clock& clock)
      : rate_(rate), tally_(tally), clock_(clock), began_(clock.now()) {}

  // The lanes of the round that runs now; nullptr: none does.
  void attach(scan::LaneGroup* lanes);

  // A line of JSON to a request's words.
  std::string answer(const std::vector<std::string>& words);

  // Faster by a quarter, a step; below 0 slower.
  void step_rate(int steps);

  // What was excluded since the start, as text of targets: for whoever writes the scan down.
  std::vector<std::string> excluded() const;
  bool stopped() const;

  // What the scan does while it has not sent everything: running, paused or listening.
  std::string_view state() const;

 private:
  std::string status();
  std::string_view state_now() const;
  std::string set_rate(const std::string& text);
  std::string pause(bool paused);
  std::string exclude(const std::vector<std::string>& words);
  std::string stop();

  mutable std::mutex mutex_;  // guards all below
  scan::LaneGroup* lanes_ = nullptr;
  std::optional<pace::Rate> rate_;
  bool paused_ = false;
  bool stopped_ = false;
  std::vector<std::string> excluded_;
  std::vector<scan::AddressRange> ranges_;
  const Tally& tally_;
  const base::Clock& clock_;
  const base::Nanos began_;
};

}  // namespace portolan::cli
