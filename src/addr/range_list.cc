// SPDX-License-Identifier: Apache-2.0
#include "addr/range_list.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace portolan::addr {
namespace {

template <class Word>
bool begins_before(const Range<Word>& a, const Range<Word>& b) {
  return a.first < b.first;
}

// Below this, the histograms of the radix sort cost more than they save.
constexpr size_t kRadixFrom = 1 << 13;

// One pass of a least-significant-digit radix sort, stable, by 11 bits of the first word.
void radix_pass(const Range<uint32_t>* from, Range<uint32_t>* to, size_t n, int shift) {
  constexpr uint32_t kMask = (1u << 11) - 1;
  std::array<size_t, kMask + 1> at{};
  for (size_t i = 0; i < n; ++i) ++at[(from[i].first >> shift) & kMask];
  size_t sum = 0;
  for (size_t& a : at) sum += std::exchange(a, sum);
  for (size_t i = 0; i < n; ++i) to[at[(from[i].first >> shift) & kMask]++] = from[i];
}

void radix_sort(std::vector<Range<uint32_t>>& ranges) {
  const size_t n = ranges.size();
  const auto scratch = std::make_unique_for_overwrite<Range<uint32_t>[]>(n);
  radix_pass(ranges.data(), scratch.get(), n, 0);
  radix_pass(scratch.get(), ranges.data(), n, 11);
  radix_pass(ranges.data(), scratch.get(), n, 22);
  std::copy_n(scratch.get(), n, ranges.data());
}

}  // namespace

template <class Word>
void RangeList<Word>::normalize() {
  if (normal_) return;
  sort();
  merge_sorted();
  normal_ = true;
}

template <class Word>
void RangeList<Word>::sort() {
  if constexpr (std::is_same_v<Word, uint32_t>) {
    if (ranges_.size() >= kRadixFrom) return radix_sort(ranges_);
  }
  std::sort(ranges_.begin(), ranges_.end(), begins_before<Word>);
}

template <class Word>
void RangeList<Word>::merge_sorted() {
  if (ranges_.empty()) return;
  size_t kept = 0;
  for (size_t i = 1; i < ranges_.size(); ++i) {
    Range<Word>& back = ranges_[kept];
    const Range<Word> next = ranges_[i];
    // The second test cannot overflow: next.first is above back.last there, so it is not 0.
    if (next.first <= back.last || next.first - 1 == back.last) {
      back.last = std::max(back.last, next.last);
    } else {
      ranges_[++kept] = next;
    }
  }
  ranges_.resize(kept + 1);
}

template <class Word>
void RangeList<Word>::subtract(const RangeList& other) {
  if (ranges_.empty() || other.ranges_.empty()) return;
  std::vector<Range<Word>> kept;
  kept.reserve(ranges_.size() + other.ranges_.size());
  auto cut = other.ranges_.begin();
  const auto end = other.ranges_.end();
  for (const Range<Word>& range : ranges_) {
    while (cut != end && cut->last < range.first) ++cut;
    Word first = range.first;
    // A cut that ends inside the range is done with; one that reaches past it may meet the next range too.
    for (; cut != end && cut->last < range.last; ++cut) {
      if (cut->first > first) kept.push_back({first, cut->first - 1});
      first = cut->last + 1;
    }
    if (cut == end || cut->first > range.last) {
      kept.push_back({first, range.last});
    } else if (cut->first > first) {
      kept.push_back({first, cut->first - 1});
    }
  }
  ranges_ = std::move(kept);
}

template <class Word>
void RangeList<Word>::unite(const RangeList& other) {
  if (other.ranges_.empty()) return;
  const auto middle = static_cast<std::ptrdiff_t>(ranges_.size());
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  std::inplace_merge(ranges_.begin(), ranges_.begin() + middle, ranges_.end(), begins_before<Word>);
  merge_sorted();
}

template <class Word>
base::u128 RangeList<Word>::count_within(Word first, Word last) const {
  const auto ends_before = [](const Range<Word>& range, Word word) { return range.last < word; };
  auto it = std::lower_bound(ranges_.begin(), ranges_.end(), first, ends_before);
  base::u128 sum = 0;
  for (; it != ranges_.end() && it->first <= last; ++it) {
    sum += base::u128{std::min(it->last, last)} - std::max(it->first, first) + 1;
  }
  return sum;
}

template <class Word>
base::u128 RangeList<Word>::count() const {
  base::u128 sum = 0;
  for (const Range<Word>& range : ranges_) sum += base::u128{range.last} - range.first + 1;
  return sum;
}

template class RangeList<uint32_t>;
template class RangeList<base::u128>;

}  // namespace portolan::addr
