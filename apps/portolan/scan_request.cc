// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_request.h"

#include <fmt/format.h>

#include "base/random.h"
#include "options/value.h"
#include "portolan/cpus.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/outputs.h"
#include "portolan/payload_files.h"
#include "portolan/scan_adapters.h"
#include "portolan/scan_options.h"
#include "portolan/scan_targets.h"
#include "scan/lane_share.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kDefaultRate = "100";

pace::Rate rate_of(ScanDraft& draft) {
  const Sourced text = draft.rate.value_or(Sourced{std::string(kDefaultRate), {}});
  if (text.text == "0") {
    draft.request.plan.listen_only = true;
    return {};
  }
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
  if (const auto& resumed = draft.request.resumed; resumed && resumed->state) {
    plan.seed = resumed->state->seed;
    plan.key = resumed->state->key;
  }
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
  const scan::SourcePorts any{1, UINT16_MAX};  // as many as are wanted will be found
  const auto unfit = scan::unfit_for_lanes(static_cast<uint32_t>(request.cpus.size()),
                                           request.source_ports.value_or(any), request.plan.rate, request.plan.shard);
  if (unfit) refuse(unfit->what, where, unfit->cure);
}

void check_outputs(const ScanRequest& request) {
  for (const OutputFile& file : request.outputs) {
    if (file.is_file()) check_writable(file.path);
  }
  if (!request.pcap_path.empty()) check_writable(request.pcap_path);
}

// The paused scan and this one must ask the same targets in the same order.
void settle_resume(ScanDraft& draft) {
  ScanRequest& request = draft.request;
  if (!request.resumed) return;
  request.append = true;
  if (!request.resumed->state) return;
  const PausedState& state = *request.resumed->state;
  if (scan_digest(request.plan) != state.scan_digest) {
    refuse(fmt::format("{} is of a scan of other targets, or in another order", request.resumed->path),
           request.resumed->where.to_string(),
           "leave out what names targets, ports, --seed or --shard; --exclude and --exclude-ports may be added");
  }
  request.plan.resume = {state.pass, state.index, state.answered != 0};
  if (!request.source_ports) request.source_ports = state.source_ports;
}

}  // namespace

ScanRequest make_scan_request(const options::Settings& settings, std::optional<Resumed> resumed, Purpose purpose) {
  ScanDraft draft = apply_settings(settings);
  draft.request.resumed = std::move(resumed);
  draft.request.settings = settings_text(settings);
  settle_order(draft);
  check_lane(draft);
  settle_adapters(draft);
  settle_cpus(draft);
  settle_outputs(draft);
  settle_payloads(draft);
  settle_rotation(draft);
  settle_targets(draft, purpose == Purpose::kEcho ? Lack::kAllowed : Lack::kRefused);
  settle_resume(draft);
  if (draft.request.mode != Mode::kList && purpose == Purpose::kScan) check_outputs(draft.request);
  return std::move(draft.request);
}

}  // namespace portolan::cli
