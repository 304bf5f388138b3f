// SPDX-License-Identifier: Apache-2.0
#include "host/stretches.h"

#include <algorithm>

namespace portolan::host {
namespace {

using addr::IpAddress;
using base::u128;

constexpr IpAddress kFirstV4 = IpAddress::v4(0);
constexpr IpAddress kLastV4 = IpAddress::v4(0xffffffff);

}  // namespace

std::optional<IpAddress> successor(const IpAddress& a) {
  if (a.v6_bits() == base::kU128Max) return std::nullopt;
  return IpAddress::v6(a.v6_bits() + 1);  // IPv4 lies in there as its mapped form
}

Stretch stretch_of_prefix(const IpAddress& address, uint8_t prefix_length) {
  const int bits = address.is_v4() ? prefix_length + 96 : prefix_length;
  const u128 host = bits == 128 ? 0 : base::kU128Max >> bits;
  return {.first = IpAddress::v6(address.v6_bits() & ~host), .last = IpAddress::v6(address.v6_bits() | host)};
}

NextDestination next_in(std::span<const Stretch> destinations) {
  return [destinations](const IpAddress& at_least) -> std::optional<IpAddress> {
    const auto it = std::lower_bound(destinations.begin(), destinations.end(), at_least,
                                     [](const Stretch& s, const IpAddress& a) { return s.last < a; });
    if (it == destinations.end()) return std::nullopt;
    return std::max(it->first, at_least);
  };
}

std::vector<Stretch> cut(const NextDestination& next, std::span<const Stretch> prefixes) {
  std::vector<IpAddress> ends = {IpAddress::v6(kFirstV4.v6_bits() - 1), kLastV4, IpAddress::v6(base::kU128Max)};
  for (const Stretch& p : prefixes) {
    if (p.first.v6_bits() != 0) ends.push_back(IpAddress::v6(p.first.v6_bits() - 1));
    ends.push_back(p.last);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());

  std::vector<Stretch> pieces;
  std::optional<IpAddress> destination = next(IpAddress());
  while (destination) {
    const IpAddress end = *std::lower_bound(ends.begin(), ends.end(), *destination);
    pieces.push_back({.first = *destination, .last = end});
    const std::optional<IpAddress> after = successor(end);
    destination = after ? next(*after) : std::nullopt;
  }
  return pieces;
}

void append_merged(std::vector<Hop>& hops, const Hop& hop) {
  if (!hops.empty()) {
    Hop& last = hops.back();
    const bool same = last.interface_index == hop.interface_index && last.source == hop.source &&
                      last.gateway == hop.gateway && last.first.family() == hop.first.family();
    if (same && successor(last.last) == hop.first) {
      last.last = hop.last;
      return;
    }
  }
  hops.push_back(hop);
}

}  // namespace portolan::host
