// SPDX-License-Identifier: Apache-2.0
#include "respond/token_buckets.h"

#include <algorithm>
#include <bit>

namespace portolan::respond {
namespace {

constexpr base::Nanos kMostWindow = base::Nanos{1} << 61;

}  // namespace

BucketRate BucketRate::per_second(uint64_t rate, uint32_t burst) {
  if (rate == 0) return {};
  const uint64_t second = base::kSecond;
  return {.interval = static_cast<base::Nanos>(rate >= second ? 1 : (second + rate - 1) / rate),
          .burst = std::max(burst, 1u)};
}

BucketRate BucketRate::bounded() const {
  const uint32_t tokens = std::max(burst, 1u);
  return {.interval = std::clamp<base::Nanos>(interval, 0, kMostWindow / tokens), .burst = tokens};
}

TokenBuckets::TokenBuckets(const BucketRate& rate, uint32_t buckets, const base::SipKey& key)
    : rate_(rate.bounded()),
      key_(key),
      mask_(std::bit_ceil(std::max<uint64_t>(buckets, kWays)) / kWays - 1),
      sets_(std::make_unique<Set[]>(mask_ + 1)) {}

TokenBuckets::Place TokenBuckets::find(uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t tag = base::siphash(key_, a, b, c);
  Set& set = sets_[tag & mask_];
  uint32_t fullest = 0;
  for (uint32_t way = 0; way < kWays; ++way) {
    if (set.tag[way] == tag) return {&set, way, tag};
    if (set.bucket[way].full_at() < set.bucket[fullest].full_at()) fullest = way;
  }
  return {&set, fullest, tag};
}

bool TokenBuckets::has(const Place& place, base::Nanos now, uint32_t n) const {
  return place.set_->bucket[place.way_].has(rate_, n, now);
}

void TokenBuckets::take(const Place& place, base::Nanos now, uint32_t n) {
  place.set_->tag[place.way_] = place.tag_;
  place.set_->bucket[place.way_].take(rate_, n, now);
}

bool TokenBuckets::take(uint64_t a, uint64_t b, uint64_t c, base::Nanos now, uint32_t n) {
  const Place place = find(a, b, c);
  if (!has(place, now, n)) return false;
  take(place, now, n);
  return true;
}

}  // namespace portolan::respond
