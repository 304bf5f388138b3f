// SPDX-License-Identifier: Apache-2.0
#include "scan/lane_share.h"

#include <algorithm>

#include <fmt/format.h>

namespace portolan::scan {
namespace {

pace::Rate cut(pace::Rate rate, uint32_t lane, uint32_t lanes) {
  if (rate.is_unlimited()) return rate;
  const uint64_t remainder = rate.millis() % lanes;
  return pace::Rate::from_millis(rate.millis() / lanes + (lane < remainder ? 1 : 0));
}

}  // namespace

PortSlices::PortSlices(SourcePorts all, uint32_t count) : all_(std::move(all)), by_size_(all_.size()) {
  // The first offset o with o * count / size >= slice.
  const auto begin = [&](uint32_t slice) {
    return static_cast<uint32_t>((uint64_t{slice} * all_.size() + count - 1) / count);
  };
  slices_.reserve(count);
  for (uint32_t slice = 0; slice < count; ++slice) slices_.push_back(all_.part(begin(slice), begin(slice + 1)));
}

std::optional<UnfitForLanes> unfit_for_lanes(uint32_t lanes, const SourcePorts& ports, pace::Rate rate,
                                             const permute::Shard& shard) {
  const std::string cure = "name fewer CPUs";
  if (lanes > kMostLanes) return UnfitForLanes{fmt::format("{} lanes are more than {}", lanes, kMostLanes), cure};
  if (ports.size() < lanes) {
    return UnfitForLanes{fmt::format("{} lanes need as many source ports, and there are {}", lanes, ports.size()),
                         "widen --source-port, or name fewer CPUs"};
  }
  if (rate.millis() < lanes) {
    return UnfitForLanes{fmt::format("a rate of {} cannot be cut into {} parts", rate.to_string(), lanes), cure};
  }
  if (shard.y > ~uint64_t{0} / lanes) {
    return UnfitForLanes{fmt::format("one of {} shards cannot be cut into {} parts", shard.y, lanes), cure};
  }
  return std::nullopt;
}

LaneShare::LaneShare(const Plan& plan, uint32_t lane_number, uint32_t lane_count)
    : lane(lane_number),
      lanes(lane_count),
      whole(plan.shard),
      shard{plan.shard.x + plan.shard.y * lane_number, plan.shard.y * lane_count},
      part(plan.part),
      order_size(plan.targets.size()),
      part_end(std::min(plan.part.end(), order_size)),
      begin(position_from(plan.part.first_index)),
      end(std::max(begin, position_from(part_end))),
      rate(cut(plan.rate, lane_number, lane_count)),
      slices(plan.source_ports, lane_count),
      ports(slices.slice(lane_number)),
      by_lanes(lane_count) {}

pace::Rate LaneShare::part_of(pace::Rate all) const { return cut(all, lane, lanes); }

}  // namespace portolan::scan
