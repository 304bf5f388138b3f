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

void add_v4(OwnBlocks& out, uint32_t first, uint32_t last) {
  for (uint64_t wide = first >> 16; wide <= last >> 16; ++wide) {
    const auto low = static_cast<uint32_t>(wide << 16), high = low | 0xffff;
    if (first <= low && high <= last) {
      out.v4[wide] = kOwnAll;
    } else {
      out.v4[wide] = kOwnSome;
      add_v4_blocks(out, std::max(first, low), std::min(last, high));
    }
  }
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
  for (const auto& range : v4.ranges()) add_v4(out, range.first, range.last);
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
