// SPDX-License-Identifier: Apache-2.0
#include "addr/pick_columns.h"

#include <algorithm>

namespace portolan::addr {
namespace {

// Calls put(i, place) with the place of each target's address, and names the services. `first`: the number of the
// block's first target.
template <class Index, class Word, class Put>
void divide(const ProductBlock<Word>& block, Index first, std::span<const Index> indexes, base::Column& service,
            Put&& put) {
  const size_t count = indexes.size();
  const std::span<const ProtoPort> services = block.services();
  if (services.size() == 1) {
    for (size_t i = 0; i < count; ++i) put(i, indexes[i] - first);
    std::fill_n(service.begin(), count, service_key(services[0]));
    return;
  }
  const Divider by = block.by_services();
  for (size_t i = 0; i < count; ++i) {
    const auto parts = by.divide(indexes[i] - first);
    put(i, static_cast<Index>(parts.quotient));
    service[i] = service_key(services[parts.remainder]);
  }
}

template <class Index>
bool all_in(std::span<const Index> indexes, base::u128 first, base::u128 size, base::u128 all) {
  if (size == all) return true;
  return std::all_of(indexes.begin(), indexes.end(),
                     [&](Index index) { return index >= first && index - first < size; });
}

void pick_v4(const RangeSet<uint32_t>& set, base::Column& places, size_t count) {
  static const internal::PickV4 wide = internal::pick_v4_avx512();
  if (set.range_count() == 1) {
    const uint64_t first = set.range(0).first;
    for (size_t i = 0; i < count; ++i) places[i] += first;
    return;
  }
  (wide != nullptr ? wide : internal::pick_v4_plain)(set, places, count);
}

template <class Index>
std::optional<Family> pick(const TargetSet& set, std::span<const Index> indexes, TargetColumns& out) {
  const auto& v4 = set.block_v4();
  const auto& v6 = set.block_v6();
  if (all_in(indexes, 0, v4.size(), set.size())) {
    divide(v4, Index{0}, indexes, out.service, [&](size_t i, Index place) { out.low[i] = base::lo64(place); });
    pick_v4(v4.addresses(), out.low, indexes.size());
    return Family::kIpv4;
  }
  if (all_in(indexes, v4.size(), v6.size(), set.size())) {
    divide(v6, static_cast<Index>(v4.size()), indexes, out.service, [&](size_t i, Index place) {
      const base::u128 address = v6.addresses().pick(place);
      out.high[i] = base::hi64(address);
      out.low[i] = base::lo64(address);
    });
    return Family::kIpv6;
  }
  return std::nullopt;
}

}  // namespace

namespace internal {

void pick_v4_plain(const RangeSet<uint32_t>& set, base::Column& places, size_t count) {
  const PickShape shape = set.pick_shape();
  const PickEntryV4* const entries = set.pick_entries().data();
  const uint32_t* const buckets = set.pick_buckets().data();
  for (size_t i = 0; i < count; ++i) places[i] = addr::pick_v4(entries, buckets, &shape, places[i]);
}

}  // namespace internal

std::optional<Family> pick_columns(const TargetSet& set, std::span<const uint64_t> indexes, TargetColumns& out) {
  return pick(set, indexes, out);
}

std::optional<Family> pick_columns(const TargetSet& set, std::span<const base::u128> indexes, TargetColumns& out) {
  return pick(set, indexes, out);
}

}  // namespace portolan::addr
