// SPDX-License-Identifier: Apache-2.0
#include "addr/target_set_builder.h"

#include <algorithm>
#include <utility>

namespace portolan::addr {
namespace {

using base::u128;

// True when the row is to be cut out of items that it does not cover.
bool cut_from_wide(SpecialKind kind, const Policy& policy) {
  return !policy.include_reserved || kind == SpecialKind::kLoopback || kind == SpecialKind::kNeverOnWire;
}

// Out of items that some other row covers: one may be wide enough to hold what is never taken as a part.
bool cut_from_named(SpecialKind kind) { return kind == SpecialKind::kLoopback || kind == SpecialKind::kNeverOnWire; }

template <class Word>
RangeList<Word> one_range(Word first, Word last) {
  RangeList<Word> list;
  list.add(first, last);
  return list;
}

// The part of [first, last] that `taken` does not hold yet.
template <class Word>
RangeList<Word> rest_of(const SpecialRange<Word>& row, const RangeList<Word>& taken) {
  RangeList<Word> rest = one_range(row.first, row.last());
  rest.subtract(taken);
  return rest;
}

template <class Word>
u128 count_common(const RangeList<Word>& list, const RangeList<Word>& pieces) {
  u128 sum = 0;
  for (const Range<Word>& piece : pieces.ranges()) sum += list.count_within(piece.first, piece.last);
  return sum;
}

template <class Word>
bool holds(const RangeList<Word>& list, Word word) {
  return list.count_within(word, word) != 0;
}

template <class Word>
bool never_sent(Word word) {
  const auto* row = special_range_of(word, word);
  return row != nullptr && row->kind == SpecialKind::kNeverOnWire;
}

bool never_sent(const IpAddress& a) { return a.is_v4() ? never_sent(a.v4_bits()) : never_sent(a.v6_bits()); }

// The services that a family has: a neighbour is asked for by arp in IPv4 and by ndp in IPv6.
RangeList<uint32_t> services_of(Family family, const RangeList<uint32_t>& asked) {
  const bool v4 = family == Family::kIpv4;
  const uint32_t ours = service_key({v4 ? Protocol::kArp : Protocol::kNdp, 0});
  const uint32_t other = service_key({v4 ? Protocol::kNdp : Protocol::kArp, 0});
  const uint32_t timestamp = service_key({Protocol::kIcmpTimestamp, 0});
  RangeList<uint32_t> services = asked;
  services.subtract(one_range(other, other));
  if (holds(asked, other)) services.unite(one_range(ours, ours));
  if (!v4) services.subtract(one_range(timestamp, timestamp));
  return services;
}

// Addresses that nobody would ask anything leave the set, counted.
template <class Word>
void drop_unserved(RangeList<Word>& addresses, const RangeList<uint32_t>& services, u128& unserved) {
  if (!services.empty()) return;
  unserved = addresses.count();
  addresses = {};
}

bool fits(u128 v4, u128 v4_services, u128 v6, u128 v6_services, u128 pairs) {
  u128 a, b, sum;
  return !__builtin_mul_overflow(v4, v4_services, &a) && !__builtin_mul_overflow(v6, v6_services, &b) &&
         !__builtin_add_overflow(a, b, &sum) && !__builtin_add_overflow(sum, pairs, &sum);
}

}  // namespace

template <class Word>
void TargetSetBuilder::Items<Word>::add(Word first, Word last) {
  const auto* row = special_range_of(first, last);
  if (row == nullptr || row->kind == SpecialKind::kNeverOnWire) {
    wide.add(first, last);
  } else if (row->kind == SpecialKind::kLoopback) {
    loopback.add(first, last);
  } else {
    named.add(first, last);
  }
}

template <class Word>
void TargetSetBuilder::Items<Word>::normalize() {
  for (RangeList<Word>* list : {&wide, &named, &loopback, &excluded}) list->normalize();
}

template <class Word>
void TargetSetBuilder::Items<Word>::cut_special(const Policy& policy, BuildReport& report) {
  RangeList<Word> from_wide;
  RangeList<Word> from_named;
  for (const SpecialRange<Word>& row : special_ranges<Word>()) {
    u128 count = 0;
    if (cut_from_wide(row.kind, policy)) {
      const RangeList<Word> rest = rest_of(row, from_wide);
      count += count_common(wide, rest);
      from_wide.unite(rest);
    }
    if (cut_from_named(row.kind)) {
      const RangeList<Word> rest = rest_of(row, from_named);
      count += count_common(named, rest);
      from_named.unite(rest);
    }
    if (count != 0) report.special.push_back({row.prefix(), row.name, row.reference, row.kind, count});
  }
  wide.subtract(from_wide);
  named.subtract(from_named);
}

template <class Word>
RangeList<Word> TargetSetBuilder::Items<Word>::settle(const Policy& policy, BuildReport& report) {
  normalize();
  // What is named is not cut, so it must not be counted as cut out of something wider; likewise loopback.
  wide.subtract(named);
  wide.subtract(loopback);
  named.subtract(loopback);
  cut_special(policy, report);
  wide.unite(std::exchange(named, {}));
  wide.unite(std::exchange(loopback, {}));
  const u128 before = wide.count();
  wide.subtract(excluded);
  report.excluded_addresses += before - wide.count();
  return std::move(wide);
}

template struct TargetSetBuilder::Items<uint32_t>;
template struct TargetSetBuilder::Items<u128>;

void TargetSetBuilder::add(const IpAddress& first, const IpAddress& last) {
  if (first.is_v4()) {
    add_v4(first.v4_bits(), last.v4_bits());
  } else {
    add_v6(first.v6_bits(), last.v6_bits());
  }
}

void TargetSetBuilder::exclude(const IpAddress& first, const IpAddress& last) {
  if (first.is_v4()) {
    exclude_v4(first.v4_bits(), last.v4_bits());
  } else {
    exclude_v6(first.v6_bits(), last.v6_bits());
  }
}

void TargetSetBuilder::add_services(Protocol protocol, uint16_t first, uint16_t last) {
  services_.add(service_key({protocol, first}), service_key({protocol, last}));
}

void TargetSetBuilder::exclude_services(Protocol protocol, uint16_t first, uint16_t last) {
  excluded_services_.add(service_key({protocol, first}), service_key({protocol, last}));
}

std::vector<Target> TargetSetBuilder::settle_pairs(BuildReport& report) {
  const auto excluded = [this](const Target& t) {
    const bool address =
        t.address.is_v4() ? holds(v4_.excluded, t.address.v4_bits()) : holds(v6_.excluded, t.address.v6_bits());
    return address || holds(excluded_services_, service_key(t.service));
  };
  report.never_sent_pairs = std::erase_if(pairs_, [](const Target& t) { return never_sent(t.address); });
  report.excluded_pairs = std::erase_if(pairs_, excluded);
  std::sort(pairs_.begin(), pairs_.end());
  const auto end = std::unique(pairs_.begin(), pairs_.end());
  report.duplicate_pairs = static_cast<uint64_t>(pairs_.end() - end);
  pairs_.erase(end, pairs_.end());
  return std::move(pairs_);
}

tl::expected<BuiltTargets, std::string> TargetSetBuilder::build(const Policy& policy) && {
  BuildReport report;
  RangeList<uint32_t> v4 = v4_.settle(policy, report);
  RangeList<u128> v6 = v6_.settle(policy, report);
  services_.normalize();
  excluded_services_.normalize();
  services_.subtract(excluded_services_);
  const RangeList<uint32_t> v4_services = services_of(Family::kIpv4, services_);
  const RangeList<uint32_t> v6_services = services_of(Family::kIpv6, services_);
  drop_unserved(v4, v4_services, report.unserved_v4);
  drop_unserved(v6, v6_services, report.unserved_v6);
  if (!fits(v4.count(), v4_services.count(), v6.count(), v6_services.count(), pairs_.size())) {
    return tl::unexpected<std::string>("2^128 targets or more cannot be numbered; give fewer addresses or fewer ports");
  }

  std::vector<Target> pairs = settle_pairs(report);
  ProductBlock<uint32_t> block_v4(RangeSet<uint32_t>(std::move(v4)), v4_services);
  ProductBlock<u128> block_v6(RangeSet<u128>(std::move(v6)), v6_services);
  report.duplicate_pairs += std::erase_if(pairs, [&](const Target& t) {
    return t.address.is_v4() ? block_v4.index_of(t.address.v4_bits(), t.service).has_value()
                             : block_v6.index_of(t.address.v6_bits(), t.service).has_value();
  });
  return BuiltTargets{{std::move(block_v4), std::move(block_v6), std::move(pairs)}, std::move(report)};
}

}  // namespace portolan::addr
