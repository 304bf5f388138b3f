// SPDX-License-Identifier: Apache-2.0
#include "portolan/lane_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/device_queues.h"
#include "host/driver_name.h"
#include "pktio/xsk_port.h"
#include "portolan/errors.h"
#include "portolan/names.h"
#include "scan/probe_identity.h"
#include "xdp/send.h"

namespace portolan::cli {
namespace {

using Reason = std::optional<std::string>;

// Up to here packet sockets do, on any machine, with a core to spare; no program need be put on the interface.
constexpr uint64_t kPacketRateMillis = 250'000'000;

constexpr uint32_t kRingBytes = 1 << 25;

template <class F>
bool any_service(const addr::TargetSet& targets, F&& is) {
  const auto in = [&](std::span<const addr::ProtoPort> s) { return std::any_of(s.begin(), s.end(), is); };
  return in(targets.services_v4()) || in(targets.services_v6()) ||
         std::any_of(targets.pairs().begin(), targets.pairs().end(),
                     [&](const addr::Target& t) { return is(t.service); });
}

bool asks(const addr::TargetSet& targets, addr::Protocol protocol) {
  return any_service(targets, [&](const addr::ProtoPort& s) { return s.protocol == protocol; });
}

bool is_slow(const pace::Rate& rate) { return !rate.is_unlimited() && rate.millis() <= kPacketRateMillis; }

// Only where the lane was not asked for by name: that is refused while options are read.
Reason needs_every_frame(const ScanRequest& request) {
  if (request.packet_trace) return "--packet-trace shows every frame, and these frames pass it by";
  if (!request.pcap_path.empty()) return "--pcap keeps every answer, and these answers pass it by";
  return std::nullopt;
}

// What the program that takes answers out of the driver does not know.
Reason beyond_the_driver(const scan::Plan& plan, const scan::Egress& egress) {
  if (!plan.further_adapters.empty()) return "it sends by one adapter, and there are several";
  if (!egress.is_plain()) return "it sends from one address, and there are several";
  if (!plan.source_ports.is_range()) return std::string(scan::kBulkTakesOneRange);
  return std::nullopt;
}

}  // namespace

struct LaneChoice::Candidate {
  const ScanRequest& request;
  const scan::Plan& plan;
  const scan::Egress& egress;
  LaneKind kind;
};

LaneChoice::LaneChoice(const ScanRequest& request, const scan::Plan& plan, const scan::Egress& egress) {
  lanes_ = std::max<size_t>(request.cpus.size(), 1);
  cpus_ = request.cpus;
  if (request.mode != Mode::kScan) {
    text_ = "offline";
    return;
  }
  if (request.lane == LaneKind::kAuto && is_slow(plan.rate)) return;
  for (const LaneKind kind : {LaneKind::kXdp, LaneKind::kAfXdp}) {
    if (request.lane != kind && request.lane != LaneKind::kAuto) continue;
    const Reason reason = why_not({request, plan, egress, kind});
    if (!reason) {
      kind_ = kind;
      return;
    }
    give_up();
    if (request.lane == kind) {
      refuse(fmt::format("the lane {} cannot be had: {}", lane_name(kind), *reason), "--lane",
             "leave --lane out, and the fastest that can be had is taken");
    }
    passed_over_.push_back(fmt::format("{}: {}", lane_name(kind), *reason));
  }
}

void LaneChoice::give_up() {
  link_ = SIZE_MAX;
  sender_.reset();
  receiver_.reset();
  lanes_ = std::max<size_t>(cpus_.size(), 1);
  sockets_.clear();
  catcher_.reset();
  keeps_kernel_out_ = false;
}

Reason LaneChoice::why_not(const Candidate& c) {
  if (Reason r = needs_every_frame(c.request)) return r;
  if (Reason r = beyond_the_driver(c.plan, c.egress)) return r;
  if (Reason r = find_link(c.egress)) return r;
  return c.kind == LaneKind::kXdp ? try_xdp(c) : try_af_xdp(c);
}

// The link with the widest stretch of destinations.
Reason LaneChoice::find_link(const scan::Egress& egress) {
  const scan::Egress::Stretch* widest = nullptr;
  const auto width = [](const scan::Egress::Stretch& s) { return s.last.v6_bits() - s.first.v6_bits(); };
  for (const auto& s : egress.stretches()) {
    if (egress.paths()[s.path].kind != host::LinkKind::kEthernet) continue;
    if (widest == nullptr || width(s) > width(*widest)) widest = &s;
  }
  if (widest == nullptr) return "it needs an Ethernet interface";
  link_ = egress.paths()[widest->path].link;
  return std::nullopt;
}

Reason LaneChoice::try_xdp(const Candidate& c) {
  const scan::Link& link = c.egress.links()[link_];
  const auto paths = c.egress.paths();
  const auto path = std::find_if(paths.begin(), paths.end(), [&](const auto& p) { return p.link == link_; });
  if (auto taken = xdp::SendProgram::probe(link.interface_index, path->source_mac); !taken) return taken.error();
  if (Reason r = attach(c, true)) return r;
  if (Reason r = open_sockets(c, false)) return r;
  auto sender = scan::KernelSender::make(c.plan, c.egress, static_cast<uint16_t>(link_),
                                         cpus_.empty() ? std::vector<int>{-1} : cpus_);
  if (!sender) return sender.error();
  sender_ = std::move(*sender);
  if (auto held = sender_->hold_when(catcher_->ring_fd(), kRingBytes / 2); !held) return held.error();
  // The CPUs are the senders'; one lane looks after all of them from any.
  const size_t senders = std::max<size_t>(cpus_.size(), 1);
  cpus_.clear();
  text_ = fmt::format("xdp on {}, {} sending {}, {}", link.name, senders, senders == 1 ? "core" : "cores",
                      catcher_->in_driver() ? "receiving in the driver" : "receiving before the network stack");
  return std::nullopt;
}

Reason LaneChoice::try_af_xdp(const Candidate& c) {
  if (Reason r = attach(c, false)) return r;
  if (Reason r = open_sockets(c, true)) return r;
  text_ = fmt::format("af_xdp on {}, {}, {}", c.egress.links()[link_].name, zero_copy_ ? "zero copy" : "copy mode",
                      catcher_->in_driver() ? "receiving in the driver" : "receiving before the network stack");
  return std::nullopt;
}

Reason LaneChoice::attach(const Candidate& c, bool judge) {
  const scan::Link& link = c.egress.links()[link_];
  xdp::CatchOptions o;
  for (const scan::Path& p : c.egress.paths()) {
    const bool known = std::find(o.ours.begin(), o.ours.end(), p.source) != o.ours.end();
    if (p.link == link_ && !known) o.ours.push_back(p.source);
  }
  o.vlan = c.plan.egress.vlan;
  o.first_port = c.plan.source_ports.first(), o.last_port = c.plan.source_ports.last();
  o.passes = c.plan.retries + 1;
  o.key = c.plan.key;
  o.tcp_tag = scan::cookie_tag(addr::Protocol::kTcp), o.echo_tag = scan::cookie_tag(addr::Protocol::kIcmpEcho);
  o.judge = judge;
  o.tcp = asks(c.plan.targets, addr::Protocol::kTcp), o.echo = asks(c.plan.targets, addr::Protocol::kIcmpEcho);
  o.reset = c.plan.reset;
  o.ttl = c.plan.shape.ttl;
  o.trust_checksums = host::driver_name(link.name) == "veth";
  o.ring_bytes = kRingBytes;
  auto program = xdp::CatchProgram::load(o);
  if (!program) return program.error();
  if (auto attached = program->attach(link.interface_index); !attached) return attached.error();
  catcher_ = std::make_unique<xdp::CatchProgram>(std::move(*program));
  if (judge) receiver_ = std::make_unique<scan::KernelReceiver>(*catcher_, o.ours);
  return std::nullopt;
}

// One socket a queue, dealt to the lanes in turn; a lane's first one sends, if they send.
Reason LaneChoice::open_sockets(const Candidate& c, bool send) {
  const scan::Link& link = c.egress.links()[link_];
  if (!send) lanes_ = 1;
  const host::DeviceQueues queues = host::device_queues(link.name);
  if (send && std::min(queues.receive, queues.send) < lanes_) {
    return fmt::format("{} has {} queues, and {} lanes want one each", link.name, std::min(queues.receive, queues.send),
                       lanes_);
  }
  sockets_.resize(lanes_);
  zero_copy_ = true;
  for (uint32_t q = 0; q < queues.receive; ++q) {
    pktio::XskOptions o{.interface_name = link.name, .queue = q};
    const bool sends = send && q < lanes_;
    if (!sends) o.send_frames = 64, o.burst = 64;
    auto port = pktio::XskPort::open(o);
    if (!port) return port.error();
    if (auto added = catcher_->add_socket(q, (*port)->socket_fd()); !added) return added.error();
    zero_copy_ = zero_copy_ && (*port)->zero_copy();
    SocketPorts& lane = sockets_[q % lanes_];
    lane.sends |= sends;
    lane.ports.push_back(std::move(*port));
  }
  keeps_kernel_out_ = c.egress.links().size() == 1;
  return std::nullopt;
}

LaneChoice::SocketPorts LaneChoice::take_ports(size_t lane) {
  return lane < sockets_.size() ? std::move(sockets_[lane]) : SocketPorts{};
}

}  // namespace portolan::cli
