// SPDX-License-Identifier: Apache-2.0
#include "portolan/target_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "addr/grammar.h"
#include "addr/special_ranges.h"

namespace portolan::cli {
namespace {

using addr::IpAddress;

IpAddress address(uint32_t word) { return IpAddress::v4(word); }
IpAddress address(base::u128 word) { return IpAddress::v6(word); }

// Of a prefix of `length` bits.
template <class Word>
Word last_of(Word first, int length) {
  return addr::SpecialRange<Word>{.first = first, .prefix_length = length, .kind = {}, .name = {}, .reference = {}}
      .last();
}

// Whether a prefix has a special range inside it, and is wider.
template <class Word>
bool reaches_in(Word first, int length) {
  const Word last = last_of(first, length);
  const auto rows = addr::special_ranges<Word>();
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.prefix_length > length && first <= row.first && row.first <= last;
  });
}

// The widest prefix that begins at `first` and does not go beyond `last`.
template <class Word>
int widest(Word first, Word last) {
  constexpr int kBits = static_cast<int>(8 * sizeof(Word));
  int length = kBits;
  while (length > 0 && (first >> (kBits - length) & 1) == 0 && last_of(first, length - 1) <= last) --length;
  while (length < kBits && reaches_in(first, length)) ++length;
  return length;
}

template <class Word>
void prefixes(addr::Range<Word> range, const std::function<void(std::string_view)>& take) {
  for (Word first = range.first;;) {
    const int length = widest(first, range.last);
    take(fmt::format("{}/{}", address(first).to_string(), length));
    const Word last = last_of(first, length);
    if (last >= range.last) return;
    first = last + 1;
  }
}

template <class Word>
void ranges(const addr::RangeSet<Word>& set, RangeForm form, const std::function<void(std::string_view)>& take) {
  for (size_t k = 0; k < set.range_count(); ++k) {
    const addr::Range<Word> r = set.range(k);
    if (form == RangeForm::kPrefixes) {
      prefixes(r, take);
    } else {
      const std::string first = address(r.first).to_string();
      take(r.first == r.last ? first : fmt::format("{}-{}", first, address(r.last).to_string()));
    }
  }
}

}  // namespace

void for_each_target_range(const addr::TargetSet& set, RangeForm form,
                           const std::function<void(std::string_view)>& take) {
  ranges(set.v4(), form, take);
  ranges(set.v6(), form, take);
  for (const addr::Target& pair : set.pairs()) take(addr::to_string(addr::TargetItem(pair)));
}

}  // namespace portolan::cli
