// SPDX-License-Identifier: Apache-2.0
#include "respond/weather.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/int128.h"

namespace portolan::respond {

Weather::Weather(const WeatherOptions& options) : options_(options), random_(options.seed) {
  if (!options_.holds()) return;
  store_.reset(new uint8_t[size_t{options_.held_frames} * kMostFrame]);
  heap_.reserve(options_.held_frames);
  free_.reserve(options_.held_frames);
  for (uint32_t i = options_.held_frames; i-- > 0;) free_.push_back(i);
}

base::Nanos Weather::delay() {
  const auto span = static_cast<uint64_t>(options_.delay_most - options_.delay_least);
  base::Nanos d = options_.delay_least;
  // A 64-bit fraction of the span, without a division.
  if (span != 0) d += static_cast<base::Nanos>(base::hi64(base::u128{random_.next()} * (span + 1)));
  if (happens(options_.reorder)) d += std::max(options_.delay_most, base::kMillisecond);
  return d;
}

bool Weather::hold(base::Bytes frame, base::Nanos when, uint8_t kind) {
  if (free_.empty() || frame.size() > kMostFrame) return false;
  const uint32_t slot = free_.back();
  free_.pop_back();
  std::memcpy(&store_[size_t{slot} * kMostFrame], frame.data(), frame.size());
  heap_.push_back({when, order_++, slot, static_cast<uint16_t>(frame.size()), kind});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  return true;
}

std::optional<Weather::Held> Weather::take(base::Nanos now) {
  if (heap_.empty() || heap_.front().when > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Entry e = heap_.back();
  heap_.pop_back();
  free_.push_back(e.slot);
  return Held{{&store_[size_t{e.slot} * kMostFrame], e.length}, e.kind};
}

std::optional<base::Nanos> Weather::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

}  // namespace portolan::respond
