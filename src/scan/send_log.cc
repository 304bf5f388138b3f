// SPDX-License-Identifier: Apache-2.0
#include "scan/send_log.h"

#include <algorithm>
#include <bit>

namespace portolan::scan {

SendLog::SendLog(size_t recent) : kept_(std::bit_ceil(recent)), ring_(std::make_unique_for_overwrite<Mark[]>(kept_)) {
  coarse_.reserve(kCoarse);
}

void SendLog::mark(base::u128 end, base::Nanos time) {
  if (head_ >= kept_) forgotten_end_ = ring(head_).end;  // the slot about to be reused
  ring_[head_ & (kept_ - 1)] = {end, time};
  ++head_;
  mark_coarse({end, time});
}

void SendLog::mark_coarse(const Mark& m) {
  if (++since_coarse_ < stride_) return;
  since_coarse_ = 0;
  if (coarse_.size() == kCoarse) {
    for (size_t i = 0; i < kCoarse / 2; ++i) coarse_[i] = coarse_[2 * i + 1];
    coarse_.resize(kCoarse / 2);
    stride_ *= 2;
  }
  coarse_.push_back(m);
}

const SendLog::Mark* SendLog::recent(base::u128 position) const {
  if (head_ == 0 || position < forgotten_end_) return nullptr;
  size_t low = head_ > kept_ ? head_ - kept_ : 0;
  size_t high = head_;
  while (low < high) {  // the first mark whose end is above the position
    const size_t middle = low + (high - low) / 2;
    if (ring(middle).end > position) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low == head_ ? nullptr : &ring(low);
}

std::optional<base::Nanos> SendLog::sent_at(base::u128 position) const {
  const Mark* m = recent(position);
  if (m == nullptr) return std::nullopt;
  return m->time;
}

std::optional<base::Nanos> SendLog::sent_by(base::u128 position) const {
  if (const Mark* m = recent(position)) return m->time;
  const auto it =
      std::upper_bound(coarse_.begin(), coarse_.end(), position, [](base::u128 p, const Mark& m) { return p < m.end; });
  if (it != coarse_.end()) return it->time;
  if (head_ != 0 && position < ring(head_ - 1).end) return ring(head_ - 1).time;
  return std::nullopt;
}

base::u128 SendLog::end_by(base::Nanos time) const {
  const auto later = [](base::Nanos t, const Mark& m) { return t < m.time; };
  const size_t oldest = head_ > kept_ ? head_ - kept_ : 0;
  if (oldest != head_ && ring(oldest).time <= time) {
    size_t low = oldest, high = head_;  // the last mark that is not later than the time: low <= it < high
    while (high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      (ring(middle).time <= time ? low : high) = middle;
    }
    return ring(low).end;
  }
  const auto it = std::upper_bound(coarse_.begin(), coarse_.end(), time, later);
  return it == coarse_.begin() ? 0 : std::prev(it)->end;
}

void SendLog::clear() {
  head_ = 0;
  forgotten_end_ = 0;
  coarse_.clear();
  stride_ = 1;
  since_coarse_ = 0;
}

}  // namespace portolan::scan
