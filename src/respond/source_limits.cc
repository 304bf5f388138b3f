// SPDX-License-Identifier: Apache-2.0
#include "respond/source_limits.h"

#include <algorithm>
#include <array>
#include <span>

namespace portolan::respond {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"none", "address", "subnet", "site", "whole"};

base::SipKey derived(const base::SipKey& key, uint64_t level) {
  return {base::siphash(key, level, uint64_t{0}), base::siphash(key, level, uint64_t{1})};
}

}  // namespace

std::string_view name(SourceLimit l) { return kNames[std::min(static_cast<size_t>(l), kNames.size() - 1)]; }

SourceLimits::SourceLimits(const SourceRates& rates, const base::SipKey& key)
    : whole_rate_(rates.whole.bounded()),
      address_(rates.address, rates.buckets, derived(key, 0)),
      subnet_(rates.subnet, rates.buckets, derived(key, 1)),
      site_(rates.site, rates.buckets, derived(key, 2)) {}

SourceLimit SourceLimits::take(const addr::IpAddress& source, base::Nanos now, uint32_t n) {
  struct Level {
    SourceLimit limit;
    TokenBuckets* table;
    uint64_t hi, lo;
    TokenBuckets::Place place{};
  };
  const bool v4 = source.is_v4();
  std::array<Level, 3> levels = {{
      {SourceLimit::kAddress, &address_, source.hi(), source.lo()},
      {SourceLimit::kSubnet, &subnet_, source.hi(), v4 ? source.lo() & ~uint64_t{0xff} : 0},
      {SourceLimit::kSite, &site_, source.hi() & ~uint64_t{0xffff}, 0},
  }};
  const std::span<Level> those{levels.data(), v4 ? size_t{2} : size_t{3}};
  for (Level& level : those) {
    if (!level.table->limits()) continue;
    level.place = level.table->find(level.hi, level.lo, 0);
    if (!level.table->has(level.place, now, n)) return level.limit;
  }
  if (!whole_.has(whole_rate_, n, now)) return SourceLimit::kWhole;
  for (const Level& level : those) {
    if (level.table->limits()) level.table->take(level.place, now, n);
  }
  if (whole_rate_.limits()) whole_.take(whole_rate_, n, now);
  return SourceLimit::kNone;
}

}  // namespace portolan::respond
