// SPDX-License-Identifier: Apache-2.0
#include "scan/destinations.h"

#include <algorithm>

namespace portolan::scan {
namespace {

using addr::IpAddress;

// The least member that is not below `from`.
template <class Word>
std::optional<Word> next_in_set(const addr::RangeSet<Word>& set, Word from) {
  size_t low = 0, high = set.range_count();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (set.range(middle).last < from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == set.range_count()) return std::nullopt;
  return std::max(from, set.range(low).first);
}

}  // namespace

std::optional<IpAddress> next_destination(const addr::TargetSet& targets, const IpAddress& from) {
  std::optional<IpAddress> best;
  const auto offer = [&](const IpAddress& a) {
    if (a >= from && (!best || a < *best)) best = a;
  };
  // IPv4 addresses stand together in the order of addresses: below, within or above them decides where to look.
  if (from <= IpAddress::v4(~0u)) {
    if (const auto a = next_in_set(targets.v4(), from.is_v4() ? from.v4_bits() : 0)) offer(IpAddress::v4(*a));
  }
  if (const auto a = next_in_set(targets.v6(), from.v6_bits())) offer(IpAddress::v6(*a));
  const auto pairs = targets.pairs();
  const auto pair = std::lower_bound(pairs.begin(), pairs.end(), from,
                                     [](const addr::Target& t, const IpAddress& a) { return t.address < a; });
  if (pair != pairs.end()) offer(pair->address);
  return best;
}

}  // namespace portolan::scan
