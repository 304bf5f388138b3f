// SPDX-License-Identifier: Apache-2.0
// LaneShare: what of a plan is one lane's: its positions, its part of the rate, its source ports.
//
// The positions of a shard are dealt to L lanes in turn: lane k has shard {x + y * k, y * L} of the same order, so the
// lanes' shards partition the scan's shard exactly, whatever its size (permute/shard.h). Rate and ports are cut so that
// the parts make up the whole. A probe's port is its lane's, so the port that an answer comes to names the lane. What
// is asked, in which order and with which key is the plan's, and shared.
// Values, constant once made: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "addr/divider.h"
#include "base/int128.h"
#include "pace/rate.h"
#include "permute/shard.h"
#include "scan/plan.h"

namespace portolan::scan {

inline constexpr uint32_t kMostLanes = 64;

// Our ports, cut into one slice for each lane, without gaps, as the kernel deals them (pktio/fanout.h).
class PortSlices {
 public:
  // REQUIRES: 1 <= count <= all.size().
  PortSlices(SourcePorts all, uint32_t count) : all_(all), by_count_(count), by_size_(all.size()) {}

  uint32_t count() const { return by_count_.divisor(); }
  bool contains(uint16_t port) const { return all_.contains(port); }

  // REQUIRES: contains(port).
  uint32_t slice_of(uint16_t port) const {
    return static_cast<uint32_t>(by_size_.divide(uint64_t{port - uint32_t{all_.first}} * count()).quotient);
  }
  // REQUIRES: slice < count().
  SourcePorts slice(uint32_t slice) const {
    return {static_cast<uint16_t>(all_.first + begin(slice)), static_cast<uint16_t>(all_.first + begin(slice + 1) - 1)};
  }

 private:
  // The first offset o with o * count / size >= slice.
  uint32_t begin(uint32_t slice) const {
    return static_cast<uint32_t>(by_count_.divide(uint64_t{slice} * all_.size() + count() - 1).quotient);
  }

  SourcePorts all_;
  addr::Divider by_count_;
  addr::Divider by_size_;
};

// Why a scan cannot be cut into so many lanes.
struct UnfitForLanes {
  std::string what;
  std::string cure;
};
// nullopt: it can.
std::optional<UnfitForLanes> unfit_for_lanes(uint32_t lanes, const SourcePorts& ports, pace::Rate rate,
                                             const permute::Shard& shard);

struct LaneShare {
  // REQUIRES: lane < lanes, and the plan is not unfit for so many.
  LaneShare(const Plan& plan, uint32_t lane, uint32_t lanes);
  // The whole: of a lane that is alone.
  explicit LaneShare(const Plan& plan) : LaneShare(plan, 0, 1) {}

  struct Place {
    uint32_t lane;
    base::u128 position;  // among that lane's
  };
  // Who asks the target at `index` of the scan's order, and as which of its probes; nullopt: another shard does.
  std::optional<Place> place(base::u128 index) const {
    const auto of_all = whole.position(index);
    if (!of_all) return std::nullopt;
    const auto [position, lane_of_it] = by_lanes.divide(*of_all);
    return Place{lane_of_it, position};
  }
  uint32_t next_lane() const { return lane + 1 == lanes ? 0 : lane + 1; }

  uint32_t lane;
  uint32_t lanes;
  permute::Shard whole;  // the plan's
  permute::Shard shard;
  pace::Rate rate;
  PortSlices slices;  // of all lanes
  SourcePorts ports;  // this lane's
  addr::Divider by_lanes;
};

}  // namespace portolan::scan
