// SPDX-License-Identifier: Apache-2.0
// TargetSet: everything that one scan asks, as a numbered set. The scan is a counter, and this is what it counts.
//
// Three blocks, one after the other in number: IPv4 addresses x IPv4 services, IPv6 addresses x IPv6 services, and
// exact pairs (address and service given together, none of which is in the products). pick() and index_of() are
// inverse to each other over [0, size()), so "what was never tried" is arithmetic. The order here is plain; the order
// of visiting is permute's. Made by TargetSetBuilder (target_set_builder.h), which applies exclusions and the policy
// on special ranges: whatever is in a TargetSet may be sent to.
// Constant once made: any number of threads. Copies copy the tables, which may be large; moving is cheap.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "addr/product_block.h"
#include "addr/range_set.h"
#include "addr/target.h"
#include "base/int128.h"

namespace portolan::addr {

class TargetSet {
 public:
  TargetSet() = default;  // no targets

  // For TargetSetBuilder. REQUIRES: pairs sorted, without duplicates, none in a block; the sizes' sum below 2^128.
  TargetSet(ProductBlock<uint32_t> v4, ProductBlock<base::u128> v6, std::vector<Target> pairs);

  base::u128 size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // REQUIRES: index < size(). Never allocates or throws; costs a few nanoseconds, and two cache misses in a set of
  // many ranges.
  Target pick(base::u128 index) const {
    if (index < v4_.size()) return v4_.pick(index);
    index -= v4_.size();
    if (index < v6_.size()) return v6_.pick(index);
    return pairs_[static_cast<size_t>(index - v6_.size())];
  }

  // The same for many at once, their cache misses side by side: for the sender. REQUIRES: each index < size(),
  // out.size() >= indexes.size().
  void pick(std::span<const base::u128> indexes, std::span<Target> out) const;

  // The number under which pick() gives this target; nullopt when it is not one of ours. Constant time in the
  // products, logarithmic in the pairs.
  std::optional<base::u128> index_of(const Target& target) const;
  bool contains(const Target& target) const { return index_of(target).has_value(); }

  // Distinct addresses: those of the products, and those that occur in pairs only. Linear in the pairs.
  base::u128 address_count() const;

  // The products' sides. A family without services has no addresses here, and the reverse.
  const RangeSet<uint32_t>& v4() const { return v4_.addresses(); }
  const RangeSet<base::u128>& v6() const { return v6_.addresses(); }
  std::span<const ProtoPort> services_v4() const { return v4_.services(); }  // ascending
  std::span<const ProtoPort> services_v6() const { return v6_.services(); }
  std::span<const Target> pairs() const { return pairs_; }  // ascending
  const ProductBlock<uint32_t>& block_v4() const { return v4_; }
  const ProductBlock<base::u128>& block_v6() const { return v6_; }

  // A number for the whole set, the same on every machine and in every run: two scans with equal digests number the
  // same targets the same way. Not proof against somebody who searches for a collision. Linear in ranges and pairs.
  uint64_t digest() const;

 private:
  // From this many ranges or pairs on, the tables do not fit in a core's caches, and prefetching pays.
  static constexpr size_t kLarge = 1 << 14;
  static constexpr size_t kBurst = 32;

  void pick_burst(std::span<const base::u128> indexes, Target* out) const;

  ProductBlock<uint32_t> v4_;
  ProductBlock<base::u128> v6_;
  std::vector<Target> pairs_;
  base::u128 size_ = 0;
  bool large_ = false;
};

}  // namespace portolan::addr
