// SPDX-License-Identifier: Apache-2.0
#include "addr/pick_columns.h"

#include <algorithm>

namespace portolan::addr {
namespace {

// The places of addresses, and the services. `base`: the number of the block's first target.
template <class Word>
void divide(const ProductBlock<Word>& block, uint64_t base, const base::Column& indexes, size_t count,
            base::Column& place, base::Column& service) {
  const std::span<const ProtoPort> services = block.services();
  if (services.size() == 1) {
    for (size_t i = 0; i < count; ++i) place[i] = indexes[i] - base;
    std::fill_n(service.begin(), count, service_key(services[0]));
    return;
  }
  const Divider by = block.by_services();
  for (size_t i = 0; i < count; ++i) {
    const auto parts = by.divide(indexes[i] - base);
    place[i] = base::lo64(parts.quotient);
    service[i] = service_key(services[parts.remainder]);
  }
}

bool all_in(const base::Column& indexes, size_t count, base::u128 first, base::u128 size, base::u128 all) {
  if (size == all) return true;
  return std::all_of(indexes.begin(), indexes.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](uint64_t index) { return index >= first && index - first < size; });
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

}  // namespace

namespace internal {

void pick_v4_plain(const RangeSet<uint32_t>& set, base::Column& places, size_t count) {
  const PickShape shape = set.pick_shape();
  const PickEntryV4* const entries = set.pick_entries().data();
  const uint32_t* const buckets = set.pick_buckets().data();
  for (size_t i = 0; i < count; ++i) places[i] = addr::pick_v4(entries, buckets, &shape, places[i]);
}

}  // namespace internal

std::optional<Family> pick_columns(const TargetSet& set, const base::Column& indexes, size_t count,
                                   TargetColumns& out) {
  const auto& v4 = set.block_v4();
  const auto& v6 = set.block_v6();
  if (all_in(indexes, count, 0, v4.size(), set.size())) {
    divide(v4, 0, indexes, count, out.low, out.service);
    pick_v4(v4.addresses(), out.low, count);
    return Family::kIpv4;
  }
  if (all_in(indexes, count, v4.size(), v6.size(), set.size())) {
    divide(v6, base::lo64(v4.size()), indexes, count, out.low, out.service);
    for (size_t i = 0; i < count; ++i) {
      const base::u128 address = v6.addresses().pick(out.low[i]);
      out.high[i] = base::hi64(address);
      out.low[i] = base::lo64(address);
    }
    return Family::kIpv6;
  }
  return std::nullopt;
}

}  // namespace portolan::addr
