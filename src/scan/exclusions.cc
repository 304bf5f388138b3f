// SPDX-License-Identifier: Apache-2.0
#include "scan/exclusions.h"

#include <algorithm>

#include "addr/product_block.h"

namespace portolan::scan {
namespace {

template <class Word>
bool has(const addr::RangeList<Word>& list, Word word) {
  const auto ranges = list.ranges();
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), word,
                                      [](Word w, const addr::Range<Word>& r) { return w < r.first; });
  return after != ranges.begin() && word <= std::prev(after)->last;
}

}  // namespace

Exclusions::Exclusions(const Exclusions* before, std::span<const AddressRange> addresses,
                       std::span<const ServiceKeys> services) {
  if (before != nullptr) *this = *before;
  for (const AddressRange& r : addresses) addresses_.add(r.first.v6_bits(), r.last.v6_bits());
  for (const ServiceKeys& r : services) services_.add(r.first, r.last);
  addresses_.normalize();
  services_.normalize();
}

bool Exclusions::contains(const addr::IpAddress& address) const { return has(addresses_, address.v6_bits()); }

bool Exclusions::contains(const addr::Target& target) const {
  return contains(target.address) || has(services_, addr::service_key(target.service));
}

SharedExclusions add_exclusions(const SharedExclusions& before, std::span<const AddressRange> addresses,
                                std::span<const ServiceKeys> services) {
  if (addresses.empty() && services.empty()) return before;
  return std::make_shared<const Exclusions>(before.get(), addresses, services);
}

}  // namespace portolan::scan
