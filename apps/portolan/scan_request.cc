// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_request.h"

#include <fmt/format.h>

#include <set>

#include "base/random.h"
#include "options/value.h"
#include "portolan/cpus.h"
#include "portolan/errors.h"
#include "portolan/files.h"

#include "portolan/scan_options.h"
#include "portolan/scan_targets.h"
#include "scan/lane_share.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kDefaultRate = "100";

pace::Rate rate_of(const ScanDraft& draft) {
  const Sourced text = draft.rate.value_or(Sourced{std::string(kDefaultRate), {}});
  const auto rate = pace::Rate::parse(text.text);
  if (!rate) {
    refuse(rate.error(), text.where.to_string(), "write probes a second, as 0.1, 100, 10k or 1.5m");
  }
  return *rate;
}

permute::Shard shard_of(const Sourced& text) {
  const size_t slash = text.text.find('/');
  const auto x = options::parse_number(text.text.substr(0, slash));
  const auto y = slash == std::string::npos ? std::nullopt : options::parse_number(text.text.substr(slash + 1));
  if (!x || !y || *y == 0) {
    refuse(fmt::format("'{}' is not a shard", text.text), text.where.to_string(), "write one of three parts as 1/3");
  }
  if (*x == 0 || *x > *y) {
    refuse(fmt::format("there is no shard {}: they are 1/{} to {}/{}", text.text, *y, *y, *y), text.where.to_string(),
           fmt::format("give one of 1/{} to {}/{}", *y, *y, *y));
  }
  return {*x, *y};
}

void settle_order(ScanDraft& draft) {
  scan::Plan& plan = draft.request.plan;
  if (draft.shard) plan.shard = shard_of(*draft.shard);
  if (plan.shard.y > 1 && !draft.seed) {
    refuse("shards without a shared seed would overlap and leave gaps", draft.shard->where.to_string(),
           fmt::format("give each of the {} shards the same seed, as --seed {}", plan.shard.y,
                       base::secure_random64() >> 32));
  }
  draft.request.seed_given = draft.seed.has_value();
  plan.seed = draft.seed ? *draft.seed : base::secure_random64();
  plan.key = base::SipKey::draw();
  plan.rate = rate_of(draft);
}

// Past packet sockets nobody sees every frame.
void check_lane(const ScanDraft& draft) {
  const ScanRequest& request = draft.request;
  if (request.lane == LaneKind::kAuto || request.lane == LaneKind::kPacket) return;
  const std::string where = draft.lane_where.to_string();
  const std::string_view name = lane_name(request.lane);
  if (request.mode != Mode::kScan) {
    refuse(fmt::format("--lane {} has nothing to do where nothing is sent", name), where, "leave out --lane");
  }
  if (request.packet_trace || !request.pcap_path.empty()) {
    refuse(fmt::format("{} needs every frame, and those of the lane {} pass it by",
                       request.packet_trace ? "--packet-trace" : "--pcap", name),
           where, "take --lane packet");
  }
}

void settle_cpus(ScanDraft& draft) {
  if (!draft.cpus) return;
  ScanRequest& request = draft.request;
  const std::string where = draft.cpus->where.to_string();
  if (request.mode == Mode::kList) {
    refuse("--cpus has nothing to do where nothing is sent", where, "leave out --cpus or -sL");
  }
  request.cpus = parse_cpus(*draft.cpus, read_cpu_sets());
  constexpr scan::SourcePorts kAny{1, UINT16_MAX};  // as many as are wanted will be found
  const auto unfit = scan::unfit_for_lanes(static_cast<uint32_t>(request.cpus.size()),
                                           request.source_ports.value_or(kAny), request.plan.rate, request.plan.shard);
  if (unfit) refuse(unfit->what, where, unfit->cure);
}

void settle_outputs(ScanDraft& draft) {
  ScanRequest& request = draft.request;
  if (draft.output_filename && !draft.output_format) {
    refuse(fmt::format("--output-filename {} has no format", *draft.output_filename), "",
           "add --output-format list or --output-format ndjson");
  }
  if (draft.output_format && !draft.output_filename) {
    refuse("--output-format has no file to go to", "", "add --output-filename FILE");
  }
  if (draft.output_filename) request.outputs.push_back({*draft.output_format, *draft.output_filename});

  std::set<std::string> paths;
  if (!request.pcap_path.empty()) paths.insert(request.pcap_path);
  for (const OutputFile& file : request.outputs) {
    if (!paths.insert(file.path).second) {
      refuse(fmt::format("{} is to be written twice", file.path), file.path, "give each output a file of its own");
    }
  }
}

// Last of all checks, since it leaves a trace: files that were not there are there afterwards.
void check_outputs(const ScanRequest& request) {
  for (const OutputFile& file : request.outputs) check_writable(file.path);
  if (!request.pcap_path.empty()) check_writable(request.pcap_path);
}

}  // namespace

ScanRequest make_scan_request(const options::Settings& settings) {
  ScanDraft draft = apply_settings(settings);
  settle_order(draft);
  check_lane(draft);
  settle_cpus(draft);
  settle_outputs(draft);
  settle_targets(draft);
  if (draft.request.mode != Mode::kList) check_outputs(draft.request);
  return std::move(draft.request);
}

}  // namespace portolan::cli
