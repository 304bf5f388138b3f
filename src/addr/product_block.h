// SPDX-License-Identifier: Apache-2.0
// ProductBlock: every address of one family with every service, numbered.
//
// A part of TargetSet, which see. Index j is address_index * services + service_index: neighbours in number share the
// address, and it is the permutation's work to keep them apart in time. Taking j apart is a division by the number of
// services; it is done by multiplication (Divider). Constant after construction: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "addr/divider.h"
#include "addr/range_set.h"
#include "addr/target.h"
#include "base/int128.h"

namespace portolan::addr {

// A service as one number, in the order of ProtoPort's own.
constexpr uint32_t service_key(ProtoPort s) { return static_cast<uint32_t>(s.protocol) << 16 | s.port; }
constexpr ProtoPort service_from_key(uint32_t key) {
  return {static_cast<Protocol>(key >> 16), static_cast<uint16_t>(key)};
}

template <class Word>
class ProductBlock {
 public:
  // Where index j lies. `address` is a place in addresses(), not an address.
  using Place = Divider::Parts;

  ProductBlock() = default;  // nothing

  // Without an address or without a service the block is empty, addresses and services too.
  // REQUIRES: keys is normalized and its keys are service_key()s; the product is below 2^128.
  ProductBlock(RangeSet<Word> addresses, const RangeList<uint32_t>& keys) {
    if (addresses.empty() || keys.empty()) return;
    addresses_ = std::move(addresses);
    keys_ = RangeSet<uint32_t>(keys);
    const auto count = static_cast<uint32_t>(keys_.size());
    services_.reserve(count);
    for (uint32_t i = 0; i < count; ++i) services_.push_back(service_from_key(keys_.pick(i)));
    by_services_ = Divider(count);
    size_ = addresses_.size() * count;
  }

  base::u128 size() const { return size_; }
  const RangeSet<Word>& addresses() const { return addresses_; }
  std::span<const ProtoPort> services() const { return services_; }
  const Divider& by_services() const { return by_services_; }

  // REQUIRES (all three): j < size().
  Place locate(base::u128 j) const { return by_services_.divide(j); }
  Target at(const Place& place) const {
    return {IpAddress::of_word(addresses_.pick(place.quotient)), services_[place.remainder]};
  }
  Target pick(base::u128 j) const { return at(locate(j)); }

  std::optional<base::u128> index_of(Word address, ProtoPort service) const {
    const auto s = keys_.index_of(service_key(service));
    if (!s) return std::nullopt;
    const auto a = addresses_.index_of(address);
    if (!a) return std::nullopt;
    return *a * services_.size() + *s;
  }

 private:
  RangeSet<Word> addresses_;
  RangeSet<uint32_t> keys_;
  std::vector<ProtoPort> services_;
  Divider by_services_;
  base::u128 size_ = 0;
};

}  // namespace portolan::addr
