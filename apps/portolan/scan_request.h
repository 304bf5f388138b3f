// SPDX-License-Identifier: Apache-2.0
// ScanRequest: what the user of `portolan scan` asked for, whole and checked.
//
// Made of the options before anything is sent; a doubt about any of it is a Refusal. What the engine needs stands in
// `plan`; the rest is for those who write results and talk to the user. Not thread-safe while made; a value afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "addr/ip_address.h"
#include "addr/target_set_builder.h"
#include "options/parse.h"
#include "result/observation.h"
#include "scan/plan.h"

namespace portolan::cli {

enum class Mode : uint8_t {
  kScan,
  kList,     // print the targets in the order in which they would be probed; send nothing
  kOffline,  // do everything but send
};

// By which way frames leave and come back, from the fastest down (lane_choice.h).
enum class LaneKind : uint8_t { kAuto, kXdp, kAfXdp, kPacket };
constexpr std::string_view lane_name(LaneKind kind) {
  constexpr std::string_view kNames[] = {"auto", "xdp", "af_xdp", "packet"};
  return kNames[static_cast<size_t>(kind)];
}

enum class Format : uint8_t { kList, kNdjson };

struct OutputFile {
  Format format = Format::kList;
  std::string path;  // "-": standard output
};

// Which results are reported. A host that is up counts as open.
struct Shown {
  bool open = true;
  bool closed = false;
  bool filtered = false;

  bool shows(result::State state) const {
    if (state == result::State::kClosed) return closed;
    return state == result::State::kFiltered ? filtered : open;
  }
};

enum class When : uint8_t { kAuto, kAlways, kNever };

struct ResolvedName {
  std::string name;
  std::vector<addr::IpAddress> addresses;
};

struct ScanRequest {
  // plan.source_ports is filled in by whoever knows which ports the kernel uses, unless the user named some.
  scan::Plan plan;
  std::optional<scan::SourcePorts> source_ports;

  Mode mode = Mode::kScan;
  LaneKind lane = LaneKind::kAuto;
  bool kernel_guard = true;  // keep the kernel from resetting our connections
  bool packet_trace = false;
  std::vector<int> cpus;  // a lane on each; empty: one lane, on any
  std::string pcap_path;  // a copy of all received frames goes there; empty: none

  std::vector<OutputFile> outputs;
  bool append = false;  // to the files of `outputs`
  Shown shown;
  bool status = true;
  When color = When::kAuto;

  // For the manifest and the people.
  std::string command;  // as it was typed, words between blanks
  bool seed_given = false;
  std::string exclusion_text;          // the exclusions and their files, as given
  std::vector<ResolvedName> resolved;  // host names among the targets
  addr::BuildReport report;            // what was left out of the targets, and why
  std::vector<std::string> warnings;   // to print before the scan begins
};

// Throws Refusal. Reads files, resolves names, makes sure that outputs can be written.
ScanRequest make_scan_request(const options::Settings& settings);

}  // namespace portolan::cli
