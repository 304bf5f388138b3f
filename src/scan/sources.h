// SPDX-License-Identifier: Apache-2.0
// Sources: the addresses of ours, of one family, that probes leave from: one, or a list of ranges of any size.
//
// Which of them asks a target is drawn (Egress::origin()): pick() spreads numbers that are evenly drawn evenly over
// all of them. Nearly always there is one, and then no table is looked at. A value; copies share their tables, and
// making or copying one allocates only where there are several. Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "addr/ip_address.h"
#include "addr/range_set.h"
#include "base/int128.h"

namespace portolan::scan {

class Sources {
 public:
  Sources() = default;  // none
  explicit Sources(const addr::IpAddress& one) : first_(one), any_(true) {}
  // REQUIRES: normalized, and not all 2^128 addresses. An empty list is none.
  explicit Sources(addr::RangeList<uint32_t> v4);
  explicit Sources(addr::RangeList<base::u128> v6);

  bool empty() const { return !any_; }
  bool is_one() const { return any_ && v4_ == nullptr && v6_ == nullptr; }
  base::u128 size() const;

  // The rest REQUIRES: !empty().

  const addr::IpAddress& first() const { return first_; }  // the least
  bool contains(const addr::IpAddress& a) const { return is_one() ? a == first_ : in_list(a); }
  // Of 2^64 numbers each address gets as many as any other, but for one. Where there are more addresses than numbers,
  // those that are picked are spread over all of them.
  addr::IpAddress pick(uint64_t number) const { return is_one() ? first_ : pick_of_list(number); }

  std::vector<addr::IpAddress> least(size_t most) const;  // the first of them, ascending

  // "10.0.0.4-10.0.0.7,10.0.0.9"; of a long list its beginning and its size.
  std::string to_string() const;

  // Lists are compared by identity.
  bool operator==(const Sources&) const = default;

 private:
  bool in_list(const addr::IpAddress& a) const;
  addr::IpAddress pick_of_list(uint64_t number) const;

  addr::IpAddress first_;
  bool any_ = false;
  // At most one of them, and only where there are several addresses.
  std::shared_ptr<const addr::RangeSet<uint32_t>> v4_;
  std::shared_ptr<const addr::RangeSet<base::u128>> v6_;
};

}  // namespace portolan::scan
