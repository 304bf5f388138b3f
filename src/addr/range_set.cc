// SPDX-License-Identifier: Apache-2.0
#include "addr/range_set.h"

#include <algorithm>

namespace portolan::addr {

namespace range_set_internal {

template <class Word, Word Entry<Word>::*kKey>
void BucketTable<Word, kKey>::build(std::span<const Entry<Word>> entries, Word top) {
  origin_ = entries.front().*kKey;
  const Word span = top - origin_;
  // At most two buckets an entry. Ends at a shift below the word's width, since two buckets are always allowed.
  shift_ = 0;
  while ((span >> shift_) >= 2 * base::u128{entries.size()}) ++shift_;
  const size_t buckets = static_cast<size_t>(span >> shift_) + 1;

  first_.resize(buckets + 1);
  const Word below = (Word{1} << shift_) - 1;
  size_t bucket = 0;
  for (size_t k = 1; k < entries.size(); ++k) {
    const Word offset = entries[k].*kKey - origin_;
    // The first bucket that starts at or after this key; all before it belong to the entry before.
    const size_t from = static_cast<size_t>(offset >> shift_) + ((offset & below) != 0 ? 1 : 0);
    for (; bucket < from; ++bucket) first_[bucket] = static_cast<uint32_t>(k - 1);
  }
  std::fill(first_.begin() + static_cast<std::ptrdiff_t>(bucket), first_.end(),
            static_cast<uint32_t>(entries.size() - 1));
}

}  // namespace range_set_internal

template <class Word>
RangeSet<Word>::RangeSet(RangeList<Word> list) {
  if (list.empty()) return;
  entries_.reserve(list.ranges().size() + 1);
  for (const Range<Word>& range : list.ranges()) {
    entries_.push_back({range.first, static_cast<Word>(size_)});
    size_ += base::u128{range.last} - range.first + 1;
  }
  last_ = list.ranges().back().last;
  list = {};  // its memory is wanted for the tables
  const std::span<const Entry> ranges = entries_;
  by_index_.build(ranges, static_cast<Word>(size_ - 1));
  by_word_.build(ranges, last_);
  entries_.push_back({0, static_cast<Word>(size_)});
  shape_ = {entries_.size(), by_index_.buckets().size(), static_cast<uint64_t>(by_index_.shift())};
}

template class RangeSet<uint32_t>;
template class RangeSet<base::u128>;

}  // namespace portolan::addr
