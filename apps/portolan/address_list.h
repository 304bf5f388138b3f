// SPDX-License-Identifier: Apache-2.0
// AddressList: addresses that a responder answers for, or never answers: from words and from files, one way to write
// both.
//
// In a word: addresses, networks (CIDR) and ranges, parted by commas. In a file: any number a line, '#' and ';' begin a
// comment, and what stands behind a tab is left alone (masscanned's files carry a count there). No host names and no
// ports: nobody is answered for by a typing mistake. Whatever is not understood is a Refusal with its place. One
// thread, while options are read.
#pragma once

#include <cstdint>
#include <string>

#include "addr/range_list.h"
#include "base/int128.h"
#include "portolan/sourced.h"
#include "respond/own_addresses.h"

namespace portolan::cli {

class AddressList {
 public:
  void read_words(const Sourced& text);
  // Throws Refusal also when the file holds no address and `may_be_empty` is false.
  void read_file(const Sourced& path, bool may_be_empty);
  void add(const addr::IpAddress& first, const addr::IpAddress& last);

  bool empty() const { return v4_.empty() && v6_.empty(); }
  // Takes all of it.
  respond::AddressSet set() &&;

  // The first address that cannot be anybody's own, if there is one.
  const std::string& impossible() const { return impossible_; }

 private:
  bool take(const std::string& text, const std::string& where);

  addr::RangeList<uint32_t> v4_;
  addr::RangeList<base::u128> v6_;
  std::string impossible_;
};

}  // namespace portolan::cli
