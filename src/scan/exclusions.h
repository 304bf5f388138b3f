// SPDX-License-Identifier: Apache-2.0
// Exclusions: addresses that are not to be sent to although they are targets: said after the scan had its numbering.
//
// What is excluded before a scan never becomes a target (addr::TargetSetBuilder); use this only for what comes later,
// while the scan runs or when it is resumed: the targets keep their numbers, and these positions are skipped. Both
// families are one list, IPv4 in its mapped form; looking up is a binary search. A lane without exclusions has none of
// this, and asks a null pointer.
// Constant once made: any thread.
#pragma once

#include <memory>
#include <span>

#include "addr/ip_address.h"
#include "addr/range_list.h"
#include "base/int128.h"

namespace portolan::scan {

// Both ends included. REQUIRES: of one family, first <= last.
struct AddressRange {
  addr::IpAddress first;
  addr::IpAddress last;
};

class Exclusions {
 public:
  // Those of `before`, if there are any, and these.
  Exclusions(const Exclusions* before, std::span<const AddressRange> more);

  bool contains(const addr::IpAddress& address) const;
  size_t range_count() const { return list_.ranges().size(); }

 private:
  addr::RangeList<base::u128> list_;
};

// Absent: nothing is excluded.
using SharedExclusions = std::shared_ptr<const Exclusions>;

inline bool is_excluded(const SharedExclusions& by, const addr::IpAddress& address) {
  return by != nullptr && by->contains(address);
}

// nullptr when nothing is excluded then.
SharedExclusions add_exclusions(const SharedExclusions& before, std::span<const AddressRange> more);

}  // namespace portolan::scan
