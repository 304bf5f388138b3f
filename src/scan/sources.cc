// SPDX-License-Identifier: Apache-2.0
#include "scan/sources.h"

#include <algorithm>

#include <fmt/format.h>

namespace portolan::scan {
namespace {

using addr::IpAddress;
using base::u128;

constexpr size_t kMostShown = 8;

// A bijection of words whose results look unrelated (the finalizer of SplitMix64).
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// floor(number * size / 2^64), and when there are more than 2^64 of them, the same with as many bits again behind the
// number: only where they lie between the addresses that a number would reach.
u128 place_of(uint64_t number, u128 size) {
  if (size >> 64 == 0) return base::mul_hi(number, base::lo64(size));
  const u128 step = size >> 64;  // at least 1
  const u128 whole = u128{number} * step + base::mul_hi(number, base::lo64(size));
  return whole + (step <= 1 ? 0 : u128{mix(number)} * base::lo64(step) >> 64);
}

template <class Word>
std::string text_of(const addr::RangeSet<Word>& set) {
  std::string text;
  for (size_t i = 0; i < set.range_count(); ++i) {
    if (i == kMostShown) return text + fmt::format(",... ({} addresses)", base::to_string(set.size()));
    const auto range = set.range(i);
    text += fmt::format("{}{}", i == 0 ? "" : ",", IpAddress::of_word(range.first).to_string());
    if (range.last != range.first) text += fmt::format("-{}", IpAddress::of_word(range.last).to_string());
  }
  return text;
}

}  // namespace

Sources::Sources(addr::RangeList<uint32_t> v4) {
  if (v4.empty()) return;
  any_ = true;
  first_ = IpAddress::v4(v4.ranges()[0].first);
  if (v4.count() > 1) v4_ = std::make_shared<const addr::RangeSet<uint32_t>>(std::move(v4));
}

Sources::Sources(addr::RangeList<u128> v6) {
  if (v6.empty()) return;
  any_ = true;
  first_ = IpAddress::v6(v6.ranges()[0].first);
  if (v6.count() > 1) v6_ = std::make_shared<const addr::RangeSet<u128>>(std::move(v6));
}

u128 Sources::size() const {
  if (v4_) return v4_->size();
  return v6_ ? v6_->size() : u128{any_ ? 1u : 0u};
}

bool Sources::in_list(const IpAddress& a) const {
  if (v4_) return a.is_v4() && v4_->contains(a.v4_bits());
  return v6_ && v6_->contains(a.v6_bits());
}

IpAddress Sources::pick_of_list(uint64_t number) const {
  if (v4_) return IpAddress::v4(v4_->pick(place_of(number, v4_->size())));
  return IpAddress::v6(v6_->pick(place_of(number, v6_->size())));
}

std::vector<IpAddress> Sources::least(size_t most) const {
  std::vector<IpAddress> all;
  const size_t count = static_cast<size_t>(std::min<u128>(size(), most));
  for (size_t i = 0; i < count; ++i) {
    all.push_back(v4_ ? IpAddress::v4(v4_->pick(i)) : v6_ ? IpAddress::v6(v6_->pick(i)) : first_);
  }
  return all;
}

std::string Sources::to_string() const {
  if (v4_) return text_of(*v4_);
  return v6_ ? text_of(*v6_) : first_.to_string();
}

}  // namespace portolan::scan
