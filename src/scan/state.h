// SPDX-License-Identifier: Apache-2.0
// LaneState: what the sending and the receiving half of a lane share. One thread, so no lock; but for the plan, which
// is constant, all of it belongs to the lane that made it.
#pragma once

#include <array>
#include <span>

#include "permute/permutation.h"
#include "pktio/port.h"
#include "pktio/port_counters.h"
#include "scan/answered_set.h"
#include "scan/bulk.h"
#include "scan/counters.h"
#include "scan/deferred.h"
#include "scan/egress.h"
#include "scan/lane_share.h"
#include "scan/plan.h"
#include "scan/probe_set.h"
#include "scan/send_log.h"
#include "stack/neighbor_table.h"

namespace portolan::scan {

struct LaneState {
  LaneState(const Plan& p, Egress e, std::span<pktio::Port* const> lane_ports)
      : LaneState(p, LaneShare(p), std::move(e), lane_ports, {}) {}
  LaneState(const Plan& p, const LaneShare& s, Egress e, std::span<pktio::Port* const> lane_ports, Bulk b)
      : plan(p),
        share(s),
        egress(std::move(e)),
        ports(lane_ports),
        bulk(b),
        order(p.targets.size(), p.seed),
        probes(p, egress),
        answered(p.targets.size()),
        skips_answered(p.resume.answers) {}

  // Of a target of this lane.
  // An address or a target.
  template <class Asked>
  bool is_excluded(const Asked& asked) const {
    return scan::is_excluded(exclusions, asked);
  }

  const Plan& plan;       // of all lanes; what is said there of shard, rate and ports is not this lane's:
  const LaneShare share;  // that is here
  Egress egress;
  std::span<pktio::Port* const> ports;  // one per Egress::links()
  Bulk bulk;
  pktio::PortCounters bulk_port;  // the frames that the bulk sent and received
  permute::Permutation order;
  ProbeSet probes;
  AnsweredSet answered;
  stack::NeighborTable neighbors;
  Deferred deferred;
  std::array<SendLog, 2> logs;  // of the even and the odd pass: the current one and the one before
  // Of the passes in `logs`: below it, positions were asked by an earlier run, and the log knows only by when.
  std::array<base::u128, 2> asked_from{};
  uint32_t pass = 0;
  bool skips_answered;          // in this pass
  SharedExclusions exclusions;  // of now; changed between turns
  Counters counters;
};

}  // namespace portolan::scan
