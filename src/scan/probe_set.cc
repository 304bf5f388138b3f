// SPDX-License-Identifier: Apache-2.0
#include "scan/probe_set.h"

#include <algorithm>

#include "scan/technique.h"

namespace portolan::scan {

wire::LinkShape ProbeSet::link_shape(const Path& path) {
  if (path.kind != host::LinkKind::kEthernet) return {wire::LinkType::kRawIp, {}, {}};
  return {wire::LinkType::kEthernet, path.source_mac, path.vlan};
}

namespace {

wire::IpShape ip_shape(const Plan& plan, const Path& path) {
  const addr::IpAddress none = path.source.is_v4() ? addr::IpAddress::v4(0) : addr::IpAddress();
  return {path.sources.is_one() ? path.source : none, plan.shape.ttl};
}

}  // namespace

ProbeSet::ProbeSet(const Plan& plan, const Egress& egress)
    : own_(plan.shape.own_payloads),
      kinds_(kOwnFirst + (own_ == nullptr ? 0 : own_->size())),
      probes_(egress.paths().size() * kinds_),
      only_(egress.paths().size()),
      resolution_(egress.paths().size()),
      reset_(egress.paths().size()) {
  for (size_t i = 0; i < egress.paths().size(); ++i) {
    const Path& path = egress.paths()[i];
    const wire::LinkShape link = link_shape(path);
    reset_[i] = wire::Template::tcp_rst(link, ip_shape(plan, path));
    const wire::IpShape ip{path.source, plan.shape.ttl};
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
  return same ? &*probes_[path * kinds_ + kind] : nullptr;
}

void ProbeSet::prepare(const Plan& plan, const Egress& egress, bool v4, const addr::ProtoPort& service) {
  const bool link_only = service.protocol == addr::Protocol::kArp || service.protocol == addr::Protocol::kNdp;
  asks_links_ |= link_only;
  for (size_t i = 0; i < egress.paths().size(); ++i) {
    const Path& path = egress.paths()[i];
    if (path.source.is_v4() != v4 || (link_only && path.kind != host::LinkKind::kEthernet)) continue;
    auto& place = probes_[i * kinds_ + kind_of(service)];
    if (place) continue;
    const wire::IpShape ip = link_only ? wire::IpShape{path.source, plan.shape.ttl} : ip_shape(plan, path);
    place = technique(service.protocol).probe(link_shape(path), ip, plan.shape, service.port);
  }
}

}  // namespace portolan::scan
