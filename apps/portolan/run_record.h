// SPDX-License-Identifier: Apache-2.0
// The manifest and the summary of a scan: what was asked, and what was counted. Pure functions.
#pragma once

#include <string>

#include "host/source_ports.h"
#include "portolan/lane_choice.h"
#include "portolan/scan_request.h"
#include "result/sink.h"
#include "scan/lane_group.h"

namespace portolan::cli {

// How the scan goes out and what keeps the kernel from answering, in words for the manifest.
result::RunManifest make_manifest(const ScanRequest& request, const scan::Plan& plan, const scan::Egress& egress,
                                  const LaneChoice& lane, const std::string& guard, base::Nanos wall);

struct RunNumbers {
  base::Nanos sending = 0;  // from the first turn to the last probe
  uint64_t written = 0;     // observations given to the outputs
};

// REQUIRES: the lanes have ended. With several, what some of the counters came to in each is added under names of its
// own, as lane1:received.
result::RunSummary make_summary(const scan::LaneGroup& lanes, const RunNumbers& numbers, base::Nanos wall);

// What will be done, as people read it: a line a fact.
std::string manifest_text(const result::RunManifest& manifest);

// The summary as people read it: three groups that add up, counters that are zero left out where nobody misses them,
// unless `all` are wanted.
std::string summary_text(const result::RunSummary& summary, scan::Lane::End end, const RunNumbers& numbers,
                         bool all = false);

}  // namespace portolan::cli
