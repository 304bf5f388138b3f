// SPDX-License-Identifier: Apache-2.0
// Egress: by which way, from which address and to which link neighbour each target is reached.
//
// Where there are several adapters, or several addresses of ours, origin() draws among them for each target: evenly,
// and by the key alone, so that an answer can be held against it and nobody else can tell.
// Made once from the host's Vantage (one for each adapter) and the user's overrides, then constant but for the routers'
// MAC addresses, which the lane fills in before the first probe. A destination that no path covers is a doubt about the
// input and refused here, before a frame leaves; the local broadcast addresses have no path on purpose and are skipped,
// and counted. A value; the lane's once the scan runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/target.h"
#include "base/column.h"
#include "base/siphash.h"
#include "host/vantage.h"
#include "scan/plan.h"
#include "wire/cookie.h"

namespace portolan::scan {

// One way out. Targets that share interface, sources and next hop share a path.
struct Path {
  uint16_t link = 0;  // index into the lane's ports and Egress::links()
  host::LinkKind kind = host::LinkKind::kEthernet;
  addr::IpAddress source;  // the first of `sources`: it asks ARP and NDP
  Sources sources;
  addr::MacAddress source_mac;
  std::optional<uint16_t> vlan;
  std::optional<addr::IpAddress> router;     // to be resolved, once, before the scan
  std::optional<addr::MacAddress> next_hop;  // the router's MAC, when known; absent: each target is a neighbour
  uint32_t number = 0;                       // its place in Egress::paths()
  bool owns_source = true;  // the kernel has one of `sources` too; for the others we answer ARP and NDP

  bool needs_neighbor() const { return kind == host::LinkKind::kEthernet && !router && !next_hop; }
  bool operator==(const Path&) const = default;
};

// One interface that the scan uses.
struct Link {
  int interface_index = 0;
  std::string name;
  host::LinkKind kind = host::LinkKind::kEthernet;
  std::optional<uint16_t> vlan;                // of all frames on it
  std::optional<addr::MacAddress> source_mac;  // in place of the interface's own
};

// Who asks a target.
struct Origin {
  const Path* path = nullptr;  // nullptr: nobody, it is to be skipped
  addr::IpAddress source;      // one of the path's
};

class Egress {
 public:
  // The error says which destinations cannot be reached, or which of our addresses cannot be sent from, and what to do.
  static tl::expected<Egress, std::string> make(const Plan& plan, const host::Vantage& vantage) {
    return make(plan, std::span(&vantage, 1));
  }
  // REQUIRES: a vantage for plan.egress, then one for each of plan.further_adapters.
  static tl::expected<Egress, std::string> make(const Plan& plan, std::span<const host::Vantage> vantages);

  // One adapter, and on each path one source: then the way follows from the destination alone, and find() tells it.
  bool is_plain() const { return is_plain_; }

  size_t adapters() const { return 1 + further_.size(); }

  // A pure function of key and target.
  Origin origin(const addr::Target& t) const {
    if (!is_plain_) return draw_origin(t);
    const Path* path = find(t.address);
    return {path, path == nullptr ? addr::IpAddress() : path->source};
  }

  // The path towards a target by the first adapter; nullptr: one to skip (or no target of the plan).
  const Path* find(const addr::IpAddress& destination) const { return path_by(first_, destination); }

  // As find(), for a burst of destinations of one family, if it is the same for all for the plainest reason: that they
  // lie in the widest stretch. nullptr says nothing. Columns as in addr::TargetColumns.
  const Path* find_all(addr::Family family, const base::Column& high, const base::Column& low, size_t count) const;

  // The sources of origin(), for targets in columns whose path is this one. REQUIRES: one adapter, no link scans.
  void draw_sources(const Path& path, const wire::CookieColumns& targets, std::span<addr::IpAddress> out) const;

  std::span<const Path> paths() const { return paths_; }
  std::span<Path> paths() { return paths_; }
  std::span<const Link> links() const { return links_; }

  // Destinations [first, last] take one path.
  struct Stretch {
    addr::IpAddress first, last;
    uint32_t path = 0;
  };
  // Of the first adapter: ascending, disjoint.
  std::span<const Stretch> stretches() const { return first_.stretches; }

  // The path that speaks for an address of ours on a link, or nullptr: it is not ours (there).
  const Path* path_from(const addr::IpAddress& source, uint16_t link) const;
  // Whether the kernel answers ARP and NDP for it. REQUIRES: one of the path's sources.
  bool is_kernels(const Path& path, const addr::IpAddress& source) const;

 private:
  // What one adapter reaches.
  struct Reach {
    std::vector<Stretch> stretches;  // sorted, disjoint, never empty
    size_t widest[2] = {0, 0};       // of each family: the first guess
  };

  tl::expected<Reach, std::string> reach(const Plan& plan, const EgressOverrides& o, const host::Vantage& vantage);
  const Path* path_by(const Reach& reach, const addr::IpAddress& destination) const {
    const Stretch& guess = reach.stretches[reach.widest[destination.is_v4() ? 0 : 1]];
    if (destination >= guess.first && destination <= guess.last) return &paths_[guess.path];
    return search(reach, destination);
  }
  const Path* search(const Reach& reach, const addr::IpAddress& destination) const;
  Origin draw_origin(const addr::Target& t) const;
  uint32_t path_number(Path path);
  uint16_t link_number(const host::Interface& i, const EgressOverrides& o);

  std::vector<Path> paths_;
  std::vector<Link> links_;
  Reach first_;
  std::vector<Reach> further_;
  bool is_plain_ = true;
  std::vector<addr::IpAddress> kernels_;  // addresses of this machine, sorted
  base::SipKey key_;
  base::SipState draw_start_{};  // SipHash with the key, before its first word
};

}  // namespace portolan::scan
