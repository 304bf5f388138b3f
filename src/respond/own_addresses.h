// SPDX-License-Identifier: Apache-2.0
// AddressSet: a fixed set of addresses of both families, or all of them: those we answer for, those we never answer.
//
// And LinkAddresses: the MAC addresses that frames for us may be sent to: our own, broadcast, all nodes, and the
// multicast addresses that belong to our IP addresses (RFC 1112 6.4 for IPv4, RFC 2464 7 and RFC 4291 2.7.1 for IPv6).
// Both are built once; a question costs the same for one address and for a /8. Immutable: any thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/range_list.h"
#include "addr/range_set.h"
#include "base/int128.h"

namespace portolan::respond {

class AddressSet {
 public:
  AddressSet() = default;  // no address
  static AddressSet everything();
  AddressSet(addr::RangeList<uint32_t> v4, addr::RangeList<base::u128> v6);
  AddressSet(addr::RangeSet<uint32_t> v4, addr::RangeSet<base::u128> v6) : v4_(std::move(v4)), v6_(std::move(v6)) {}

  bool contains(const addr::IpAddress& a) const {
    if (everything_) return true;
    return a.is_v4() ? v4_.contains(a.v4_bits()) : v6_.contains(a.v6_bits());
  }
  bool is_everything() const { return everything_; }
  bool empty() const { return !everything_ && v4_.empty() && v6_.empty(); }

  const addr::RangeSet<uint32_t>& v4() const { return v4_; }
  const addr::RangeSet<base::u128>& v6() const { return v6_; }

 private:
  addr::RangeSet<uint32_t> v4_;
  addr::RangeSet<base::u128> v6_;
  bool everything_ = false;
};

class LinkAddresses {
 public:
  LinkAddresses(const addr::MacAddress& own, const AddressSet& addresses);

  bool accepts(const addr::MacAddress& destination) const;
  const addr::MacAddress& own() const { return own_; }

 private:
  // One bit for each value of the low 23 (24) bits of an address, since only these are in the multicast MAC.
  using Bits = std::vector<uint64_t>;
  static bool has(const Bits& bits, uint32_t i) { return !bits.empty() && ((bits[i >> 6] >> (i & 63)) & 1) != 0; }

  addr::MacAddress own_;
  bool everything_;
  Bits groups_v4_;        // empty: none
  Bits solicited_nodes_;  // empty: none
};

constexpr bool is_multicast(const addr::IpAddress& a) {
  return a.is_v4() ? a.v4_bits() >> 28 == 0xe : a.hi() >> 56 == 0xff;
}

// Whether an answer to this source would go to nobody or to many: unspecified, loopback, multicast, limited broadcast,
// class E (RFC 1122 3.2.1.3, RFC 4291 2.7). Private addresses are not among them: there are networks that use them.
bool is_unanswerable(const addr::IpAddress& source);

}  // namespace portolan::respond
