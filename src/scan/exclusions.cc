// SPDX-License-Identifier: Apache-2.0
#include "scan/exclusions.h"

#include <algorithm>

namespace portolan::scan {

Exclusions::Exclusions(const Exclusions* before, std::span<const AddressRange> more) {
  if (before != nullptr) list_ = before->list_;
  for (const AddressRange& r : more) list_.add(r.first.v6_bits(), r.last.v6_bits());
  list_.normalize();
}

bool Exclusions::contains(const addr::IpAddress& address) const {
  const base::u128 bits = address.v6_bits();
  const auto ranges = list_.ranges();
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), bits,
                                      [](base::u128 b, const addr::Range<base::u128>& r) { return b < r.first; });
  return after != ranges.begin() && bits <= std::prev(after)->last;
}

SharedExclusions add_exclusions(const SharedExclusions& before, std::span<const AddressRange> more) {
  if (more.empty()) return before;
  return std::make_shared<const Exclusions>(before.get(), more);
}

}  // namespace portolan::scan
