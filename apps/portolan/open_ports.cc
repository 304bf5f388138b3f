// SPDX-License-Identifier: Apache-2.0
#include "portolan/open_ports.h"

#include <fmt/format.h>

#include <algorithm>

#include "pktio/null_port.h"
#include "pktio/packet_port.h"
#include "pktio/pcap_file.h"
#include "pktio/raw_ip_port.h"
#include "pktio/tracer_port.h"
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

pktio::KernelPortOptions options_for(const scan::Plan& plan, const scan::Egress& egress, size_t link) {
  const scan::Link& l = egress.links()[link];
  pktio::KernelPortOptions o;
  o.interface_index = l.interface_index;
  o.interface_name = l.name;
  o.filter.first_port = plan.source_ports.first;
  o.filter.last_port = plan.source_ports.last;
  o.filter.want_all_ip = asks_ip_protocols(plan.targets);
  for (const scan::Path& p : egress.paths()) {
    if (p.link != link) continue;
    const bool ethernet = p.kind == host::LinkKind::kEthernet;
    if (p.source.is_v4()) {
      o.filter.v4.push_back(p.source.v4_bits());
      o.filter.want_arp |= ethernet;
    } else {
      o.filter.v6.push_back(p.source.v6_bits());
      o.filter.want_ndp |= ethernet;
    }
    if (ethernet && plan.egress.source_mac) o.listen_macs.push_back(plan.egress.source_mac->bytes);
  }
  return o;
}

PortOrError open_kernel_port(host::LinkKind kind, const pktio::KernelPortOptions& options) {
  if (kind == host::LinkKind::kEthernet) return pktio::PacketPort::open(options);
  return pktio::RawIpPort::open(options);
}

}  // namespace

tl::expected<OpenPorts, std::string> open_ports(const ScanRequest& request, const scan::Plan& plan,
                                                const scan::Egress& egress) {
  OpenPorts out;
  for (size_t i = 0; i < egress.links().size(); ++i) {
    const scan::Link& link = egress.links()[i];
    const auto type = link.kind == host::LinkKind::kEthernet ? wire::LinkType::kEthernet : wire::LinkType::kRawIp;
    std::unique_ptr<pktio::Port> port;
    if (request.mode == Mode::kOffline) {
      port = std::make_unique<pktio::NullPort>(type);
    } else {
      auto opened = open_kernel_port(link.kind, options_for(plan, egress, i));
      if (!opened) return tl::unexpected(opened.error());
      port = std::move(*opened);
    }
    if (!request.pcap_path.empty()) {
      // Several links need several files: a capture has one link type.
      const std::string path =
          egress.links().size() == 1 ? request.pcap_path : fmt::format("{}.{}", request.pcap_path, link.name);
      auto file = pktio::PcapWriter::open(path, type);
      if (!file) return tl::unexpected(file.error());
      auto tee = std::make_unique<pktio::PcapTeePort>(std::move(port), std::move(*file), pktio::TeeWhat::kReceived);
      out.captures.push_back(tee.get());
      port = std::move(tee);
    }
    if (request.packet_trace) port = std::make_unique<pktio::TracerPort>(std::move(port), trace_to_stderr(type));
    out.ports.push_back(port.get());
    out.owned.push_back(std::move(port));
  }
  return out;
}

}  // namespace portolan::cli
