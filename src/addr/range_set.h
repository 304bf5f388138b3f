// SPDX-License-Identifier: Apache-2.0
// RangeSet: a fixed set of addresses kept as ranges; its i-th address, an address's place, membership.
//
// Addresses are numbered from 0 in ascending order: pick(i) and index_of(word) are inverse to each other. Built once
// from a normalized RangeList. Constant afterwards: any number of threads. A value; copies copy the tables.
//
// The structure, and why. One array of entries {begin, before}: the range's first address and the number of addresses
// in all ranges before it, side by side, so that one cache line answers both (8 bytes for IPv4, since before < 2^32;
// the end follows from the next entry). A binary search over ten million of them takes 23 dependent steps, about 14 of
// them cache misses. So two tables of 4-byte entry numbers stand in front, over the high bits of i and of the address,
// with one to two buckets a range: the table names the entries between which the answer lies, and a bisection without
// branches ends it. For uniformly random i, which a scan's are, a bucket spans two entries on average whatever the
// ranges, so a pick touches two cache lines that are far apart: one of a table, one of the entries. The batch form in
// TargetSet has both on their way for 32 picks at a time. Addresses that crowd into few buckets fall back to the
// bisection: logarithmic, never linear. Memory: 16 to 24 bytes a range for IPv4, 40 to 48 for IPv6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "addr/pick_step.h"
#include "addr/range_list.h"
#include "base/int128.h"

namespace portolan::addr {

namespace range_set_internal {

template <class Word>
using Entry = std::conditional_t<sizeof(Word) == 4, PickEntryV4, PickEntryV6>;

constexpr uint32_t pick(const PickEntryV4* e, const uint32_t* b, const PickShape& s, uint64_t place) {
  return pick_v4(e, b, &s, place);
}
constexpr base::u128 pick(const PickEntryV6* e, const uint32_t* b, const PickShape& s, base::u128 place) {
  return pick_v6(e, b, &s, place);
}

// Finds the last entry whose key is not above x. Keys ascend strictly.
template <class Word, Word Entry<Word>::*kKey>
class BucketTable {
 public:
  // top: the greatest x that will be asked for. REQUIRES: entries is not empty, fewer than 2^32, top >= the last key.
  void build(std::span<const Entry<Word>> entries, Word top);

  // REQUIRES: the first key <= x <= top.
  size_t find(const Entry<Word>* entries, Word x) const {
    const uint32_t* bucket = bucket_of(x);
    size_t low = bucket[0];
    for (size_t n = bucket[1] - low + 1; n > 1;) {
      const size_t half = n / 2;
      low += entries[low + half].*kKey <= x ? half : 0;
      n -= half;
    }
    return low;
  }

  std::span<const uint32_t> buckets() const { return first_; }
  int shift() const { return shift_; }
  const uint32_t* bucket_of(Word x) const { return first_.data() + static_cast<size_t>((x - origin_) >> shift_); }

 private:
  std::vector<uint32_t> first_;  // per bucket, the last entry whose key is at or below the bucket's start
  Word origin_ = 0;
  int shift_ = 0;
};

}  // namespace range_set_internal

template <class Word>
class RangeSet {
 public:
  RangeSet() = default;  // no addresses

  // REQUIRES: list is normalized and does not hold all 2^128 addresses.
  explicit RangeSet(RangeList<Word> list);

  base::u128 size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The i-th address. REQUIRES: i < size().
  Word pick(base::u128 i) const {
    return range_set_internal::pick(entries_.data(), by_index_.buckets().data(), shape_, static_cast<Word>(i));
  }

  // The address's place among ours; nullopt when it is not one of them.
  std::optional<base::u128> index_of(Word word) const {
    if (empty() || word < entries_.front().begin || word > last_) return std::nullopt;
    const Entry* e = entries_.data() + by_word_.find(entries_.data(), word);
    // Both differences wrap where they must: the range's size is one more than its last offset.
    const Word offset = word - e->begin;
    if (offset > static_cast<Word>(e[1].before - e->before - 1)) return std::nullopt;
    return base::u128{e->before} + offset;
  }

  bool contains(Word word) const { return index_of(word).has_value(); }

  // For a walk over the ranges, ascending, disjoint. REQUIRES: k < range_count().
  size_t range_count() const { return entries_.empty() ? 0 : entries_.size() - 1; }
  Range<Word> range(size_t k) const {
    const Entry* e = entries_.data() + k;
    return {e->begin, static_cast<Word>(e->begin + (e[1].before - e->before - 1))};
  }

  // What pick() works with, for those who pick by themselves (pick_step.h).
  const PickShape& pick_shape() const { return shape_; }
  std::span<const range_set_internal::Entry<Word>> pick_entries() const { return entries_; }
  std::span<const uint32_t> pick_buckets() const { return by_index_.buckets(); }

  // The two steps of a pick that may miss the cache, as hints: first all buckets of a batch, then all its entries.
  // REQUIRES: i < size().
  void prefetch_bucket(base::u128 i) const { __builtin_prefetch(by_index_.bucket_of(static_cast<Word>(i))); }
  void prefetch_entry(base::u128 i) const {
    __builtin_prefetch(entries_.data() + *by_index_.bucket_of(static_cast<Word>(i)));
  }

 private:
  using Entry = range_set_internal::Entry<Word>;

  std::vector<Entry> entries_;  // and one more at the end, whose `before` is size()
  range_set_internal::BucketTable<Word, &Entry::before> by_index_;
  range_set_internal::BucketTable<Word, &Entry::begin> by_word_;
  PickShape shape_{};
  base::u128 size_ = 0;
  Word last_ = 0;
};

extern template class RangeSet<uint32_t>;
extern template class RangeSet<base::u128>;

}  // namespace portolan::addr
