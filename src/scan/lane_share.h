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
#include <vector>

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
  PortSlices(SourcePorts all, uint32_t count);

  uint32_t count() const { return static_cast<uint32_t>(slices_.size()); }
  std::optional<uint32_t> offset_of(uint16_t port) const { return all_.offset_of(port); }

  // REQUIRES: offset is what offset_of() says of a port.
  uint32_t slice_at(uint32_t offset) const {
    return static_cast<uint32_t>(by_size_.divide(uint64_t{offset} * count()).quotient);
  }
  // REQUIRES: slice < count().
  const SourcePorts& slice(uint32_t slice) const { return slices_[slice]; }

 private:
  SourcePorts all_;
  std::vector<SourcePorts> slices_;
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
  // REQUIRES: lane_number < lane_count, and the plan is not unfit for so many.
  LaneShare(const Plan& plan, uint32_t lane_number, uint32_t lane_count);
  // The whole: of a lane that is alone.
  explicit LaneShare(const Plan& plan) : LaneShare(plan, 0, 1) {}

  struct Place {
    uint32_t lane;
    base::u128 position;  // among that lane's
  };
  // Who asks the target at `index` of the scan's order, and as which of its probes; nullopt: another shard does, or
  // nobody, as it is beyond the part.
  std::optional<Place> place(base::u128 index) const {
    const auto of_all = whole.position(index);
    if (!of_all || !part.contains(index)) return std::nullopt;
    const auto [position, lane_of_it] = by_lanes.divide(*of_all);
    return Place{lane_of_it, position};
  }
  // The first of the lane's positions whose index is not below this one.
  base::u128 position_from(base::u128 index) const { return shard.size(index < order_size ? index : order_size); }
  // The least index that the lane has at this position or a later one; the part's end when there is none.
  base::u128 index_from(base::u128 position) const { return position < end ? shard.index(position) : part_end; }
  // This lane's part of a rate.
  pace::Rate part_of(pace::Rate all) const;
  uint32_t next_lane() const { return lane + 1 == lanes ? 0 : lane + 1; }

  uint32_t lane;
  uint32_t lanes;
  permute::Shard whole;  // the plan's
  permute::Shard shard;
  Part part;              // of the order
  base::u128 order_size;  // how many indexes there are
  base::u128 part_end;    // the part's end, where there are any
  base::u128 begin;       // positions in [begin, end) are asked
  base::u128 end;
  pace::Rate rate;
  PortSlices slices;  // of all lanes
  SourcePorts ports;  // this lane's
  addr::Divider by_lanes;
};

}  // namespace portolan::scan
