// SPDX-License-Identifier: Apache-2.0
// EvenBurst: ProbeMaker's fast path, for bursts whose probes differ in numbers alone.
//
// Even is a burst whose targets are all of one family's product, share a path whose next hop is known (or that needs
// none) and a template: nearly every burst of a scan that goes through one router. Each step is then one loop over
// columns: pick, skip those that have answered, cookie, our port, frames written straight into the port's slots. The
// frames and counters are those that ProbeMaker's other way would make, as a test shows. Allocates nothing. Not
// thread-safe: the lane's.
#pragma once

#include <cstddef>
#include <optional>

#include "addr/pick_columns.h"
#include "base/column.h"
#include "scan/frame_burst.h"
#include "scan/state.h"

namespace portolan::scan {

class EvenBurst {
 public:
  // REQUIRES: both outlive it.
  EvenBurst(LaneState& state, FrameBurst& burst) : state_(state), burst_(burst) {}

  // Puts the probes to the first `count` indexes into the burst; how many there were, without those that had answered.
  // nullopt: not even, and nothing was done. REQUIRES: count <= burst.room(), indexes of the order's items.
  std::optional<size_t> make(const base::Column& items, size_t count, uint32_t pass_offset);

 private:
  const base::Column& unanswered(const base::Column& items, size_t& count);
  void identify(const Path& path, size_t count, uint32_t pass_offset);

  LaneState& state_;
  FrameBurst& burst_;

  base::Column unanswered_{};
  addr::TargetColumns targets_{};
  base::Column hashes_{};
  base::Column ports_{};
  base::Column tokens_{};
  base::Column ip_ids_{};
};

}  // namespace portolan::scan
