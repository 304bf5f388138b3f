// SPDX-License-Identifier: Apache-2.0
// OwnBlocks: our addresses in the form in which the kernel program looks them up.
//
// IPv4: a table by the upper 16 bits says whether all of them are ours, none, few or many. Few are looked for one by
// one in a bucket of 16 (a cache line; 65,536 of them take 512 KB), many in blocks of 256 addresses, of which a /16 has
// no more than 256. IPv6: prefixes by length, of which there may be kOwnPrefixes, and blocks for what is longer than a
// /120. So a question costs the same whatever the number of addresses, but for the caches. Chosen by measuring
// (answer_bench.cc): with 65,536 scattered IPv4 addresses a hash of blocks alone, and a longest-prefix trie, cost more
// than the rest of the program together.
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <tuple>
#include <vector>

#include "addr/range_list.h"
#include "base/int128.h"
#include "xdp/answer_shared.h"

namespace portolan::xdp {

struct OwnBlocks {
  static constexpr uint32_t kFew = 1024;  // addresses of a /16

  std::vector<uint8_t> v4 = std::vector<uint8_t>(65536, kOwnNone);
  std::vector<OwnSlots> slots = std::vector<OwnSlots>(2);  // a power of two of them
  uint32_t slot_shift = 31;
  std::map<std::tuple<uint64_t, uint64_t, uint64_t>, OwnBlock> blocks;  // by OwnBlockKey's words
  std::vector<AnswerPrefix> prefixes;                                   // IPv6, shortest first
};

// REQUIRES: both are normalized.
tl::expected<OwnBlocks, std::string> make_own_blocks(const addr::RangeList<uint32_t>& v4,
                                                     const addr::RangeList<base::u128>& v6);

// Both in one family's words: what is in both. REQUIRES: both are normalized.
template <class Word>
addr::RangeList<Word> in_both(const addr::RangeList<Word>& a, const addr::RangeList<Word>& b) {
  addr::RangeList<Word> outside = a;
  outside.subtract(b);
  addr::RangeList<Word> both = a;
  both.subtract(outside);
  return both;
}

// Aligned prefixes that make up [first, last], in order: `take(first, bits)`, bits of 32 or 128.
template <class Word, class Take>
void cut_into_prefixes(Word first, Word last, Take&& take) {
  constexpr int kBits = static_cast<int>(8 * sizeof(Word));
  for (;;) {
    int free = 0;  // bits that the prefix leaves open
    while (free < kBits) {
      const Word size_less_one =
          free + 1 == kBits ? static_cast<Word>(~Word{0}) : static_cast<Word>((Word{1} << (free + 1)) - 1);
      if ((first & size_less_one) != 0 || size_less_one > last - first) break;
      ++free;
    }
    take(first, kBits - free);
    const Word end = free == kBits ? last : static_cast<Word>(first + ((Word{1} << free) - 1));
    if (end == last) return;
    first = static_cast<Word>(end + 1);
  }
}

}  // namespace portolan::xdp
