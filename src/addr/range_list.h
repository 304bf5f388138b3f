// SPDX-License-Identifier: Apache-2.0
// RangeList: ranges of addresses while they are being collected, and the set arithmetic on them.
//
// The first half of a range set's life: add() in any order, normalize() once, subtract() and unite(), then hand the
// list to a RangeSet (range_set.h) for lookups. Not for lookups itself: it has no index.
// Word is uint32_t (IPv4, also service keys) or base::u128 (IPv6). All ranges include both ends.
// Cost: add() is a push; normalize() is a radix sort for 32-bit words (10 million random ones in about 0.2 s) and
// std::sort for 128-bit ones; all else is one linear sweep. Memory: 2 words a range, twice that while sorting.
// Ranges that touch or overlap the last added one in ascending order are merged at once, so a sorted list of single
// addresses stays small. A value; one thread while it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/int128.h"

namespace portolan::addr {

template <class Word>
struct Range {
  Word first;
  Word last;

  constexpr bool operator==(const Range&) const = default;
};

template <class Word>
class RangeList {
 public:
  // REQUIRES: first <= last.
  void add(Word first, Word last) {
    if (!ranges_.empty() && first > ranges_.back().last) {
      if (first == ranges_.back().last + 1) {
        ranges_.back().last = last;
        return;
      }
    } else {
      normal_ = normal_ && ranges_.empty();
    }
    ranges_.push_back({first, last});
  }

  void reserve(size_t ranges) { ranges_.reserve(ranges); }

  // Sorts, and merges what overlaps or touches. Does nothing when the ranges came in order.
  void normalize();

  // The rest REQUIRES: normalized, this and the other.

  void subtract(const RangeList& other);
  void unite(const RangeList& other);

  // How many of our addresses lie in [first, last]. Logarithmic, and linear in the ranges found there.
  base::u128 count_within(Word first, Word last) const;

  // Number of addresses; for all 2^128 of them it wraps to 0.
  base::u128 count() const;

  std::span<const Range<Word>> ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }

 private:
  void sort();
  void merge_sorted();

  std::vector<Range<Word>> ranges_;
  bool normal_ = true;  // sorted, disjoint, with a gap between any two
};

extern template class RangeList<uint32_t>;
extern template class RangeList<base::u128>;

}  // namespace portolan::addr
