// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_run.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "host/netlink.h"
#include "host/source_ports.h"
#include "output/list_sink.h"
#include "output/ndjson_sink.h"
#include "output/text_sink.h"
#include "portolan/cpus.h"
#include "portolan/errors.h"
#include "portolan/run_record.h"
#include "portolan/scan_status.h"
#include "portolan/stop_signals.h"
#include "scan/destinations.h"

namespace portolan::cli {
namespace {

bool offline(const ScanRequest& r) { return r.mode == Mode::kOffline; }

output::StateSet states(const Shown& s) {
  using result::State;
  if (s.open && s.closed && s.filtered) return output::StateSet::all();
  if (s.open && s.closed) return {State::kOpen, State::kUp, State::kClosed};
  if (s.open && s.filtered) return {State::kOpen, State::kUp, State::kFiltered};
  if (s.closed && s.filtered) return {State::kClosed, State::kFiltered};
  if (s.closed) return {State::kClosed};
  if (s.filtered) return {State::kFiltered};
  return output::StateSet::found();
}

// A vantage that leads nowhere, for a dry run on a machine that has no route to the targets: one Ethernet interface
// for everything, and the loopback interface for what is never sent over a wire.
host::Vantage nowhere() {
  using addr::IpAddress;
  constexpr int kWire = 1, kLoopback = 2;
  const IpAddress us4 = IpAddress::v4(0xc0000201);  // 192.0.2.1
  const IpAddress us6 = IpAddress::v6(base::make_u128(0x20010db800000000u, 1));
  const auto v4 = [](uint32_t a) { return IpAddress::v4(a); };
  const auto v6 = [](base::u128 a) { return IpAddress::v6(a); };
  host::Vantage v;
  v.interfaces = {
      {kWire, "offline", host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {{us4, 24}, {us6, 64}}},
      {kLoopback, "lo", host::LinkKind::kLoopback, true, 65536, {}, {{v4(0x7f000001), 8}, {v6(1), 128}}}};
  const base::u128 mapped = v4(0).v6_bits(), mapped_last = v4(~0u).v6_bits();  // IPv4, in the order of addresses
  v.hops = {{v6(1), v6(1), kLoopback, v6(1), {}},      {v6(2), v6(mapped - 1), kWire, us6, {}},
            {v4(0), v4(0x7effffff), kWire, us4, {}},   {v4(0x7f000000), v4(0x7fffffff), kLoopback, v4(0x7f000001), {}},
            {v4(0x80000000), v4(~0u), kWire, us4, {}}, {v6(mapped_last + 1), v6(base::kU128Max), kWire, us6, {}}};
  return v;
}

// The kernel rounds a thread's sleeps up by this much; at a million packets a second its default of 50 us is far too
// coarse.
void ask_for_exact_sleeps() { prctl(PR_SET_TIMERSLACK, 1'000); }

}  // namespace

void ScanRun::prepare() {
  choose_source_ports();
  scan::Egress egress = find_egress();
  choose_lane(egress);
  raise_guard(egress);
  auto ports = open_ports(request_, plan_, egress, *choice_);
  if (!ports) {
    refuse(ports.error(), "",
           geteuid() == 0 ? "" : "raw sockets need root or the capability CAP_NET_RAW: run it with sudo");
  }
  ports_ = std::move(*ports);
  warn_of_distance(egress);
  open_outputs();
  lanes_ = std::make_unique<scan::LaneGroup>(plan_, std::move(egress), ports_.ports, clock_, choice_->bulk());
}

void ScanRun::choose_source_ports() {
  const host::PortUse use = host::read_port_use();
  if (request_.source_ports) {
    plan_.source_ports = *request_.source_ports;
    if (offline(request_)) return;
    for (const std::string& w : host::check_source_ports(use, {plan_.source_ports.first, plan_.source_ports.last}))
      print_warning(w);
    return;
  }
  const auto range = host::choose_source_ports(use);
  if (!range) refuse(range.error(), "", "name a range with --source-port");
  plan_.source_ports = {range->first, range->last};
}

scan::Egress ScanRun::find_egress() {
  const auto next = [this](const addr::IpAddress& a) { return scan::next_destination(plan_.targets, a); };
  auto vantage = host::look(next, plan_.egress.interface);
  if (!vantage && !offline(request_)) refuse(vantage.error(), "", "");
  auto egress = scan::Egress::make(plan_, vantage ? *vantage : nowhere());
  if (!egress && offline(request_)) egress = scan::Egress::make(plan_, nowhere());
  if (!egress) refuse(egress.error(), "", "");
  if (offline(request_)) {
    // Nobody will answer ARP.
    for (scan::Path& p : egress->paths()) {
      p.router.reset();
      p.next_hop = addr::MacAddress::broadcast();
    }
  }
  return std::move(*egress);
}

void ScanRun::choose_lane(const scan::Egress& egress) {
  choice_.emplace(request_, plan_, egress);
  if (!request_.status || offline(request_)) return;
  fmt::print(stderr, "lane: {}\n", choice_->text());
  for (const std::string& why : choice_->passed_over()) fmt::print(stderr, "  not {}\n", why);
}

void ScanRun::raise_guard(const scan::Egress& egress) {
  const auto paths = egress.paths();
  const bool shared = std::any_of(paths.begin(), paths.end(), [](const scan::Path& p) { return p.owns_source; });
  if (offline(request_) || !shared) return;
  if (choice_->keeps_kernel_out()) {
    guard_text_ = "not needed: answers are taken before the network stack";
    return;
  }
  const host::PortRange range{plan_.source_ports.first, plan_.source_ports.last};
  if (!request_.kernel_guard) {
    guard_text_ = "off";
    print_warning(
        fmt::format("without the kernel guard this machine's kernel answers what targets send to ports {}-{} (RST, "
                    "port unreachable); to keep it from that by hand:\n{}",
                    range.first, range.last, host::KernelGuard::by_hand(range)));
    return;
  }
  auto guard = host::KernelGuard::raise(range);
  if (!guard) {
    guard_text_ = "failed";
    print_warning(guard.error());
    return;
  }
  guard_.emplace(std::move(*guard));
  guard_text_ = guard_->describe();
  if (request_.status) fmt::print(stderr, "{}\n", guard_text_);
}

void ScanRun::warn_of_distance(const scan::Egress& egress) const {
  std::vector<std::string> interfaces;
  for (const scan::Link& link : egress.links()) interfaces.push_back(link.name);
  for (const std::string& warning : numa_warnings(request_.cpus, interfaces)) print_warning(warning);
}

void ScanRun::open_outputs() {
  const output::StateSet shown = states(request_.shown);
  const auto mode = request_.append ? output::File::Mode::kAppend : output::File::Mode::kTruncate;
  const auto add = [&](const output::LineFormat& format, const std::string& path) {
    auto file = output::File::open(path, mode);
    if (!file) refuse("cannot write " + file.error(), "", "choose another file");
    auto filtered =
        std::make_unique<output::Filter>(shown, std::make_unique<output::LineSink>(format, std::move(*file)));
    outputs_.push_back(filtered.get());
    sinks_.add(std::move(filtered));
  };
  bool stdout_taken = false;
  for (const OutputFile& o : request_.outputs) {
    add(o.format == Format::kList ? output::kList : output::kNdjsonWithRun, o.path);
    stdout_taken |= o.path == "-";
  }
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (!stdout_taken && (request_.outputs.empty() || terminal)) {
    const bool color =
        request_.color == When::kAlways || (request_.color == When::kAuto && terminal && wants_color(STDOUT_FILENO));
    add(color ? output::kTextTerminal : output::kText, "-");
  }
  auto tally = std::make_unique<Tally>();
  tally_ = tally.get();
  sinks_.add(std::move(tally));
}

int ScanRun::run() {
  lanes_->move_in([this](uint32_t lane) {
    if (const int cpu = choice_->cpu_of(lane); cpu >= 0 && !stay_on_cpu(cpu)) {
      print_warning(fmt::format("CPU {} is gone: its lane runs on any", cpu));
    }
    ask_for_exact_sleeps();
  });
  writer_ = std::make_unique<output::Writer>(lanes_->rings(), sinks_, clock_);
  writer_->start(make_manifest(request_, plan_, lanes_->egress(), *choice_, guard_text_, clock_.wall()));

  const StopSignals signals(*lanes_);
  lanes_->start();
  ScanStatus status(*lanes_, *tally_, clock_, lane_name(choice_->kind()), request_.status);
  while (lanes_->running()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    status.update();
  }
  lanes_->join();
  status.clear();
  return report();
}

int ScanRun::report() {
  writer_->finish();
  const RunNumbers numbers{lanes_->sending_time(), writer_->written()};
  const result::RunSummary summary = make_summary(*lanes_, numbers, clock_.wall());
  writer_->stop(summary);
  for (const auto& capture : ports_.captures) capture->flush();
  fmt::print(stderr, "{}", summary_text(summary, lanes_->end(), numbers));

  bool ok = lanes_->end() == scan::Lane::End::kComplete;
  if (lanes_->end() == scan::Lane::End::kFailed) print_error({lanes_->error(), {}, {}});
  for (const result::Sink* sink : outputs_) {
    if (sink->error().empty()) continue;
    print_error({"results were lost: " + sink->error(), {}, {}});
    ok = false;
  }
  for (const auto& capture : ports_.captures) {
    const std::string error = capture->error();
    if (error.empty()) continue;
    print_error({"the capture is not whole: " + error, {}, {}});
    ok = false;
  }
  return ok ? kOk : kFailed;
}

}  // namespace portolan::cli
