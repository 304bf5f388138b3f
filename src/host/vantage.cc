// SPDX-License-Identifier: Apache-2.0
#include "host/vantage.h"

#include <algorithm>

namespace portolan::host {
namespace {

template <class Predicate>
const Interface* find_if(const std::vector<Interface>& interfaces, Predicate fits) {
  const auto it = std::find_if(interfaces.begin(), interfaces.end(), fits);
  return it == interfaces.end() ? nullptr : &*it;
}

}  // namespace

const Interface* Vantage::interface(int index) const {
  return find_if(interfaces, [&](const Interface& i) { return i.index == index; });
}

const Interface* Vantage::interface(const std::string& name) const {
  return find_if(interfaces, [&](const Interface& i) { return i.name == name; });
}

const Hop* Vantage::hop(const addr::IpAddress& destination) const {
  const auto after = std::upper_bound(hops.begin(), hops.end(), destination,
                                      [](const addr::IpAddress& a, const Hop& h) { return a < h.first; });
  if (after == hops.begin()) return nullptr;
  const Hop& candidate = *std::prev(after);
  return destination <= candidate.last ? &candidate : nullptr;
}

}  // namespace portolan::host
