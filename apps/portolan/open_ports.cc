// SPDX-License-Identifier: Apache-2.0
#include "portolan/open_ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "pktio/joined_port.h"
#include "pktio/null_port.h"
#include "pktio/packet_port.h"
#include "pktio/pcap_file.h"
#include "pktio/raw_ip_port.h"
#include "pktio/tracer_port.h"
#include "portolan/cpus.h"
#include "portolan/packet_trace.h"

namespace portolan::cli {
namespace {

using PortOrError = tl::expected<std::unique_ptr<pktio::Port>, std::string>;

bool asks_ip_protocols(const addr::TargetSet& targets) {
  const auto is_ip = [](const addr::ProtoPort& s) { return s.protocol == addr::Protocol::kIp; };
  const auto in = [&](std::span<const addr::ProtoPort> services) {
    return std::any_of(services.begin(), services.end(), is_ip);
  };
  return in(targets.services_v4()) || in(targets.services_v6());
}

// What arrives is shared by the lanes, so each needs but a part of the room.
pktio::RingSize ring_of_one(uint32_t lanes) {
  constexpr uint32_t kLeastBlocks = 16;
  pktio::RingSize ring;
  ring.blocks = std::max(ring.blocks / lanes, kLeastBlocks);
  return ring;
}

pktio::KernelPortOptions options_for(const scan::Plan& plan, const scan::Egress& egress, size_t link, uint32_t lanes) {
  const scan::Link& l = egress.links()[link];
  pktio::KernelPortOptions o;
  o.interface_index = l.interface_index;
  o.interface_name = l.name;
  o.filter.first_port = plan.source_ports.first();
  o.filter.last_port = plan.source_ports.last();
  if (!plan.source_ports.is_range()) {
    for (const auto& r : plan.source_ports.ranges()) o.filter.port_ranges.emplace_back(r.first, r.last);
  }
  o.filter.want_all_ip = asks_ip_protocols(plan.targets);
  o.ring = ring_of_one(lanes);
  if (lanes > 1) {
    o.fanout = pktio::Fanout{.count = static_cast<uint16_t>(lanes),
                             .first_port = plan.source_ports.first(),
                             .last_port = plan.source_ports.last()};
    const scan::PortSlices slices(plan.source_ports, lanes);
    for (uint32_t lane = 1; lane < lanes && !plan.source_ports.is_range(); ++lane) {
      o.fanout->begins.push_back(slices.slice(lane).first());
    }
  }
  if (l.source_mac) o.listen_macs.push_back(l.source_mac->bytes);
  // One more than a filter looks at says as much as all of them.
  constexpr size_t kMost = pktio::ReceiveFilter::kMostAddresses + 1;
  for (const scan::Path& p : egress.paths()) {
    if (p.link != link) continue;
    const bool ethernet = p.kind == host::LinkKind::kEthernet;
    if (p.source.is_v4()) {
      for (const auto& a : p.sources.least(kMost)) o.filter.v4.push_back(a.v4_bits());
      o.filter.want_arp |= ethernet;
    } else {
      for (const auto& a : p.sources.least(kMost)) o.filter.v6.push_back(a.v6_bits());
      o.filter.want_ndp |= ethernet;
    }
  }
  return o;
}

// The first port of a link makes the group that the others join: `options` is for the next one then.
template <class KernelPort>
PortOrError open_member(pktio::KernelPortOptions& options) {
  auto port = KernelPort::open(options);
  if (!port) return tl::unexpected(port.error());
  if (options.fanout) {
    options.fanout->group = (*port)->fanout_group();
    ++options.fanout->member;
  }
  return std::move(*port);
}

// What an XDP program takes out comes by AF_XDP, what it leaves by the packet port.
PortOrError join(std::unique_ptr<pktio::Port> packet, LaneChoice::SocketPorts sockets) {
  if (sockets.ports.empty()) return packet;
  const auto place = sockets.sends ? sockets.ports.end() : sockets.ports.begin();
  sockets.ports.insert(place, std::move(packet));
  auto joined = pktio::JoinedPort::join(std::move(sockets.ports));
  if (!joined) return tl::unexpected(joined.error());
  return std::move(*joined);
}

class Opening {
 public:
  Opening(const ScanRequest& request, const scan::Plan& plan, const scan::Egress& egress, LaneChoice& choice)
      : request_(request), plan_(plan), egress_(egress), choice_(choice), lanes_(choice.lanes()) {
    out_.ports.resize(lanes_);
  }

