// SPDX-License-Identifier: Apache-2.0
#include "portolan/run_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/commands.h"
#include "portolan/cpus.h"

namespace portolan::cli {
namespace {

std::string services_text(std::span<const addr::ProtoPort> services) {
  std::string text;
  for (size_t i = 0; i < services.size();) {
    size_t last = i;
    while (last + 1 < services.size() && services[last + 1].protocol == services[i].protocol &&
           services[last + 1].port == services[last].port + 1) {
      ++last;
    }
    text += fmt::format("{}{}", text.empty() ? "" : ",", name(services[i].protocol));
    if (has_port(services[i].protocol)) text += fmt::format(":{}", services[i].port);
    if (last != i) text += fmt::format("-{}", services[last].port);
    i = last + 1;
  }
  return text;
}

std::string path_text(const scan::Egress& egress, const scan::Path& p) {
  const std::string next = p.router ? p.router->to_string() : p.next_hop ? p.next_hop->to_string() : "on link";
  return fmt::format("{} from {} via {}", egress.links()[p.link].name, p.sources.to_string(), next);
}

std::string seconds_text(base::Nanos n) {
  return fmt::format("{:g}s", static_cast<double>(n) / static_cast<double>(base::kSecond));
}

uint64_t value_of(const result::RunSummary& s, std::string_view counter) {
  const auto it = std::find_if(s.counters.begin(), s.counters.end(), [&](const auto& c) { return c.first == counter; });
  return it == s.counters.end() ? 0 : it->second;
}

// What shows whether the work was well dealt.
void add_lanes(result::RunSummary& s, const scan::LaneGroup& lanes) {
  using scan::Count;
  static constexpr Count kOfEach[] = {Count::kProbes, Count::kRetries, Count::kReceived, Count::kHandedOver,
                                      Count::kHandoverFull};
  for (uint32_t i = 0; i < lanes.size(); ++i) {
    const scan::Lane& lane = lanes.lane(i);
    for (const Count c : kOfEach) {
      s.counters.emplace_back(fmt::format("lane{}:{}", i, counter_name(c)), lane.counters().scan[c]);
    }
    s.counters.emplace_back(fmt::format("lane{}:kernel_dropped", i), lane.port_stats().receive_dropped);
  }
}

void append_line(std::string& out, std::string_view counter, uint64_t value) {
  fmt::format_to(std::back_inserter(out), "  {:<22} {:>14}\n", counter, value);
}

}  // namespace

result::RunManifest make_manifest(const ScanRequest& request, const scan::Plan& plan, const scan::Egress& egress,
                                  const LaneChoice& lane, const std::string& guard, base::Nanos wall) {
  result::RunManifest m;
  m.program = fmt::format("portolan {}", kVersion);
  m.started_wall = wall;
  const auto add = [&](std::string_view fact, std::string value) {
    if (!value.empty()) m.facts.emplace_back(fact, std::move(value));
  };
  add("command", request.command);
  add("seed", std::to_string(plan.seed));
  add("shard", fmt::format("{}/{}", plan.shard.x, plan.shard.y));
  add("targets", base::to_string(plan.targets.size()));
  add("addresses", base::to_string(plan.targets.address_count()));
  add("targets-digest", fmt::format("{:016x}", plan.targets.digest()));
  add("services-ipv4", services_text(plan.targets.services_v4()));
  add("services-ipv6", services_text(plan.targets.services_v6()));
  if (!plan.targets.pairs().empty()) add("pairs", std::to_string(plan.targets.pairs().size()));
  add("exclusions", request.exclusion_text);
  for (const ResolvedName& r : request.resolved) {
    std::string addresses;
    for (const auto& a : r.addresses) addresses += (addresses.empty() ? "" : ",") + a.to_string();
    add("resolved", fmt::format("{} = {}", r.name, addresses));
  }
  add("rate", plan.rate.to_string());
  add("retries", std::to_string(plan.retries));
  if (plan.retries != 0) add("retry-spacing", seconds_text(plan.retry_spacing));
  add("wait", seconds_text(plan.wait));
  add("source-ports", plan.source_ports.to_string());
  for (const scan::Path& p : egress.paths()) add("path", path_text(egress, p));
  add("lane", std::string(request.mode == Mode::kOffline ? "offline" : lane_name(lane.kind())));
  add("lane-details", lane.text());
  for (const std::string& why : lane.passed_over()) add("lane-not", why);
  add("lanes", std::to_string(lane.lanes()));
  add("cpus", cpus_text(request.cpus));
  add("kernel-guard", guard);
  return m;
}

result::RunSummary make_summary(const scan::LaneGroup& lanes, const RunNumbers& numbers, base::Nanos wall) {
  result::RunSummary s;
  s.ended_wall = wall;
  s.complete = lanes.covered_everything() && lanes.end() == scan::Lane::End::kComplete;
  const scan::CounterTotals counters = lanes.counters();
  for (size_t i = 0; i < static_cast<size_t>(scan::Count::kCount); ++i) {
    const auto c = static_cast<scan::Count>(i);
    s.counters.emplace_back(counter_name(c), counters.scan[c]);
  }
  for (size_t i = 0; i < static_cast<size_t>(wire::Drop::kCount); ++i) {
    const auto d = static_cast<wire::Drop>(i);
    if (counters.malformed[d] != 0)
      s.counters.emplace_back(fmt::format("malformed:{}", counter_name(d)), counters.malformed[d]);
  }
  const pktio::PortStats port = lanes.port_stats();
  s.counters.emplace_back("frames_sent", port.sent);
  s.counters.emplace_back("bytes_sent", port.sent_bytes);
  s.counters.emplace_back("send_refused", port.send_refused);
  s.counters.emplace_back("send_retries", port.send_retries);
  s.counters.emplace_back("bytes_received", port.received_bytes);
  s.counters.emplace_back("kernel_dropped", port.receive_dropped);
  s.counters.emplace_back("writer_waits", lanes.writer_waits());
  s.counters.emplace_back("written", numbers.written);
  s.counters.emplace_back("sending_ms", static_cast<uint64_t>(numbers.sending / base::kMillisecond));
  if (lanes.size() > 1) add_lanes(s, lanes);
  return s;
}

std::string manifest_text(const result::RunManifest& manifest) {
  std::string out = "the plan:\n";
  for (const auto& [fact, value] : manifest.facts) out += fmt::format("  {:<22} {}\n", fact, value);
  return out;
}

std::string summary_text(const result::RunSummary& summary, scan::Lane::End end, const RunNumbers& numbers, bool all) {
  const auto of = [&](std::string_view c) { return value_of(summary, c); };
  const double seconds = static_cast<double>(numbers.sending) / static_cast<double>(base::kSecond);
  const uint64_t probes = of("probes") + of("retries");
  std::string out = fmt::format("{}: {} probes in {:.2f} s",
                                end == scan::Lane::End::kComplete  ? "scan complete"
                                : end == scan::Lane::End::kStopped ? "scan stopped"
                                                                   : "scan failed",
                                probes, seconds);
  if (seconds > 0.01)
    out += fmt::format(", {:.1f} a second", static_cast<double>(of("frames_sent") - of("resets")) / seconds);
  out += "\n";
  static constexpr std::string_view kAlways[] = {"probes",   "open",       "closed",
                                                 "filtered", "duplicates", "kernel_dropped"};
  static constexpr std::string_view kHidden[] = {"bytes_sent", "bytes_received", "sending_ms"};
  for (const auto& [counter, value] : summary.counters) {
    const bool always = std::find(std::begin(kAlways), std::end(kAlways), counter) != std::end(kAlways);
    const bool hidden = std::find(std::begin(kHidden), std::end(kHidden), counter) != std::end(kHidden);
    if (all || (!hidden && (always || value != 0))) append_line(out, counter, value);
  }
  return out;
}

}  // namespace portolan::cli
