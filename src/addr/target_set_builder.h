// SPDX-License-Identifier: Apache-2.0
// TargetSetBuilder: collects what to scan and what not to, and makes the TargetSet of it. Safety is decided here.
//
// An item (one address, range or prefix as the user wrote it) is judged when it is added, by special_ranges.h:
//  - wholly inside a special range: the user means that range, so the item is taken (a private network, a lab in
//    documentation space, 127.0.0.1);
//  - otherwise every special range is cut out of it, unless Policy::include_reserved;
//  - loopback is taken only in the first way, whatever the policy; multicast, broadcast, unspecified and IPv4-mapped
//    addresses never.
// Exclusions are applied last and win over everything. The order of calls does not matter. The report says what was
// left out, and why, so that nothing vanishes silently.
// Used while options and files are read: it allocates; ten million addresses take 80 MB here, and twice that while
// build() sorts and cuts. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/range_list.h"
#include "addr/special_ranges.h"
#include "addr/target_set.h"
#include "base/int128.h"

namespace portolan::addr {

struct Policy {
  bool include_reserved = false;  // take special ranges also as parts of wider ones
};

// Addresses left out because of one special range.
struct SpecialCut {
  std::string prefix;          // "10.0.0.0/8"
  std::string_view name;       // "Private-Use"
  std::string_view reference;  // "RFC 1918"
  SpecialKind kind;
  base::u128 addresses;
};

struct BuildReport {
  std::vector<SpecialCut> special;    // those with at least one address; never-sent ones first
  base::u128 excluded_addresses = 0;  // by the user's exclusions, counted after the special ranges are gone
  uint64_t excluded_pairs = 0;        // by excluded addresses or services
  uint64_t never_sent_pairs = 0;      // pairs with an address that is never sent to
  uint64_t duplicate_pairs = 0;       // pairs given twice, or in the product anyway
  base::u128 unserved_v4 = 0;         // addresses for which no service was asked (or none of their family)
  base::u128 unserved_v6 = 0;
};

struct BuiltTargets {
  TargetSet set;  // may be empty: the report says why
  BuildReport report;
};

class TargetSetBuilder {
 public:
  // Both ends included. REQUIRES: first <= last.
  void add_v4(uint32_t first, uint32_t last) { v4_.add(first, last); }
  void add_v6(base::u128 first, base::u128 last) { v6_.add(first, last); }
  // REQUIRES: one family, first <= last.
  void add(const IpAddress& first, const IpAddress& last);
  void add_pair(const Target& pair) { pairs_.push_back(pair); }

  void exclude_v4(uint32_t first, uint32_t last) { v4_.excluded.add(first, last); }
  void exclude_v6(base::u128 first, base::u128 last) { v6_.excluded.add(first, last); }
  void exclude(const IpAddress& first, const IpAddress& last);

  // Asked of every address that is not part of a pair. arp stands for ndp with IPv6 and the reverse; icmp-timestamp is
  // not asked of IPv6. An excluded service is taken from pairs too. Ranges of ports: REQUIRES first <= last.
  void add_service(ProtoPort s) { services_.add(service_key(s), service_key(s)); }
  void add_services(Protocol protocol, uint16_t first, uint16_t last);
  void exclude_service(ProtoPort s) { excluded_services_.add(service_key(s), service_key(s)); }
  void exclude_services(Protocol protocol, uint16_t first, uint16_t last);

  // Uses the builder up. The error (with its cure) is the one thing that counting cannot do: 2^128 targets or more.
  tl::expected<BuiltTargets, std::string> build(const Policy& policy = {}) &&;

 private:
  template <class Word>
  struct Items {
    RangeList<Word> wide;      // items that no special range covers
    RangeList<Word> named;     // items inside a special range that may be sent to when named
    RangeList<Word> loopback;  // items inside loopback
    RangeList<Word> excluded;

    void add(Word first, Word last);
    void normalize();
    RangeList<Word> settle(const Policy& policy, BuildReport& report);
    void cut_special(const Policy& policy, BuildReport& report);
  };

  std::vector<Target> settle_pairs(BuildReport& report);

  Items<uint32_t> v4_;
  Items<base::u128> v6_;
  RangeList<uint32_t> services_;
  RangeList<uint32_t> excluded_services_;
  std::vector<Target> pairs_;
};

}  // namespace portolan::addr
