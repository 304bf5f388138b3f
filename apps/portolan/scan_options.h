// SPDX-License-Identifier: Apache-2.0
// Every option of `portolan scan`: its declaration and its effect, in one row.
//
// A row without an effect cannot be written, so an option that does nothing cannot exist. Effects run in the order in
// which the settings were given and only note what was asked in a ScanDraft; what depends on several options (targets
// with their ports, files to be read) is settled by make_scan_request() when all have been seen.
// Rows are constant data. A ScanDraft belongs to one call.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "addr/target.h"
#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"
#include "output/format.h"
#include "portolan/scan_request.h"
#include "portolan/sourced.h"

namespace portolan::cli {

struct PortText {
  Sourced ports;
  std::optional<addr::Protocol> protocol;  // absent: those of the scan types
};

struct PayloadFile {
  Sourced file;
  bool is_capture = false;
};

// What is asked of results that are read back (readscan.h).
struct ReadingDraft {
  std::vector<Sourced> files;
  std::vector<Sourced> banner_types;
  output::BannerNumbers numbers = output::BannerNumbers::kCurrent;  // of binary files
};

// What is said of one adapter: --adapter[N], --source-ip[N] and their like.
struct AdapterDraft {
  options::Where where;          // of the first of it
  scan::EgressOverrides egress;  // but for its sources
  std::vector<Sourced> sources;
  options::Where router_where;  // of --router-ip
};

struct ScanDraft {
  std::vector<Sourced> targets;
  std::vector<Sourced> target_files;  // "-": standard input
  std::vector<Sourced> exclusions;
  std::vector<Sourced> exclusion_files;
  std::vector<Sourced> late_exclusions;
  std::vector<Sourced> late_exclusion_files;
  std::vector<Sourced> late_excluded_ports;
  bool no_exclusions_needed = false;
  bool include_reserved = false;

  std::vector<PortText> ports;
  std::vector<Sourced> excluded_ports;
  std::vector<addr::Protocol> scan_types;  // of ports without a letter; empty: TCP
  std::optional<uint32_t> top_ports;
  options::Where top_ports_where;
  bool ping = false;
  bool neighbors = false;                    // ARP and NDP
  std::optional<options::Where> hosts_only;  // -sn: no ports

  std::map<uint16_t, AdapterDraft> adapters;  // by their numbers

  std::vector<PayloadFile> payload_files;

  std::optional<Sourced> rate;
  options::Where lane_where;
  std::optional<Sourced> shard;
  std::optional<uint64_t> seed;
  std::optional<Sourced> cpus;
  std::optional<output::Format> output_format;
  std::optional<std::string> output_filename;
  options::Where rotate_where;
  std::optional<options::Where> rotate_offset_where;
  std::optional<options::Where> rotate_dir_where;
  std::optional<options::Where> rotate_zstd_where;

  ReadingDraft reading;

  ScanRequest request;
};

struct ScanOption {
  options::Option option;
  void (*apply)(ScanDraft& draft, const options::Setting& setting);
};

std::span<const ScanOption> target_options();
std::span<const ScanOption> probe_options();
std::span<const ScanOption> adapter_options();
std::span<const ScanOption> payload_options();
std::span<const ScanOption> run_options();
std::span<const ScanOption> config_options();
std::span<const ScanOption> output_options();
std::span<const ScanOption> rotation_options();
std::span<const ScanOption> reading_options();
std::span<const ScanOption> info_options();

// Refuses options of rotation where nothing would be rotated. Throws Refusal.
void settle_rotation(const ScanDraft& draft);

// Options of masscan and nmap that are refused, each with what to do instead.
std::span<const options::Option> refused_options();

// All of the above as the parser needs them, and the words around them.
const options::Table& scan_table();
extern const options::Page kScanPage;
extern const options::Page kMasscanPage;  // when started as masscan

// Runs the effects of all settings, and notes the bare words as targets.
ScanDraft apply_settings(const options::Settings& settings);

}  // namespace portolan::cli
