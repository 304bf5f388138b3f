// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_set.h"

#include "scan/technique.h"

namespace portolan::scan {

wire::LinkShape ProbeSet::link_shape(const Plan& plan, const Path& path) {
  if (path.kind != host::LinkKind::kEthernet) return {wire::LinkType::kRawIp, {}, {}};
  return {wire::LinkType::kEthernet, path.source_mac, plan.egress.vlan};
}

ProbeSet::ProbeSet(const Plan& plan, const Egress& egress)
    : probes_(egress.paths().size() * kKinds), resolution_(egress.paths().size()), reset_(egress.paths().size()) {
  for (size_t i = 0; i < egress.paths().size(); ++i) {
    const Path& path = egress.paths()[i];
    const wire::LinkShape link = link_shape(plan, path);
    const wire::IpShape ip{path.source, plan.shape.ttl};
    reset_[i] = wire::Template::tcp_rst(link, ip);
    if (path.kind != host::LinkKind::kEthernet) continue;
    resolution_[i] =
        path.source.is_v4() ? wire::Template::arp_request(link, ip) : wire::Template::neighbor_solicitation(link, ip);
  }
  for (const auto& s : plan.targets.services_v4()) prepare(plan, egress, true, s);
  for (const auto& s : plan.targets.services_v6()) prepare(plan, egress, false, s);
  for (const auto& t : plan.targets.pairs()) prepare(plan, egress, t.address.is_v4(), t.service);
}

void ProbeSet::prepare(const Plan& plan, const Egress& egress, bool v4, const addr::ProtoPort& service) {
  const bool link_only = service.protocol == addr::Protocol::kArp || service.protocol == addr::Protocol::kNdp;
  for (size_t i = 0; i < egress.paths().size(); ++i) {
    const Path& path = egress.paths()[i];
    if (path.source.is_v4() != v4 || (link_only && path.kind != host::LinkKind::kEthernet)) continue;
    auto& place = probes_[i * kKinds + kind_of(service)];
    if (place) continue;
    place = technique(service.protocol)
                .probe(link_shape(plan, path), {path.source, plan.shape.ttl}, plan.shape, service.port);
  }
}

}  // namespace portolan::scan
