// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_set.h"

#include <algorithm>

#include "scan/technique.h"

namespace portolan::scan {

wire::LinkShape ProbeSet::link_shape(const Plan& plan, const Path& path) {
  if (path.kind != host::LinkKind::kEthernet) return {wire::LinkType::kRawIp, {}, {}};
  return {wire::LinkType::kEthernet, path.source_mac, plan.egress.vlan};
}

ProbeSet::ProbeSet(const Plan& plan, const Egress& egress)
    : probes_(egress.paths().size() * kKinds),
      only_(egress.paths().size()),
      resolution_(egress.paths().size()),
      reset_(egress.paths().size()) {
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
  for (size_t i = 0; i < egress.paths().size(); ++i) {
    const bool v4 = egress.paths()[i].source.is_v4();
    only_[i] = shared_by(i, v4 ? plan.targets.services_v4() : plan.targets.services_v6());
  }
}

const wire::Template* ProbeSet::shared_by(size_t path, std::span<const addr::ProtoPort> services) const {
  if (services.empty() || asks_links_) return nullptr;
  const size_t kind = kind_of(services[0]);
  const bool same = std::all_of(services.begin(), services.end(), [&](const auto& s) { return kind_of(s) == kind; });
  return same ? &*probes_[path * kKinds + kind] : nullptr;
}

void ProbeSet::prepare(const Plan& plan, const Egress& egress, bool v4, const addr::ProtoPort& service) {
  const bool link_only = service.protocol == addr::Protocol::kArp || service.protocol == addr::Protocol::kNdp;
  asks_links_ |= link_only;
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
