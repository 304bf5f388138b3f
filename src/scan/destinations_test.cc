// SPDX-License-Identifier: Apache-2.0
#include "scan/destinations.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "addr/target_set_builder.h"

namespace portolan::scan::destinations_test {
namespace {

using addr::IpAddress;

IpAddress any_address(uint32_t n, int where) {
  if (where == 0) return IpAddress::v4(0x08000000 + n % 512);
  const uint64_t hi = where == 1 ? 0x2a00000000000000u : 0x2600000000000000u;
  return IpAddress::v6(base::make_u128(hi, n % 512));
}

RC_GTEST_PROP(Destinations, WalkIsTheSortedSet, (std::vector<std::pair<uint32_t, uint8_t>> items)) {
  addr::TargetSetBuilder b;
  std::set<IpAddress> expected;
  for (const auto& [n, how] : items) {
    const IpAddress a = any_address(n, how % 3);
    expected.insert(a);
    if (how % 2 == 0) {
      b.add(a, a);
    } else {
      b.add_pair({a, {addr::Protocol::kTcp, 81}});
    }
  }
  b.add_service({addr::Protocol::kTcp, 80});
  const auto built = std::move(b).build();
  std::set<IpAddress> walked;
  for (auto a = next_destination(built->set, IpAddress()); a;) {
    RC_ASSERT(walked.insert(*a).second);
    a = next_destination(built->set, a->is_v4() ? IpAddress::v4(a->v4_bits() + 1) : IpAddress::v6(a->v6_bits() + 1));
  }
  RC_ASSERT(walked == expected);
}

}  // namespace
}  // namespace portolan::scan::destinations_test
