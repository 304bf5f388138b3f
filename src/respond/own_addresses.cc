// SPDX-License-Identifier: Apache-2.0
#include "respond/own_addresses.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::respond {
namespace {

constexpr std::array<uint8_t, 6> kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr std::array<uint8_t, 6> kAllNodes{0x33, 0x33, 0, 0, 0, 1};

// Sets the bits of the low `width` bits of all addresses from first to last.
template <class Word>
void mark(std::vector<uint64_t>& bits, int width, Word first, Word last) {
  const Word size = Word{1} << width;
  if (last - first >= size - 1) {
    std::fill(bits.begin(), bits.end(), ~uint64_t{0});
    return;
  }
  for (Word a = first;; ++a) {
    const auto i = static_cast<uint32_t>(a & (size - 1));
    bits[i >> 6] |= uint64_t{1} << (i & 63);
    if (a == last) return;
  }
}

template <class Word>
std::vector<uint64_t> low_bits(const addr::RangeSet<Word>& ranges, int width) {
  if (ranges.empty()) return {};
  std::vector<uint64_t> bits(size_t{1} << (width - 6));
  for (size_t k = 0; k < ranges.range_count(); ++k) mark(bits, width, ranges.range(k).first, ranges.range(k).last);
  return bits;
}

uint32_t low24(const addr::MacAddress& mac) {
  return uint32_t{mac.bytes[3]} << 16 | uint32_t{mac.bytes[4]} << 8 | mac.bytes[5];
}

}  // namespace

AddressSet AddressSet::everything() {
  AddressSet all;
  all.everything_ = true;
  return all;
}

AddressSet::AddressSet(addr::RangeList<uint32_t> v4, addr::RangeList<base::u128> v6) {
  v4.normalize();
  v6.normalize();
  v4_ = addr::RangeSet<uint32_t>(std::move(v4));
  v6_ = addr::RangeSet<base::u128>(std::move(v6));
}

LinkAddresses::LinkAddresses(const addr::MacAddress& own, const AddressSet& addresses)
    : own_(own),
      everything_(addresses.is_everything()),
      groups_v4_(low_bits(addresses.v4(), 23)),
      solicited_nodes_(low_bits(addresses.v6(), 24)) {}

bool LinkAddresses::accepts(const addr::MacAddress& destination) const {
  if (destination == own_) return true;
  const auto& b = destination.bytes;
  if ((b[0] & 1) == 0) return false;
  if (b == kBroadcast || b == kAllNodes) return true;
  if (b[0] == 0x01 && b[1] == 0x00 && b[2] == 0x5e && (b[3] & 0x80) == 0) {
    return everything_ || has(groups_v4_, low24(destination));
  }
  if (b[0] == 0x33 && b[1] == 0x33 && b[2] == 0xff) return everything_ || has(solicited_nodes_, low24(destination));
  return false;
}

bool is_unanswerable(const addr::IpAddress& source) {
  if (source.is_v4()) {
    const uint32_t top = source.v4_bits() >> 24;
    return top == 0 || top == 127 || top >= 224;
  }
  return (source.hi() == 0 && source.lo() <= 1) || (source.hi() >> 56) == 0xff;
}

}  // namespace portolan::respond
