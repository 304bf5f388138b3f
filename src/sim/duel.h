// SPDX-License-Identifier: Apache-2.0
// Duel: the scanner against the responder, in one process and in virtual time: each is the other's opponent and truth.
//
// A lane and an engine at the two ends of a pair port; the clock moves to the next event whenever neither has anything
// to do. For tests and benchmarks. Single-threaded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pktio/pair_port.h"
#include "respond/engine.h"
#include "result/observation.h"
#include "scan/lane_group.h"
#include "scan/plan.h"
#include "sim/world.h"

namespace portolan::sim {

class Duel {
 public:
  // REQUIRES: plan and journal (may be null) outlive it.
  Duel(const scan::Plan& plan, const respond::EngineOptions& responder, result::Journal* journal = nullptr);

  const std::string& error() const { return error_; }
  // Turns until the scan ends or virtual time reaches the limit.
  scan::Lane::End run(base::Nanos limit = 24 * 3600 * base::kSecond);

  const std::vector<result::Observation>& observations() const { return observations_; }
  scan::LaneGroup& lane() { return *lane_; }
  const respond::Engine& engine() const { return *engine_; }
  const base::VirtualClock& clock() const { return clock_; }

 private:
  bool serve();  // the responder's turn; whether there was anything

  base::VirtualClock clock_;
  std::string error_;
  std::unique_ptr<pktio::Port> near_, far_;
  std::unique_ptr<scan::LaneGroup> lane_;
  std::unique_ptr<respond::Engine> engine_;
  std::vector<result::Observation> observations_;
};

}  // namespace portolan::sim
