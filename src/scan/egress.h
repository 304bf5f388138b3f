// SPDX-License-Identifier: Apache-2.0
// Egress: by which way, from which address and to which link neighbour each target is reached.
//
// Made once from the host's Vantage and the user's overrides, then constant but for the routers' MAC addresses, which
// the lane fills in before the first probe. A destination that no path covers is a doubt about the input and refused
// here, before a frame leaves; the local broadcast addresses have no path on purpose and are skipped, and counted.
// A value; the lane's once the scan runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/column.h"
#include "host/vantage.h"
#include "scan/plan.h"

namespace portolan::scan {

// One way out. Targets that share interface, source and next hop share a path.
struct Path {
  uint16_t link = 0;  // index into the lane's ports and Egress::links()
  host::LinkKind kind = host::LinkKind::kEthernet;
  addr::IpAddress source;
  addr::MacAddress source_mac;
  std::optional<addr::IpAddress> router;     // to be resolved, once, before the scan
  std::optional<addr::MacAddress> next_hop;  // the router's MAC, when known; absent: each target is a neighbour
  uint32_t number = 0;                       // its place in Egress::paths()
  bool owns_source = true;  // false: the kernel does not know our address, so we answer ARP and NDP for it

  bool needs_neighbor() const { return kind == host::LinkKind::kEthernet && !router && !next_hop; }
  bool operator==(const Path&) const = default;
};

// One interface that the scan uses.
struct Link {
  int interface_index = 0;
  std::string name;
  host::LinkKind kind = host::LinkKind::kEthernet;
};

class Egress {
 public:
  // The error says which destinations cannot be reached and what to do.
  static tl::expected<Egress, std::string> make(const Plan& plan, const host::Vantage& vantage);

  // The path towards a target; nullptr: one to skip (or no target of the plan).
  const Path* find(const addr::IpAddress& destination) const {
    const Stretch& guess = stretches_[widest_[destination.is_v4() ? 0 : 1]];
    if (destination >= guess.first && destination <= guess.last) return &paths_[guess.path];
    return search(destination);
  }

  // The path of a burst of destinations of one family, if it is the same for all for the plainest reason: that they lie
  // in the widest stretch. nullptr says nothing. Columns as in addr::TargetColumns.
  const Path* find_all(addr::Family family, const base::Column& high, const base::Column& low, size_t count) const;

  std::span<const Path> paths() const { return paths_; }
  std::span<Path> paths() { return paths_; }
  std::span<const Link> links() const { return links_; }

  // Destinations [first, last] take one path.
  struct Stretch {
    addr::IpAddress first, last;
    uint32_t path = 0;
  };
  std::span<const Stretch> stretches() const { return stretches_; }  // ascending, disjoint

  // The path that speaks for an address of ours on a link, or nullptr: it is not ours (there).
  const Path* path_from(const addr::IpAddress& source, uint16_t link) const;

 private:
  const Path* search(const addr::IpAddress& destination) const;
  uint32_t path_number(Path path);
  uint16_t link_number(const host::Interface& i);
  void remember_widest();

  std::vector<Path> paths_;
  std::vector<Link> links_;
  std::vector<Stretch> stretches_;  // sorted, disjoint, never empty
  size_t widest_[2] = {0, 0};       // of each family: the first guess
};

}  // namespace portolan::scan
