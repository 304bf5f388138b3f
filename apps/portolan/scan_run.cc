// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_run.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "host/netlink.h"
#include "host/source_ports.h"
#include "portolan/cpus.h"
#include "portolan/errors.h"
#include "portolan/offline_vantage.h"
#include "portolan/outputs.h"
#include "scan/destinations.h"

namespace portolan::cli {
namespace {

bool offline(const ScanRequest& r) { return r.mode == Mode::kOffline; }

const scan::EgressOverrides& adapter_of(const scan::Plan& plan, size_t i) {
  return i == 0 ? plan.egress : plan.further_adapters[i - 1];
}

std::vector<host::PortRange> ranges_of(const scan::SourcePorts& ports) {
  std::vector<host::PortRange> ranges;
  for (const auto& r : ports.ranges()) ranges.push_back({r.first, r.last});
  return ranges;
}

bool wants_checkpoint(const ScanRequest& r) { return r.mode == Mode::kScan && r.checkpoint_path != "off"; }

// Beside the checkpoint, under a name of this process: two scans in one folder do not meet.
std::string answered_path(const ScanRequest& r) {
  const std::string beside = r.checkpoint_path.empty() ? "paused.conf" : r.checkpoint_path;
  return fmt::format("{}.{}.answered", beside, getpid());
}

std::string usual_control_path() {
  const std::string folder = control_folder();
  ::mkdir(folder.c_str(), 0700);
  return fmt::format("{}/scan-{}.sock", folder, getpid());
}

void add_counter(result::RunSummary& sum, const std::pair<std::string, uint64_t>& more) {
  for (auto& [name, count] : sum.counters) {
    if (name != more.first) continue;
    // What make_summary() is given is the sum already.
    count = name == "written" || name == "sending_ms" ? more.second : count + more.second;
    return;
  }
  sum.counters.push_back(more);
}

constexpr auto kLook = std::chrono::milliseconds(20);

// The kernel rounds a thread's sleeps up by this much; at a million packets a second its default of 50 us is far too
// coarse.
void ask_for_exact_sleeps() { prctl(PR_SET_TIMERSLACK, 1'000); }

}  // namespace

void ScanRun::prepare() {
  if (auto scribe = request_.outputs.empty() ? nullptr : output::Scribe::start().value_or(nullptr)) scribe_ = scribe;
  choose_source_ports();
  egress_ = find_egress();
  read_answered();
  make_round();
  raise_guard(*egress_);
  warn_of_distance(*egress_);
  open_outputs();
  open_control();
}

// The ways out and the lanes on them, for the plan as it is now.
void ScanRun::make_round() {
  lanes_.reset();
  ports_ = {};
  choice_.reset();
  choose_lane(*egress_);
  auto ports = open_ports(request_, plan_, *egress_, *choice_);
  if (!ports) {
    refuse(ports.error(), "",
           geteuid() == 0 ? "" : "raw sockets need root or the capability CAP_NET_RAW: run it with sudo");
  }
  ports_ = std::move(*ports);
  lanes_ = std::make_unique<scan::LaneGroup>(plan_, *egress_, ports_.ports, clock_, choice_->bulk());
  if (!answered_.empty()) lanes_->remember(answered_);
}

void ScanRun::choose_source_ports() {
  const host::PortUse use = host::read_port_use();
  if (request_.source_ports) {
    plan_.source_ports = *request_.source_ports;
    if (offline(request_)) return;
    for (const host::PortRange& range : ranges_of(plan_.source_ports)) {
      for (const std::string& w : host::check_source_ports(use, range)) print_warning(w);
    }
    return;
  }
  const auto range = host::choose_source_ports(use);
  if (!range) refuse(range.error(), "", "name a range with --source-port");
  plan_.source_ports = {range->first, range->last};
}

scan::Egress ScanRun::find_egress() {
  const auto next = [this](const addr::IpAddress& a) { return scan::next_destination(plan_.targets, a); };
  std::vector<host::Vantage> vantages;
  for (size_t i = 0; i <= plan_.further_adapters.size(); ++i) {
    const auto& adapter = adapter_of(plan_, i);
    auto vantage = host::look(next, adapter.interface);
    if (!vantage && !offline(request_)) refuse(vantage.error(), "", "");
    vantages.push_back(vantage ? std::move(*vantage) : offline_vantage(adapter.interface, i));
  }
  auto egress = scan::Egress::make(plan_, vantages);
  if (!egress && offline(request_)) {
    for (size_t i = 0; i < vantages.size(); ++i) vantages[i] = offline_vantage(adapter_of(plan_, i).interface, i);
    egress = scan::Egress::make(plan_, vantages);
  }
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
  if (!request_.tells_people() || offline(request_)) return;
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
  const std::vector<host::PortRange> ports = ranges_of(plan_.source_ports);
  if (!request_.kernel_guard) {
    guard_text_ = "off";
    print_warning(
        fmt::format("without the kernel guard this machine's kernel answers what targets send to ports {} (RST, "
                    "port unreachable); to keep it from that by hand:\n{}",
                    plan_.source_ports.to_string(), host::KernelGuard::by_hand(ports)));
    return;
  }
  auto guard = host::KernelGuard::raise(ports);
  if (!guard) {
    guard_text_ = "failed";
    print_warning(guard.error());
    return;
  }
  guard_.emplace(std::move(*guard));
  guard_text_ = guard_->describe();
  if (request_.tells_people()) fmt::print(stderr, "{}\n", guard_text_);
}

void ScanRun::warn_of_distance(const scan::Egress& egress) const {
  std::vector<std::string> interfaces;
  for (const scan::Link& link : egress.links()) interfaces.push_back(link.name);
  for (const std::string& warning : numa_warnings(request_.cpus, interfaces)) print_warning(warning);
}

void ScanRun::open_outputs() {
  outputs_ = cli::open_outputs(request_, sinks_, scribe_, clock_);
  auto tally = std::make_unique<Tally>();
  tally_ = tally.get();
  sinks_.add(std::move(tally));
  if (!wants_checkpoint(request_)) return;
  // After all others: what it says has answered is in their files (answered_log.h).
  auto log = std::make_unique<AnsweredLog>(answered_path(request_), plan_.targets, answered_);
  answered_log_ = log.get();
  sinks_.add(std::move(log));
}

int ScanRun::run() {
  const auto manifest = make_manifest(request_, plan_, lanes_->egress(), *choice_, guard_text_, clock_.wall());
  if (request_.verbosity > 0) fmt::print(stderr, "{}", manifest_text(manifest));
  sinks_.begin(manifest);
  open_checkpoint();
  StopSignals signals;
  do run_round(signals);
  while (!signals.asked() && next_round());
  return report();
}

void ScanRun::run_round(StopSignals& signals) {
  lanes_->move_in([this](uint32_t lane) {
    if (const int cpu = choice_->cpu_of(lane); cpu >= 0 && !stay_on_cpu(cpu)) {
      print_warning(fmt::format("CPU {} is gone: its lane runs on any", cpu));
    }
    ask_for_exact_sleeps();
  });
  writer_ = std::make_unique<output::Writer>(lanes_->rings(), sinks_, clock_);
  writer_->go_on();
  signals.attach(lanes_.get());
  lanes_->start();
  if (control_) control_->attach(lanes_.get());
  ScanStatus status(*lanes_, *tally_, clock_, status_options());
  while (lanes_->running()) {
    std::this_thread::sleep_for(kLook);
    status.update(control_ ? control_->state() : "running");
    mind(signals);
  }
  lanes_->join();
  signals.attach(nullptr);
  if (control_) control_->attach(nullptr);
  writer_->finish();
  status.finish();
  settle_checkpoint();
  add_round();
}

ScanStatus::Options ScanRun::status_options() {
  ScanStatus::Options options{request_.status_form(), lane_name(choice_->kind()), plan_.wait, std::nullopt};
  if (request_.infinite) options.round = ++round_;
  return options;
}

// What is asked of a scan from outside while it runs, and what it keeps for the case that it ends.
void ScanRun::mind(StopSignals& signals) {
  const int steps = signals.take_rate_steps();
  if (control_) control_->step_rate(steps);
  if (!checkpoint_) return;
  note_exclusions();
  checkpoint_->turn(*lanes_, *writer_);
}

// What was excluded while it ran stays so when the scan goes on.
void ScanRun::note_exclusions() {
  if (!control_) return;
  const auto excluded = control_->excluded();
  if (excluded.size() == noted_exclusions_) return;
  noted_exclusions_ = excluded.size();
  checkpoint_->set_settings(request_.settings + late_exclusions_text(excluded));
}

// A scan that came to its end needs no checkpoint; any other can go on from it.
void ScanRun::settle_checkpoint() {
  if (!checkpoint_) return;
  if (lanes_->end() == scan::Lane::End::kComplete) {
    if (!request_.infinite) checkpoint_->remove();
    return;
  }
  note_exclusions();
  if (checkpoint_->finish(*lanes_, std::min(Checkpoint::kLag, plan_.wait))) {
    if (request_.ndjson_status) return;
    fmt::print(stderr, "to go on: {} --resume {}\n", called(request_.persona), checkpoint_->path());
  } else {
    print_error({fmt::format("the scan cannot be resumed: {}", checkpoint_->error()), {}, {}});
  }
}

void ScanRun::add_round() {
  numbers_.sending += lanes_->sending_time();
  numbers_.written += writer_->written();
  const result::RunSummary round = make_summary(*lanes_, numbers_, clock_.wall());
  if (total_.counters.empty()) {
    total_ = round;
    return;
  }
  total_.ended_wall = round.ended_wall;
  total_.complete = round.complete;
  for (size_t i = 0; i < round.counters.size(); ++i) add_counter(total_, round.counters[i]);
}

bool ScanRun::next_round() {
  if (!request_.infinite || lanes_->end() != scan::Lane::End::kComplete) return false;
  ++plan_.seed;
  plan_.resume = {};
  answered_.clear();
  if (answered_log_ != nullptr) answered_log_->forget();
  make_round();
  if (checkpoint_) checkpoint_->begin_round(plan_.seed, scan_digest(plan_));
  return true;
}

void ScanRun::open_control() {
  if (offline(request_)) return;
  control_.emplace(plan_.listen_only ? std::nullopt : std::optional(plan_.rate), *tally_, clock_);
  if (request_.control_path == "off") return;
  const bool usual = request_.control_path.empty();
  const std::string path = usual ? usual_control_path() : request_.control_path;
  auto socket = ControlSocket::open(path, [this](const auto& words) { return control_->answer(words); });
  if (socket) {
    socket_ = std::move(*socket);
  } else if (!usual) {
    refuse("the control socket cannot be made: " + socket.error(), "", "name another path with --control, or off");
  }
}

void ScanRun::read_answered() {
  if (!request_.resumed || !request_.resumed->state) return;
  const PausedState& state = *request_.resumed->state;
  if (state.answered == 0) return;
  // After a mere kill the files hold all that was written; after a crash of the machine, what the checkpoint covers.
  const uint64_t most = state.boot == boot_name() ? UINT64_MAX : state.answered;
  auto indexes = AnsweredLog::read(state.answered_path, most);
  if (!indexes)
    refuse(indexes.error(), request_.resumed->where.to_string(), "put the file back beside the paused scan");
  answered_ = std::move(*indexes);
  std::erase_if(answered_, [this](base::u128 i) { return i >= plan_.targets.size(); });
  plan_.resume.answers = !answered_.empty();
}

void ScanRun::open_checkpoint() {
  if (answered_log_ == nullptr) return;
  Checkpoint::Options options;
  options.path = request_.checkpoint_path;
  if (options.path.empty() && request_.resumed) options.path = request_.resumed->path;
  options.replace = request_.resumed && options.path == request_.resumed->path;
  if (request_.resumed && request_.resumed->state) options.earlier_log = request_.resumed->state->answered_path;
  options.every = request_.checkpoint_every;
  options.settings = request_.settings;
  options.state.key = plan_.key;
  options.state.seed = plan_.seed;
  options.state.scan_digest = scan_digest(plan_);
  options.state.source_ports = plan_.source_ports;
  options.state.boot = boot_name();
  for (const OutputFile& o : request_.outputs) {
    if (o.is_file()) options.outputs.push_back(o.path);
  }
  checkpoint_.emplace(std::move(options), *answered_log_, clock_);
}

int ScanRun::report() {
  sinks_.end(total_);
  for (const auto& capture : ports_.captures) capture->flush();
  if (!request_.ndjson_status)
    fmt::print(stderr, "{}", summary_text(total_, lanes_->end(), numbers_, request_.verbosity > 1));

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