  tl::expected<void, std::string> open_link(size_t number);
  OpenPorts take() { return std::move(out_); }

 private:
  PortOrError open_one(size_t number, size_t lane, pktio::KernelPortOptions& options) const;
  tl::expected<std::shared_ptr<pktio::Capture>, std::string> open_capture(const scan::Link& link) const;
  static wire::LinkType type_of(const scan::Link& link) {
    return link.kind == host::LinkKind::kEthernet ? wire::LinkType::kEthernet : wire::LinkType::kRawIp;
  }

  const ScanRequest& request_;
  const scan::Plan& plan_;
  const scan::Egress& egress_;
  LaneChoice& choice_;
  size_t lanes_;
  OpenPorts out_;
};

PortOrError Opening::open_one(size_t number, size_t lane, pktio::KernelPortOptions& options) const {
  const scan::Link& link = egress_.links()[number];
  if (request_.mode == Mode::kOffline) return std::make_unique<pktio::NullPort>(type_of(link));
  PortOrError port;
  const auto open = [&] {
    port = type_of(link) == wire::LinkType::kEthernet ? open_member<pktio::PacketPort>(options)
                                                      : open_member<pktio::RawIpPort>(options);
  };
  if (const int cpu = choice_.cpu_of(lane); cpu >= 0) {
    run_on_cpu(cpu, open);
  } else {
    open();
  }
  if (!port || number != choice_.link()) return port;
  return join(std::move(*port), choice_.take_ports(lane));
}

tl::expected<std::shared_ptr<pktio::Capture>, std::string> Opening::open_capture(const scan::Link& link) const {
  // Several links need several files: a capture has one link type.
  const std::string path =
      egress_.links().size() == 1 ? request_.pcap_path : fmt::format("{}.{}", request_.pcap_path, link.name);
  auto file = pktio::PcapWriter::open(path, type_of(link));
  if (!file) return tl::unexpected(file.error());
  return std::make_shared<pktio::Capture>(std::move(*file));
}

tl::expected<void, std::string> Opening::open_link(size_t number) {
  const scan::Link& link = egress_.links()[number];
  if (!request_.pcap_path.empty()) {
    auto capture = open_capture(link);
    if (!capture) return tl::unexpected(capture.error());
    out_.captures.push_back(std::move(*capture));
  }
  pktio::KernelPortOptions options = options_for(plan_, egress_, number, static_cast<uint32_t>(lanes_));
  for (size_t lane = 0; lane < lanes_; ++lane) {
    auto opened = open_one(number, lane, options);
    if (!opened) return tl::unexpected(opened.error());
    std::unique_ptr<pktio::Port> port = std::move(*opened);
    if (!request_.pcap_path.empty()) {
      port = std::make_unique<pktio::PcapTeePort>(std::move(port), out_.captures.back(), pktio::TeeWhat::kReceived);
    }
    if (request_.packet_trace) {
      port = std::make_unique<pktio::TracerPort>(std::move(port), trace_to_stderr(type_of(link)));
    }
    out_.ports[lane].push_back(port.get());
    out_.owned.push_back(std::move(port));
  }
  return {};
}

}  // namespace

tl::expected<OpenPorts, std::string> open_ports(const ScanRequest& request, const scan::Plan& plan,
                                                const scan::Egress& egress, LaneChoice& choice) {
  Opening opening(request, plan, egress, choice);
  for (size_t link = 0; link < egress.links().size(); ++link) {
    if (auto opened = opening.open_link(link); !opened) return tl::unexpected(opened.error());
  }
  return opening.take();
}

}  // namespace portolan::cli
