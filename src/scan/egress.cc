// SPDX-License-Identifier: Apache-2.0
#include "scan/egress.h"

#include <algorithm>

#include <fmt/format.h>

#include "host/stretches.h"
#include "scan/destinations.h"

namespace portolan::scan {
namespace {

using addr::IpAddress;

template <class T>
bool holds(const std::vector<T>& sorted, const T& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

// The first destination that no hop covers and that is no local broadcast address.
std::optional<IpAddress> uncovered(const addr::TargetSet& targets, const host::Vantage& vantage) {
  auto from = std::optional<IpAddress>(IpAddress());
  while (from) {
    const auto a = next_destination(targets, *from);
    if (!a) return std::nullopt;
    const host::Hop* hop = vantage.hop(*a);
    if (hop == nullptr && !holds(vantage.broadcasts, *a)) return a;
    from = host::successor(hop == nullptr ? *a : hop->last);
  }
  return std::nullopt;
}

std::string no_route(const IpAddress& a) {
  return fmt::format("no route to {}: add a route, name the interface and router (-e, --router-mac), or leave it out",
                     a.to_string());
}

// ARP and neighbor discovery do not cross a router.
bool asks_link(std::span<const addr::ProtoPort> services) {
  return std::any_of(services.begin(), services.end(), [](const addr::ProtoPort& s) {
    return s.protocol == addr::Protocol::kArp || s.protocol == addr::Protocol::kNdp;
  });
}

std::string not_on_link(const host::Hop& hop, const host::Interface& i) {
  return fmt::format("an ARP or NDP scan reaches the local link only, and {} is {}: leave it out, or leave out --arp",
                     hop.first.to_string(),
                     hop.gateway ? fmt::format("behind the router {}", hop.gateway->to_string())
                                 : fmt::format("reached by {}, which has no link addresses", i.name));
}

// The first loopback address among the destinations of a hop.
std::optional<IpAddress> loopback_in(const addr::TargetSet& targets, const host::Hop& hop) {
  const auto in = [&](const IpAddress& first, const IpAddress& last) -> std::optional<IpAddress> {
    const auto a = next_destination(targets, std::max(first, hop.first));
    return a && *a <= std::min(last, hop.last) ? a : std::nullopt;
  };
  if (const auto v4 = in(IpAddress::v4(0x7f000000), IpAddress::v4(0x7fffffff))) return v4;
  return in(IpAddress::v6(1), IpAddress::v6(1));
}

std::string lacks_source(const host::Interface& i, bool v4) {
  return fmt::format("interface {} has no {} address: give it one, or name ours with --source-ip", i.name,
                     v4 ? "IPv4" : "IPv6");
}

// What the user forces in place of the kernel's tables: one interface, one router, for everything.
std::vector<host::Hop> forced_hops(const host::Interface& i, const EgressOverrides& o, bool want_v4, bool want_v6) {
  const auto source = [&](bool v4) {
    const auto& given = v4 ? o.source_v4 : o.source_v6;
    if (given) return *given;
    for (const host::InterfaceAddress& a : i.addresses) {
      const bool link_local = !v4 && (a.address.hi() >> 54) == (0xfe80u >> 6);
      if (a.address.is_v4() == v4 && !link_local) return a.address;
    }
    return IpAddress();
  };
  std::vector<host::Hop> hops;
  if (want_v4) hops.push_back({IpAddress::v4(0), IpAddress::v4(~0u), i.index, source(true), {}});
  if (want_v6) hops.push_back({IpAddress::v6(0), IpAddress::v6(base::kU128Max), i.index, source(false), {}});
  // IPv4-mapped addresses stand inside the IPv6 range, so IPv6 is two stretches around them.
  if (want_v6) {
    hops.back().last = IpAddress::v6(IpAddress::v4(0).v6_bits() - 1);
    hops.push_back(hops.back());
    hops.back().first = IpAddress::v6(IpAddress::v4(~0u).v6_bits() + 1);
    hops.back().last = IpAddress::v6(base::kU128Max);
  }
  std::sort(hops.begin(), hops.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return hops;
}

bool has_family(const addr::TargetSet& targets, bool v4) {
  const auto pairs = targets.pairs();
  return !(v4 ? targets.v4().empty() : targets.v6().empty()) ||
         std::any_of(pairs.begin(), pairs.end(), [&](const addr::Target& t) { return t.address.is_v4() == v4; });
}

// Why targets may not be sent to by this hop; nullopt: they may.
std::optional<std::string> unfit(const Plan& plan, const host::Hop& hop, const host::Interface& i) {
  const auto services = hop.first.is_v4() ? plan.targets.services_v4() : plan.targets.services_v6();
  if (i.kind == host::LinkKind::kLoopback) return std::nullopt;  // ARP and NDP of ourselves are skipped by the sender
  if ((i.kind != host::LinkKind::kEthernet || hop.gateway) && asks_link(services)) return not_on_link(hop, i);
  if (const auto loopback = loopback_in(plan.targets, hop)) {
    return fmt::format("{} is this machine itself and is never sent over {}: leave out -e and --router-mac",
                       loopback->to_string(), i.name);
  }
  return std::nullopt;
}

// The machine's one Ethernet interface that is up and has an address; nullptr when there is none or a choice.
const host::Interface* only_ethernet(const host::Vantage& vantage) {
  const host::Interface* only = nullptr;
  for (const host::Interface& i : vantage.interfaces) {
    if (i.kind != host::LinkKind::kEthernet || !i.up || i.addresses.empty()) continue;
    if (only != nullptr) return nullptr;
    only = &i;
  }
  return only;
}

bool kernel_has(const host::Vantage& vantage, const IpAddress& a) {
  return std::any_of(vantage.interfaces.begin(), vantage.interfaces.end(), [&](const host::Interface& i) {
    return std::any_of(i.addresses.begin(), i.addresses.end(), [&](const auto& own) { return own.address == a; });
  });
}

Path path_by(const EgressOverrides& o, const host::Vantage& vantage, const host::Hop& hop, const host::Interface& i) {
  const bool v4 = hop.first.is_v4();
  Path p;
  p.kind = i.kind;
  p.source = (v4 ? o.source_v4 : o.source_v6).value_or(hop.source);
  p.owns_source = i.kind == host::LinkKind::kLoopback || kernel_has(vantage, p.source);
  p.source_mac = o.source_mac.value_or(i.mac);
  if (i.kind == host::LinkKind::kEthernet) {
    p.next_hop = v4 ? o.router_mac_v4 : o.router_mac_v6;
    if (!p.next_hop) p.router = hop.gateway;
  }
  return p;
}

}  // namespace

tl::expected<Egress, std::string> Egress::make(const Plan& plan, const host::Vantage& vantage) {
  const EgressOverrides& o = plan.egress;
  host::Vantage view = vantage;
  const bool forced = o.router_mac_v4 || o.router_mac_v6;
  if (forced) {
    const host::Interface* i = o.interface.empty() ? only_ethernet(vantage) : vantage.interface(o.interface);
    if (i == nullptr) {
      return tl::unexpected(std::string("--router-mac needs to know which interface it is on: add -e INTERFACE"));
    }
    view.hops = forced_hops(*i, o, has_family(plan.targets, true), has_family(plan.targets, false));
  }

  if (const auto missing = uncovered(plan.targets, view)) return tl::unexpected(no_route(*missing));

  Egress e;
  for (const host::Hop& hop : view.hops) {
    const host::Interface* i = view.interface(hop.interface_index);
    const auto destination = next_destination(plan.targets, hop.first);
    if (i == nullptr || !destination || *destination > hop.last) continue;
    if (auto reason = unfit(plan, hop, *i)) return tl::unexpected(std::move(*reason));
    Path p = path_by(plan.egress, view, hop, *i);
    if (p.source == IpAddress()) return tl::unexpected(lacks_source(*i, hop.first.is_v4()));
    p.link = e.link_number(*i);
    e.stretches_.push_back({hop.first, hop.last, e.path_number(p)});
  }
  if (e.stretches_.empty()) {
    return tl::unexpected(std::string("no targets left to send to: all are local broadcast addresses"));
  }
  e.remember_widest();
  return e;
}

uint16_t Egress::link_number(const host::Interface& i) {
  const auto it =
      std::find_if(links_.begin(), links_.end(), [&](const Link& l) { return l.interface_index == i.index; });
  const auto number = static_cast<uint16_t>(it - links_.begin());
  if (it == links_.end()) links_.push_back({i.index, i.name, i.kind});
  return number;
}

uint32_t Egress::path_number(Path path) {
  for (path.number = 0; path.number < paths_.size(); ++path.number) {
    if (paths_[path.number] == path) return path.number;
  }
  paths_.push_back(path);
  return path.number;
}

const Path* Egress::search(const addr::IpAddress& destination) const {
  const auto it = std::upper_bound(stretches_.begin(), stretches_.end(), destination,
                                   [](const IpAddress& d, const Stretch& s) { return d < s.first; });
  if (it == stretches_.begin() || destination > std::prev(it)->last) return nullptr;
  return &paths_[std::prev(it)->path];
}

const Path* Egress::find_all(addr::Family family, const base::Column& high, const base::Column& low,
                             size_t count) const {
  const bool v4 = family == addr::Family::kIpv4;
  const Stretch& guess = stretches_[widest_[v4 ? 0 : 1]];
  if (guess.first.is_v4() != v4) return nullptr;
  uint64_t outside = 0;
  if (v4) {  // of numbers so small a difference has its first bit set only if it is below zero
    const uint64_t first = guess.first.v4_bits(), last = guess.last.v4_bits();
    for (size_t i = 0; i < count; ++i) outside |= (low[i] - first) | (last - low[i]);
    outside >>= 63;
  } else {
    const base::u128 first = guess.first.v6_bits(), last = guess.last.v6_bits();
    for (size_t i = 0; i < count; ++i) {
      const base::u128 address = base::make_u128(high[i], low[i]);
      outside |= static_cast<uint64_t>(address < first) | static_cast<uint64_t>(address > last);
    }
  }
  return outside == 0 ? &paths_[guess.path] : nullptr;
}

void Egress::remember_widest() {
  const auto width = [&](size_t i) { return stretches_[i].last.v6_bits() - stretches_[i].first.v6_bits(); };
  for (size_t i = 0; i < stretches_.size(); ++i) {
    size_t& best = widest_[stretches_[i].first.is_v4() ? 0 : 1];
    if (stretches_[best].first.is_v4() != stretches_[i].first.is_v4() || width(i) > width(best)) best = i;
  }
}

const Path* Egress::path_from(const addr::IpAddress& source, uint16_t link) const {
  const auto it =
      std::find_if(paths_.begin(), paths_.end(), [&](const Path& p) { return p.source == source && p.link == link; });
  return it == paths_.end() ? nullptr : &*it;
}

}  // namespace portolan::scan
