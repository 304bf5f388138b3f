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

// Where it is said which destinations an adapter does not reach, and there are several.
std::string by_adapter(const EgressOverrides& o, const std::string& what) {
  return o.interface.empty() ? what : fmt::format("by {}: {}", o.interface, what);
}

std::string lacks_source(const host::Interface& i, bool v4) {
  return fmt::format("interface {} has no {} address: give it one, or name ours with --source-ip", i.name,
                     v4 ? "IPv4" : "IPv6");
}

// What the user forces in place of the kernel's tables: one interface, one router, for all of a family.
std::vector<host::Hop> forced_hops(const host::Interface& i, const EgressOverrides& o, bool want_v4, bool want_v6) {
  const auto source = [&](bool v4) {
    const Sources& given = v4 ? o.sources_v4 : o.sources_v6;
    if (!given.empty()) return given.first();
    for (const host::InterfaceAddress& a : i.addresses) {
      const bool link_local = !v4 && (a.address.hi() >> 54) == (0xfe80u >> 6);
      if (a.address.is_v4() == v4 && !link_local) return a.address;
    }
    return IpAddress();
  };
  std::vector<host::Hop> hops;
  if (want_v4) hops.push_back({IpAddress::v4(0), IpAddress::v4(~0u), i.index, source(true), o.router_v4});
  if (want_v6) hops.push_back({IpAddress::v6(0), IpAddress::v6(base::kU128Max), i.index, source(false), o.router_v6});
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

bool is_forced(const EgressOverrides& o, bool v4) {
  return v4 ? o.router_mac_v4 || o.router_v4 : o.router_mac_v6 || o.router_v6;
}

// The vantage, with what the user forces in it. The error says what is missing.
tl::expected<host::Vantage, std::string> forced(const Plan& plan, const EgressOverrides& o,
                                                const host::Vantage& vantage) {
  host::Vantage view = vantage;
  const bool v4 = is_forced(o, true), v6 = is_forced(o, false);
  if (!v4 && !v6) return view;
  const host::Interface* i = o.interface.empty() ? only_ethernet(vantage) : vantage.interface(o.interface);
  if (i == nullptr) {
    return tl::unexpected(
        std::string("--router-mac and --router-ip need to know which interface they are on: add -e INTERFACE"));
  }
  std::erase_if(view.hops, [&](const host::Hop& hop) { return hop.first.is_v4() ? v4 : v6; });
  const auto hops = forced_hops(*i, o, v4 && has_family(plan.targets, true), v6 && has_family(plan.targets, false));
  view.hops.insert(view.hops.end(), hops.begin(), hops.end());
  std::sort(view.hops.begin(), view.hops.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return view;
}

Path path_for(const EgressOverrides& o, const host::Hop& hop, const host::Interface& i) {
  const bool v4 = hop.first.is_v4();
  Path p;
  p.kind = i.kind;
  p.sources = v4 ? o.sources_v4 : o.sources_v6;
  if (p.sources.empty()) p.sources = Sources(hop.source);
  p.source = p.sources.first();
  p.source_mac = o.source_mac.value_or(i.mac);
  if (i.kind == host::LinkKind::kEthernet) {
    p.vlan = o.vlan;
    p.next_hop = v4 ? o.router_mac_v4 : o.router_mac_v6;
    if (!p.next_hop) p.router = hop.gateway;
  }
  return p;
}

// Why probes cannot leave from all of a path's sources; nullopt: they can. What the user names one by one may be
// anything; a range easily holds more than was meant.
std::optional<std::string> unfit_sources(const Path& p, const host::Interface& i) {
  if (p.sources.is_one() || p.kind != host::LinkKind::kEthernet) return std::nullopt;
  const auto refuse = [&](const IpAddress& a, std::string_view what) {
    return fmt::format("{} among the source addresses is {} of {}: leave it out of --source-ip", a.to_string(), what,
                       i.name);
  };
  for (const host::InterfaceAddress& own : i.addresses) {
    if (!own.address.is_v4() || own.prefix_length > 30) continue;
    const host::Stretch net = host::stretch_of_prefix(own.address, own.prefix_length);
    if (p.sources.contains(net.first)) return refuse(net.first, "the address of the network");
    if (p.sources.contains(net.last)) return refuse(net.last, "the broadcast address");
  }
  if (p.router && p.sources.contains(*p.router)) return refuse(*p.router, "the router");
  return std::nullopt;
}

}  // namespace

tl::expected<Egress::Reach, std::string> Egress::reach(const Plan& plan, const EgressOverrides& o,
                                                       const host::Vantage& vantage) {
  const auto view = forced(plan, o, vantage);
  if (!view) return tl::unexpected(view.error());
  if (const auto missing = uncovered(plan.targets, *view)) return tl::unexpected(no_route(*missing));

  Reach reached;
  for (const host::Hop& hop : view->hops) {
    const host::Interface* i = view->interface(hop.interface_index);
    const auto destination = next_destination(plan.targets, hop.first);
    if (i == nullptr || !destination || *destination > hop.last) continue;
    if (auto reason = unfit(plan, hop, *i)) return tl::unexpected(std::move(*reason));
    Path p = path_for(o, hop, *i);
    if (p.source == IpAddress() || p.source == IpAddress::v4(0))
      return tl::unexpected(lacks_source(*i, hop.first.is_v4()));
    if (auto reason = unfit_sources(p, *i)) return tl::unexpected(std::move(*reason));
    p.owns_source = p.kind == host::LinkKind::kLoopback ||
                    std::any_of(kernels_.begin(), kernels_.end(), [&](const auto& a) { return p.sources.contains(a); });
    is_plain_ &= p.sources.is_one();
    p.link = link_number(*i, o);
    reached.stretches.push_back({hop.first, hop.last, path_number(p)});
  }
  if (reached.stretches.empty()) {
    return tl::unexpected(std::string("no targets left to send to: all are local broadcast addresses"));
  }
  const auto& all = reached.stretches;
  const auto width = [&](size_t i) { return all[i].last.v6_bits() - all[i].first.v6_bits(); };
  for (size_t i = 0; i < all.size(); ++i) {
    size_t& best = reached.widest[all[i].first.is_v4() ? 0 : 1];
    if (all[best].first.is_v4() != all[i].first.is_v4() || width(i) > width(best)) best = i;
  }
  return reached;
}

tl::expected<Egress, std::string> Egress::make(const Plan& plan, std::span<const host::Vantage> vantages) {
  Egress e;
  e.key_ = plan.key;
  base::sip_begin(&e.draw_start_, plan.key.k0, plan.key.k1);
  for (const host::Interface& i : vantages[0].interfaces) {
    for (const host::InterfaceAddress& a : i.addresses) e.kernels_.push_back(a.address);
  }
  std::sort(e.kernels_.begin(), e.kernels_.end());
  for (size_t i = 0; i <= plan.further_adapters.size(); ++i) {
    const EgressOverrides& o = i == 0 ? plan.egress : plan.further_adapters[i - 1];
    auto reached = e.reach(plan, o, vantages[i]);
    if (!reached) {
      return tl::unexpected(plan.further_adapters.empty() ? reached.error() : by_adapter(o, reached.error()));
    }
    if (i == 0) {
      e.first_ = std::move(*reached);
    } else {
      e.further_.push_back(std::move(*reached));
      e.is_plain_ = false;
    }
  }
  return e;
}

// The number is the hash of a cookie that no probe has, as it would leave from no address: it tells nothing of those
// that are sent.
Origin Egress::draw_origin(const addr::Target& t) const {
  const uint64_t service = wire::cookie_service(t.service.port, static_cast<uint8_t>(t.service.protocol));
  const uint64_t number = t.address.is_v4()
                              ? wire::cookie_hash_v4(&draw_start_, 0, t.address.v4_bits(), service)
                              : wire::cookie_hash_v6(&draw_start_, 0, 0, t.address.hi(), t.address.lo(), service);
  const base::u128 product = base::u128{number} * (further_.size() + 1);
  const auto adapter = static_cast<size_t>(product >> 64);
  const Path* path = path_by(adapter == 0 ? first_ : further_[adapter - 1], t.address);
  if (path == nullptr) return {};
  const bool link_scan = t.service.protocol == addr::Protocol::kArp || t.service.protocol == addr::Protocol::kNdp;
  return {path, link_scan ? path->source : path->sources.pick(base::lo64(product))};
}

void Egress::draw_sources(const Path& path, const wire::CookieColumns& targets, std::span<addr::IpAddress> out) const {
  base::Column numbers{};
  const IpAddress nobody = path.source.is_v4() ? IpAddress::v4(0) : IpAddress();
  wire::cookie_columns(key_, nobody, targets, out.size(), numbers);
  for (size_t i = 0; i < out.size(); ++i) out[i] = path.sources.pick(numbers[i]);
}

uint16_t Egress::link_number(const host::Interface& i, const EgressOverrides& o) {
  const auto it =
      std::find_if(links_.begin(), links_.end(), [&](const Link& l) { return l.interface_index == i.index; });
  const auto number = static_cast<uint16_t>(it - links_.begin());
  if (it != links_.end()) return number;
  const bool ethernet = i.kind == host::LinkKind::kEthernet;
  links_.push_back({i.index, i.name, i.kind, ethernet ? o.vlan : std::nullopt, ethernet ? o.source_mac : std::nullopt});
  return number;
}

uint32_t Egress::path_number(Path path) {
  for (path.number = 0; path.number < paths_.size(); ++path.number) {
    if (paths_[path.number] == path) return path.number;
  }
  paths_.push_back(path);
  return path.number;
}

const Path* Egress::search(const Reach& reach, const addr::IpAddress& destination) const {
  const auto it = std::upper_bound(reach.stretches.begin(), reach.stretches.end(), destination,
                                   [](const IpAddress& d, const Stretch& s) { return d < s.first; });
  if (it == reach.stretches.begin() || destination > std::prev(it)->last) return nullptr;
  return &paths_[std::prev(it)->path];
}

const Path* Egress::find_all(addr::Family family, const base::Column& high, const base::Column& low,
                             size_t count) const {
  const bool v4 = family == addr::Family::kIpv4;
  const Stretch& guess = first_.stretches[first_.widest[v4 ? 0 : 1]];
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

const Path* Egress::path_from(const addr::IpAddress& source, uint16_t link) const {
  const auto it = std::find_if(paths_.begin(), paths_.end(),
                               [&](const Path& p) { return p.link == link && p.sources.contains(source); });
  return it == paths_.end() ? nullptr : &*it;
}

bool Egress::is_kernels(const Path& path, const addr::IpAddress& source) const {
  return path.kind == host::LinkKind::kLoopback || std::binary_search(kernels_.begin(), kernels_.end(), source);
}

}  // namespace portolan::scan
