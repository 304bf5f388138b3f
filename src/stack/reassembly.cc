// SPDX-License-Identifier: Apache-2.0
#include "stack/reassembly.h"

#include <algorithm>
#include <cstring>

namespace portolan::stack {

bool Reassembly::keep(base::BufferPool& pool, base::SeqNum next, base::SeqNum at, base::Bytes bytes) {
  const uint32_t ahead = at - next;
  if (ahead >= kCapacity) return false;
  const size_t size = std::min<size_t>(bytes.size(), kCapacity - ahead);
  if (size == 0) return bytes.empty();
  const base::SeqNum end = at + static_cast<uint32_t>(size);

  // The ranges [first, last) touch or overlap the new one.
  uint32_t first = 0;
  while (first < count_ && ranges_[first].end.before(at)) ++first;
  uint32_t last = first;
  while (last < count_ && !end.before(ranges_[last].begin)) ++last;
  if (first == last && count_ == kRanges) return false;
  if (!block_) block_ = pool.take();
  if (!block_) return false;

  copy_new(at, bytes.first(size));
  Range merged{at, end};
  if (first != last) {
    if (ranges_[first].begin.before(at)) merged.begin = ranges_[first].begin;
    if (end.before(ranges_[last - 1].end)) merged.end = ranges_[last - 1].end;
    std::copy(ranges_.begin() + last, ranges_.begin() + count_, ranges_.begin() + first + 1);
  } else {
    std::copy_backward(ranges_.begin() + first, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
  }
  count_ = count_ - (last - first) + 1;
  ranges_[first] = merged;
  return size == bytes.size();
}

void Reassembly::copy_new(base::SeqNum at, base::Bytes bytes) {
  for (uint32_t i = 0; i < count_ && !bytes.empty(); ++i) {
    const Range& r = ranges_[i];
    if (!at.before(r.end)) continue;
    const uint32_t gap = at.before(r.begin) ? r.begin - at : 0;
    if (gap >= bytes.size()) break;
    copy(at, bytes.first(gap));
    const size_t skip = std::min<size_t>(bytes.size(), r.end - at);
    at = at + static_cast<uint32_t>(skip);
    bytes = bytes.subspan(skip);
  }
  copy(at, bytes);
}

void Reassembly::copy(base::SeqNum at, base::Bytes bytes) {
  if (bytes.empty()) return;
  const uint32_t place = at.value() & kMask;
  const size_t before_wrap = std::min<size_t>(bytes.size(), kCapacity - place);
  uint8_t* all = block_.whole().data();
  std::memcpy(all + place, bytes.data(), before_wrap);
  std::memcpy(all, bytes.data() + before_wrap, bytes.size() - before_wrap);
}

base::SeqNum Reassembly::reach(base::SeqNum next) const {
  for (uint32_t i = 0; i < count_; ++i) {
    if (next.before(ranges_[i].begin)) break;
    if (next.before(ranges_[i].end)) return ranges_[i].end;
  }
  return next;
}

base::Bytes Reassembly::piece(base::SeqNum from, base::SeqNum until) {
  const uint32_t place = from.value() & kMask;
  return block_.whole().subspan(place, std::min(until - from, kCapacity - place));
}

void Reassembly::forget_before(base::SeqNum next) {
  uint32_t gone = 0;
  while (gone < count_ && !next.before(ranges_[gone].end)) ++gone;
  std::copy(ranges_.begin() + gone, ranges_.begin() + count_, ranges_.begin());
  count_ -= gone;
  if (count_ == 0) return clear();
  if (ranges_[0].begin.before(next)) ranges_[0].begin = next;
}

void Reassembly::clear() {
  count_ = 0;
  block_.release();
}

}  // namespace portolan::stack
