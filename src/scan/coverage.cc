// SPDX-License-Identifier: Apache-2.0
#include "scan/coverage.h"

#include <algorithm>

namespace portolan::scan {

// Release on every word: a reader that sees any of them sees that the notes before this one had been announced, and so
// that the one whose place this takes is gone.
void Coverage::write(const Covered& place, base::Nanos now) {
  Note& n = notes_[written_ % kNotes];
  n.time.store(now, std::memory_order_release);
  n.pass.store(place.pass, std::memory_order_release);
  n.high.store(base::hi64(place.index), std::memory_order_release);
  n.low.store(base::lo64(place.index), std::memory_order_release);
  announced_.store(++written_, std::memory_order_release);
  last_ = place;
  last_time_ = now;
}

void Coverage::end(const Covered& place, bool waited, base::Nanos now) {
  if (place != last_) write(place, now);
  ended_.store(now, std::memory_order_release);
  waited_.store(waited, std::memory_order_release);
}

// nullopt: it is younger, or may have been written over while it was read.
std::optional<Covered> Coverage::read(uint64_t number, base::Nanos by) const {
  const Note& n = notes_[number % kNotes];
  const base::Nanos time = n.time.load(std::memory_order_acquire);
  const Covered place{static_cast<uint32_t>(n.pass.load(std::memory_order_acquire)),
                      base::make_u128(n.high.load(std::memory_order_acquire), n.low.load(std::memory_order_acquire))};
  if (announced_.load(std::memory_order_acquire) >= number + kNotes) return std::nullopt;
  if (time > by) return std::nullopt;
  return place;
}

Covered Coverage::at_least(base::Nanos lag, base::Nanos now) const {
  const bool waited = waited_.load(std::memory_order_acquire);
  const base::Nanos until = std::min(now, ended_.load(std::memory_order_acquire));
  const base::Nanos by = waited ? std::numeric_limits<base::Nanos>::max() : until - lag;
  const uint64_t end = announced_.load(std::memory_order_acquire);
  const uint64_t oldest = end > kNotes ? end - kNotes : 0;
  for (uint64_t number = end; number != oldest; --number) {
    if (const auto place = read(number - 1, by)) return *place;
  }
  return beginning_;
}

}  // namespace portolan::scan
