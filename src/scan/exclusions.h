// SPDX-License-Identifier: Apache-2.0
// Exclusions: addresses and ports that are not to be sent to although they are targets: said after the scan had its
// numbering.
//
// What is excluded before a scan never becomes a target (addr::TargetSetBuilder); use this only for what comes later,
// while the scan runs or when it is resumed: the targets keep their numbers, and these positions are skipped. Both
// families are one list, IPv4 in its mapped form; looking up is a binary search in each list that is not empty. A lane
// without exclusions has none of this, and asks a null pointer. Constant once made: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "addr/ip_address.h"
#include "addr/range_list.h"
#include "addr/target.h"
#include "base/int128.h"

namespace portolan::scan {

// Both ends included. REQUIRES: of one family, first <= last.
struct AddressRange {
  addr::IpAddress first;
  addr::IpAddress last;
};

// Ports of one protocol, both ends included: service_key()s. Excluded at every address.
using ServiceKeys = addr::Range<uint32_t>;

class Exclusions {
 public:
  // Those of `before`, if there are any, and these.
  Exclusions(const Exclusions* before, std::span<const AddressRange> addresses, std::span<const ServiceKeys> services);

  // Whether all of the address is excluded.
  bool contains(const addr::IpAddress& address) const;
  // Its address, or its port everywhere.
  bool contains(const addr::Target& target) const;

 private:
  addr::RangeList<base::u128> addresses_;
  addr::RangeList<uint32_t> services_;
};

// Absent: nothing is excluded.
using SharedExclusions = std::shared_ptr<const Exclusions>;

// Of an address or a target.
template <class Asked>
bool is_excluded(const SharedExclusions& by, const Asked& asked) {
  return by != nullptr && by->contains(asked);
}

// nullptr when nothing is excluded then.
SharedExclusions add_exclusions(const SharedExclusions& before, std::span<const AddressRange> addresses,
                                std::span<const ServiceKeys> services = {});

}  // namespace portolan::scan
