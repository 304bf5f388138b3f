// SPDX-License-Identifier: Apache-2.0
// The first half of RespondRun: everything that can be refused, and then no right is left.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "host/netlink.h"
#include "host/sandbox.h"
#include "output/contact_json.h"
#include "output/packet_log.h"
#include "pktio/packet_port.h"
#include "pktio/pcapng_writer.h"
#include "pktio/raw_ip_port.h"
#include "portolan/capture_sink.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/respond_numbers.h"
#include "portolan/respond_rules.h"
#include "portolan/respond_run.h"

namespace portolan::cli {
namespace {

constexpr addr::MacAddress kMasscannedMac{{0xc0, 0xff, 0xee, 0xc0, 0xff, 0xee}};

std::string root_cure() { return geteuid() == 0 ? "" : "raw sockets need root: run it with sudo"; }

bool is_link_local(const addr::IpAddress& a) { return !a.is_v4() && a.hi() >> 54 == 0xfe80u >> 6; }

}  // namespace

void RespondRun::prepare() {
  started_ = clock_.now();
  // Sleeps to the microsecond, for the packet thread, which inherits it.
  prctl(PR_SET_TIMERSLACK, 1'000);
  find_interface();
  share_addresses();
  start_metrics();
  open_port();
  raise_guard();
  open_tls();
  open_records();
  engine_ = std::make_unique<respond::Engine>(request_.engine, *port_, journal_.get(), clock_.now(), open_streams());
  if (!request_.rules_path.empty()) engine_->use_rules(load_rules(request_.rules_path));
  start_fast();
  enter_sandbox();
}

void RespondRun::find_interface() {
  const auto vantage = host::look(std::span<const host::Stretch>{});
  if (!vantage) refuse(vantage.error(), "", "");
  const host::Interface* found = vantage->interface(request_.interface);
  if (found == nullptr) {
    std::string names;
    for (const host::Interface& i : vantage->interfaces) names += (names.empty() ? "" : ", ") + i.name;
    refuse(fmt::format("there is no interface '{}'", request_.interface), "-i", "this machine has: " + names);
  }
  interface_ = *found;
  if (interface_.kind == host::LinkKind::kLoopback) {
    refuse("the loopback interface answers for itself", "-i",
           "name another one, or make a pair: ip link add type veth");
  }
  if (!interface_.up) {
    refuse(fmt::format("the interface {} is down", interface_.name), "-i",
           fmt::format("ip link set {} up", interface_.name));
  }
  respond::EngineOptions& engine = request_.engine;
  engine.link = interface_.kind == host::LinkKind::kEthernet ? wire::LinkType::kEthernet : wire::LinkType::kRawIp;
  const bool has_mac = interface_.mac != addr::MacAddress{};
  engine.mac = request_.mac.value_or(has_mac ? interface_.mac : kMasscannedMac);
}

// What is asked of a multicast group is answered from an address that is ours alone where there is one.
void RespondRun::share_addresses() {
  respond::EngineOptions& engine = request_.engine;
  AddressList shared;
  for (const host::InterfaceAddress& a : interface_.addresses) {
    auto& primary = a.address.is_v4() ? engine.primary_v4 : engine.primary_v6;
    if (!primary) primary = a.address;
    if (!engine.own.contains(a.address) || is_link_local(a.address)) continue;
    machine_.push_back({a.address, a.address});
    shared.add(a.address, a.address);
  }
  if (!engine.own.is_everything()) {
    if (!engine.own.v4().empty()) engine.primary_v4 = addr::IpAddress::v4(engine.own.v4().range(0).first);
    if (!engine.own.v6().empty()) engine.primary_v6 = addr::IpAddress::v6(engine.own.v6().range(0).first);
  }
  std::sort(machine_.begin(), machine_.end(),
            [](const host::Stretch& a, const host::Stretch& b) { return a.first < b.first; });
  if (request_.guard == GuardWish::kNever || shared.empty()) return;
  engine.shared = std::move(shared).set();
  auto kept = std::make_shared<std::bitset<65536>>();
  if (request_.kept_ports) {
    for (const host::PortRange& r : *request_.kept_ports) {
      for (uint32_t p = r.first; p <= r.last; ++p) kept->set(p);
    }
  } else {
    *kept = host::read_port_use().bound;
  }
  engine.kept_ports = kept;
}

// Before any socket is open: the process that serves them must not have one.
void RespondRun::start_metrics() {
  if (request_.metrics.empty()) return;
  const auto address = MetricsAddress::parse(request_.metrics);
  if (!address) refuse(address.error(), "--metrics", "");
  auto server = MetricsServer::start(*address, respond_metrics(), clock_.wall());
  if (!server) refuse(server.error(), "--metrics", "");
  metrics_.emplace(std::move(*server));
}

void RespondRun::open_port() {
  pktio::KernelPortOptions o;
  o.interface_index = interface_.index;
  o.interface_name = interface_.name;
  o.filter.everything = true;
  o.promiscuous = true;
  o.ring.timeout_ms = 1;  // a lone frame waits no longer than this
  auto open = [&]() -> tl::expected<std::unique_ptr<pktio::Port>, std::string> {
    if (request_.engine.link == wire::LinkType::kEthernet) return pktio::PacketPort::open(o);
    return pktio::RawIpPort::open(o);
  };
  auto port = open();
  if (!port) refuse(port.error(), "", root_cure());
  port_ = std::move(*port);
}

void RespondRun::raise_guard() {
  if (request_.guard == GuardWish::kNever || machine_.empty()) {
    if (request_.guard == GuardWish::kAlways) {
      refuse(fmt::format("{} has no address that we answer for", interface_.name), "--guard",
             "leave --guard out: without such an address there is nothing to guard");
    }
    return;
  }
  host::ResponderGuardPlan plan{interface_.name, machine_, {}};
  const auto& kept = *request_.engine.kept_ports;
  for (uint32_t p = 0; p < kept.size(); ++p) {
    if (!kept.test(p)) continue;
    const uint32_t first = p;
    while (p + 1 < kept.size() && kept.test(p + 1)) ++p;
    plan.kept.push_back({static_cast<uint16_t>(first), static_cast<uint16_t>(p)});
  }
  auto guard = host::ResponderGuard::raise(plan);
  if (!guard) refuse(guard.error(), "--guard", "or answer with --guard never, and do it by hand");
  guard_.emplace(std::move(*guard));
}

std::unique_ptr<host::StreamClient> RespondRun::open_streams() const {
  if (request_.rules_path.empty()) return nullptr;
  auto streams = host::StreamClient::create({.buffer = 128 << 10});
  if (!streams) refuse(streams.error(), "--rules", "");
  return std::move(*streams);
}

void RespondRun::open_tls() {
  if (!request_.tls || request_.engine.style == proto::Style::kMasscanned) return;
  if (request_.tls_state_path.empty()) {
    tls_ = proto::TlsAuthority::ephemeral(clock_.wall());
  } else {
    auto opened = proto::TlsAuthority::open(request_.tls_state_path, clock_.wall());
    if (!opened) refuse(opened.error(), "--tls-state", "");
    tls_ = std::move(*opened);
  }
  request_.engine.tls = tls_.get();
}

void RespondRun::open_records() {
  const auto link = request_.engine.link;
  const auto open_file = [](const std::string& path) {
    auto file = output::File::open(path, output::File::Mode::kAppend);
    if (!file) refuse("cannot write " + file.error(), "", "choose another file");
    return std::move(*file);
  };
  const auto open_json = [&](const std::string& path, const base::RotationPolicy& policy) {
    auto file = output::RotatingFile::open(path, policy, clock_);
    if (!file) refuse("cannot write " + file.error(), "", "choose another file");
    sinks_.push_back(std::make_unique<output::ContactJson>(std::move(*file)));
  };
  auto diagnostics = std::make_unique<output::Diagnostics>(
      output::File::standard_error(), static_cast<output::Diagnostics::Level>(std::min(request_.verbosity, 3u)), link);
  diagnostics_ = diagnostics.get();
  sinks_.push_back(std::move(diagnostics));
  if (!request_.quiet && request_.form == LogForm::kJson) open_json("-", {});
  if (!request_.quiet && request_.form != LogForm::kJson) {
    const auto form =
        request_.form == LogForm::kLogfmt ? output::PacketLogForm::kLogfmt : output::PacketLogForm::kConsole;
    sinks_.push_back(std::make_unique<output::PacketLog>(open_file("-"), form, link, clock_.wall()));
  }
  if (!request_.contacts_path.empty()) open_json(request_.contacts_path, request_.rotation);
  if (!request_.capture_path.empty()) {
    sinks_.push_back(open_capture());
  }
  std::vector<output::ContactSink*> sinks;
  for (const auto& sink : sinks_) sinks.push_back(sink.get());
  output::JournalOptions options;
  options.payload_cap = request_.payload_cap;
  options.frame_cap = request_.snap_length;
  journal_ = std::make_unique<output::JournalWriter>(std::move(sinks), clock_, options);
}

std::unique_ptr<output::ContactSink> RespondRun::open_capture() const {
  utsname system{};
  uname(&system);
  pktio::PcapngOptions options;
  options.link = request_.engine.link;
  options.snap_length = request_.snap_length;
  options.source = {.hardware = system.machine,
                    .system = fmt::format("{} {}", system.sysname, system.release),
                    .program = fmt::format("portolan {}", kVersion),
                    .interface = interface_.name};
  options.rotation = request_.rotation;
  auto file = pktio::PcapngWriter::open(request_.capture_path, options, clock_.now());
  if (!file) refuse("cannot write " + file.error(), "--pcap", "choose another file");
  return std::make_unique<CaptureSink>(std::move(*file), options.link, clock_);
}

void RespondRun::enter_sandbox() {
  if (!request_.sandbox) return;
  host::SandboxPlan plan;
  plan.user = geteuid() == 0 ? request_.user : "";
  plan.write_files = request_.rotation.wanted();
  plan.read_files = !request_.rules_path.empty();
  plan.connect = !request_.rules_path.empty();
  plan.bpf_maps = fast_.has_value();
  plan.end_children = metrics_.has_value();
  const auto entered = host::enter_sandbox(plan);
  if (!entered) refuse(entered.error(), "--sandbox", "or go on without with --sandbox no");
  rights_ = *entered;
}

void RespondRun::announce() const {
  for (const std::string& w : request_.warnings) print_warning(w);
  if (guard_) fmt::print(stderr, "{}\n", guard_->describe());
  fmt::print(stderr, "answering on {} as {} ({})\n", interface_.name, request_.engine.mac.to_string(),
             request_.engine.style == proto::Style::kMasscanned ? "masscanned" : "linux");
  if (request_.verbosity > 0 && !rights_.empty()) {
    diagnostics_->note(output::Diagnostics::Level::kAnswers, clock_.wall(), rights_);
  }
}

}  // namespace portolan::cli
