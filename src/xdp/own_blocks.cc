// SPDX-License-Identifier: Apache-2.0
#include "xdp/own_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "addr/ip_address.h"

namespace portolan::xdp {
namespace {

using base::u128;

constexpr uint64_t kAllMembers = ~uint64_t{0};

void mark(OwnBlock& block, uint32_t first, uint32_t last) {
  for (uint32_t i = first; i <= last; ++i) block.members[i >> 6] |= uint64_t{1} << (i & 63);
}

void add_v4_blocks(OwnBlocks& out, uint32_t first, uint32_t last) {
  for (uint64_t block = first & ~0xffu; block <= last; block += 256) {
    const addr::IpAddress at = addr::IpAddress::v4(static_cast<uint32_t>(block));
    OwnBlock& b = out.blocks[{at.hi(), at.lo(), kOwnBlockBits}];
    mark(b, static_cast<uint32_t>(std::max<uint64_t>(first, block) - block),
         static_cast<uint32_t>(std::min<uint64_t>(last, block + 255) - block));
  }
}

// Of the range, what lies in each /16: take(the upper 16 bits, first, last).
template <class Take>
void by_upper_half(const addr::Range<uint32_t>& range, Take&& take) {
  for (uint64_t wide = range.first >> 16; wide <= range.last >> 16; ++wide) {
    const auto low = static_cast<uint32_t>(wide << 16);
    take(wide, std::max(range.first, low), std::min(range.last, low | 0xffff));
  }
}

bool put_in_slot(OwnBlocks& out, uint32_t address) {
  const auto first = own_slot_of(address, out.slot_shift);
  for (uint32_t k = 0; k < 2; ++k) {
    for (uint32_t& place : out.slots[(first + k) & (out.slots.size() - 1)].address) {
      if (place != 0) continue;
      place = address;
      return true;
    }
  }
  return false;
}

// Half full or less, and so large that every address has a place in its bucket or the next.
void fill_slots(OwnBlocks& out, const std::vector<uint32_t>& addresses) {
  while (out.slots.size() * kSlots < 2 * addresses.size()) out.slots.resize(out.slots.size() * 2), --out.slot_shift;
  while (!std::all_of(addresses.begin(), addresses.end(), [&](uint32_t a) { return put_in_slot(out, a); })) {
    const size_t more = out.slots.size() * 2;
    out.slots.assign(more, OwnSlots{});
    --out.slot_shift;
  }
}

void add_v4(OwnBlocks& out, const addr::RangeList<uint32_t>& list) {
  std::vector<uint32_t> counts(65536), few;
  for (const auto& range : list.ranges()) {
    by_upper_half(range, [&](uint64_t wide, uint32_t first, uint32_t last) { counts[wide] += last - first + 1; });
  }
  for (const auto& range : list.ranges()) {
    by_upper_half(range, [&](uint64_t wide, uint32_t first, uint32_t last) {
      const uint32_t n = counts[wide];
      out.v4[wide] = n == 65536 ? kOwnAll : n <= OwnBlocks::kFew ? kOwnFew : kOwnMany;
      if (out.v4[wide] == kOwnMany) add_v4_blocks(out, first, last);
      for (uint64_t a = first; out.v4[wide] == kOwnFew && a <= last; ++a) few.push_back(static_cast<uint32_t>(a));
    });
  }
  // Nobody is 0.0.0.0, which stands for a free place.
  few.erase(std::remove(few.begin(), few.end(), 0u), few.end());
  fill_slots(out, few);
}

void add_v6(OwnBlocks& out, std::set<int>& lengths, u128 first, u128 last) {
  cut_into_prefixes<u128>(first, last, [&](u128 prefix, int bits) {
    const int length = std::min<int>(bits, kOwnBlockBits);
    lengths.insert(length);
    const u128 masked = prefix & ~u128{0xff};
    const u128 at = bits >= kOwnBlockBits ? masked : prefix;
    OwnBlock& b = out.blocks[{base::hi64(at), base::lo64(at), static_cast<uint64_t>(length)}];
    if (bits > kOwnBlockBits) {
      const auto low = static_cast<uint32_t>(prefix - masked);
      mark(b, low, low + (1u << (128 - bits)) - 1);
    } else {
      for (uint64_t& m : b.members) m = kAllMembers;
    }
  });
}

}  // namespace

tl::expected<OwnBlocks, std::string> make_own_blocks(const addr::RangeList<uint32_t>& v4,
                                                     const addr::RangeList<u128>& v6) {
  OwnBlocks out;
  std::set<int> lengths;
  add_v4(out, v4);
  for (const auto& range : v6.ranges()) add_v6(out, lengths, range.first, range.last);
  if (lengths.size() > kOwnPrefixes) {
    return tl::unexpected(
        fmt::format("our IPv6 addresses are prefixes of {} different lengths, and the kernel program "
                    "looks for {} at most; give them as whole prefixes",
                    lengths.size(), int{kOwnPrefixes}));
  }
  for (const int bits : lengths) {
    const u128 mask = bits == 0 ? u128{0} : ~u128{0} << (128 - bits);
    out.prefixes.push_back({static_cast<uint64_t>(bits), base::hi64(mask), base::lo64(mask)});
  }
  return out;
}

}  // namespace portolan::xdp
