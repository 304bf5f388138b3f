// SPDX-License-Identifier: Apache-2.0
#include "addr/target_set.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::addr {
namespace {

// One word after the other into 64 bits, by the finalizer of MurmurHash3 (A. Appleby): each is a bijection of the
// state, so no two sets that differ in one word collide.
class Digest {
 public:
  void add(uint64_t word) {
    uint64_t h = (state_ ^ word) + 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    state_ = h ^ (h >> 33);
  }
  void add_wide(base::u128 word) {
    add(base::hi64(word));
    add(base::lo64(word));
  }

  template <class Word>
  void add_block(const ProductBlock<Word>& block) {
    const RangeSet<Word>& addresses = block.addresses();
    add(addresses.range_count());
    for (size_t k = 0; k < addresses.range_count(); ++k) {
      const Range<Word> range = addresses.range(k);
      if constexpr (sizeof(Word) == 4) {
        add(uint64_t{range.first} << 32 | range.last);
      } else {
        add_wide(range.first);
        add_wide(range.last);
      }
    }
    add(block.services().size());
    for (const ProtoPort& s : block.services()) add(service_key(s));
  }

  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 1;
};

}  // namespace

TargetSet::TargetSet(ProductBlock<uint32_t> v4, ProductBlock<base::u128> v6, std::vector<Target> pairs)
    : v4_(std::move(v4)), v6_(std::move(v6)), pairs_(std::move(pairs)) {
  size_ = v4_.size() + v6_.size() + pairs_.size();
  large_ = v4_.addresses().range_count() + v6_.addresses().range_count() + pairs_.size() >= kLarge;
}

void TargetSet::pick(std::span<const base::u128> indexes, std::span<Target> out) const {
  if (!large_) {
    for (size_t i = 0; i < indexes.size(); ++i) out[i] = pick(indexes[i]);
    return;
  }
  for (size_t i = 0; i < indexes.size(); i += kBurst) {
    pick_burst(indexes.subspan(i, std::min(kBurst, indexes.size() - i)), out.data() + i);
  }
}

void TargetSet::pick_burst(std::span<const base::u128> indexes, Target* out) const {
  std::array<Divider::Parts, kBurst> places;
  const base::u128 v4_end = v4_.size();
  const base::u128 v6_end = v4_end + v6_.size();
  for (size_t i = 0; i < indexes.size(); ++i) {
    const base::u128 j = indexes[i];
    if (j < v4_end) {
      places[i] = v4_.locate(j);
      v4_.addresses().prefetch_bucket(places[i].quotient);
    } else if (j < v6_end) {
      places[i] = v6_.locate(j - v4_end);
      v6_.addresses().prefetch_bucket(places[i].quotient);
    } else {
      __builtin_prefetch(&pairs_[static_cast<size_t>(j - v6_end)]);
    }
  }
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i] < v4_end) {
      v4_.addresses().prefetch_entry(places[i].quotient);
    } else if (indexes[i] < v6_end) {
      v6_.addresses().prefetch_entry(places[i].quotient);
    }
  }
  for (size_t i = 0; i < indexes.size(); ++i) {
    const base::u128 j = indexes[i];
    out[i] = j < v4_end ? v4_.at(places[i]) : j < v6_end ? v6_.at(places[i]) : pairs_[static_cast<size_t>(j - v6_end)];
  }
}

std::optional<base::u128> TargetSet::index_of(const Target& target) const {
  if (target.address.is_v4()) {
    if (const auto j = v4_.index_of(target.address.v4_bits(), target.service)) return j;
  } else if (const auto j = v6_.index_of(target.address.v6_bits(), target.service)) {
    return v4_.size() + *j;
  }
  const auto it = std::lower_bound(pairs_.begin(), pairs_.end(), target);
  if (it == pairs_.end() || *it != target) return std::nullopt;
  return v4_.size() + v6_.size() + static_cast<size_t>(it - pairs_.begin());
}

base::u128 TargetSet::address_count() const {
  base::u128 count = v4().size() + v6().size();
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const IpAddress& a = pairs_[i].address;
    if (i != 0 && pairs_[i - 1].address == a) continue;
    const bool in_product = a.is_v4() ? v4().contains(a.v4_bits()) : v6().contains(a.v6_bits());
    if (!in_product) ++count;
  }
  return count;
}

uint64_t TargetSet::digest() const {
  Digest digest;
  digest.add_block(v4_);
  digest.add_block(v6_);
  digest.add(pairs_.size());
  for (const Target& pair : pairs_) {
    digest.add(pair.address.hi());
    digest.add(pair.address.lo());
    digest.add(service_key(pair.service));
  }
  return digest.value();
}

}  // namespace portolan::addr
