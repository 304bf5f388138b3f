// SPDX-License-Identifier: Apache-2.0
// EvenBurst: ProbeMaker's fast path, for bursts whose probes differ in numbers alone.
//
// Even is a burst whose targets are all of one family's product and share a path whose next hop is known, or that needs
// none: nearly every burst of a scan by one adapter through one router. Each step is then one loop over columns:
// pick, skip those that have answered, cookie, our port; and if they share a template too, frames written straight into
// the port's slots. The frames and counters are those that ProbeMaker's other way would make, as a test shows.
// Allocates nothing. Not thread-safe: the lane's.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "addr/pick_columns.h"
#include "base/column.h"
#include "scan/frame_burst.h"
#include "scan/state.h"
#include "wire/cookie.h"

namespace portolan::scan {

class EvenBurst {
 public:
  // REQUIRES: both outlive it.
  EvenBurst(LaneState& state, FrameBurst& burst) : state_(state), burst_(burst) {}

  // Puts the probes to these targets, given by their numbers, into the burst; how many there were, without those that
  // had answered. nullopt: not even, and nothing was done. REQUIRES: items.size() <= burst.room().
  std::optional<size_t> make(std::span<const uint64_t> items, uint32_t pass_offset);
  std::optional<size_t> make(std::span<const base::u128> items, uint32_t pass_offset);

 private:
  template <class Index>
  std::optional<size_t> make_from(std::span<const Index> items, std::span<Index> room, uint32_t pass_offset);
  void identify(const Path& path, size_t count, uint32_t pass_offset);
  void identify_by_source(const Path& path, size_t count);
  void queue(const Path& path, bool is_v4, size_t count);

  LaneState& state_;
  FrameBurst& burst_;

  base::Column unanswered_{};
  std::array<base::u128, FrameBurst::kCapacity> wide_unanswered_{};
  addr::TargetColumns targets_{};
  base::Column hashes_{};
  base::Column ports_{};
  base::Column tokens_{};
  base::Column ip_ids_{};
  // Where there are several sources.
  std::array<addr::IpAddress, FrameBurst::kCapacity> sources_{};
  std::array<wire::CookieQuery, FrameBurst::kCapacity> queries_{};
  std::array<wire::Cookie, FrameBurst::kCapacity> cookies_{};
};

}  // namespace portolan::scan
