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
#include "output/format.h"
#include "output/rotation_request.h"
#include "portolan/persona.h"
#include "portolan/resume.h"
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

struct OutputFile {
  output::Format format = output::Format::kList;
  std::string path;  // "-": standard output; of Redis the server

  bool is_file() const { return path != "-" && format != output::Format::kRedis && format != output::Format::kNone; }
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
  Persona persona = Persona::kPortolan;
  LaneKind lane = LaneKind::kAuto;
  bool kernel_guard = true;  // keep the kernel from resetting our connections
  bool packet_trace = false;
  std::vector<int> cpus;  // a lane on each; empty: one lane, on any
  std::string pcap_path;  // a copy of all received frames goes there; empty: none

  std::vector<OutputFile> outputs;
  bool flush = false;  // each record at once
  output::Dialect dialect = output::Dialect::kMasscan;
  std::string redis_password;  // empty: none
  output::BannerNumbers banner_numbers = output::BannerNumbers::kCurrent;
  std::string stylesheet;            // of XML files; empty: none
  std::string template_text;         // of the templated output
  std::optional<bool> interactive;   // print results beside files; absent: on a terminal
  bool append = false;               // to the files of `outputs`
  output::RotationRequest rotation;  // of the files of `outputs`
  Shown shown;
  bool status = true;
  bool ndjson_status = false;  // in place of all that people would read on standard error but warnings and errors
  uint32_t verbosity = 0;      // from 1: the plan is told; from 2: so is every counter
  When color = When::kAuto;

  // Long scans.
  std::optional<Resumed> resumed;  // its position is in the plan
  std::string checkpoint_path;     // empty: paused.conf; "off": none
  base::Nanos checkpoint_every = 5 * base::kSecond;
  std::string control_path;  // empty: the usual; "off": none
  bool infinite = false;     // rounds without end, each with the next seed
  std::string settings;      // all of them, as settings_text() has them

  StatusForm status_form() const {
    if (!status) return StatusForm::kNone;
    if (ndjson_status) return StatusForm::kNdjson;
    return persona == Persona::kMasscan ? StatusForm::kMasscan : StatusForm::kLine;
  }
  // Whether people are told on standard error what is being done.
  bool tells_people() const { return status && !ndjson_status; }

  // For the manifest and the people.
  std::string command;  // as it was typed, words between blanks
  bool seed_given = false;
  std::string exclusion_text;          // the exclusions and their files, as given
  std::vector<ResolvedName> resolved;  // host names among the targets
  addr::BuildReport report;            // what was left out of the targets, and why
  std::vector<std::string> warnings;   // to print before the scan begins
};

enum class Purpose : uint8_t {
  kScan,
  kEcho,  // to be looked at: targets or ports may still be missing, and no file is touched
};

// Throws Refusal. Reads files, resolves names, makes sure that outputs can be written. `resumed`: the scan that goes on
// (resume.h), whose settings are among these.
ScanRequest make_scan_request(const options::Settings& settings, std::optional<Resumed> resumed = {},
                              Purpose purpose = Purpose::kScan);

}  // namespace portolan::cli
