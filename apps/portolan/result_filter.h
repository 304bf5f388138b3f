// SPDX-License-Identifier: Apache-2.0
// ResultFilter: which results that are read back are wanted: by address, by port and protocol, by state, by banner
// type.
//
// Filled while options are read, then asked of every record; a question costs a few lookups whatever the number of
// ranges. What was not filled in takes everything. An exclusion wins. Constant once it is asked: any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <vector>

#include "addr/grammar.h"
#include "addr/range_set.h"
#include "output/fanout.h"
#include "result/banner.h"

namespace portolan::cli {

class ResultFilter {
 public:
  ResultFilter() = default;

  // Both ends included, of one family.
  void want(const addr::AddressRange& range) { wanted_.add(range); }
  void leave_out(const addr::AddressRange& range) { left_out_.add(range); }
  // Any port of `protocol`, where it has none. "arp" stands for ndp too.
  void want(const addr::ServiceRange& range);
  void leave_out(const addr::ServiceRange& range);
  void want(result::Application application) { applications_.push_back(application.number); }
  void show(output::StateSet states) { states_ = states; }

  // After the last of the above, before the first question.
  void settle();

  bool takes(const result::Observation& o) const { return states_.contains(o.state) && takes(o.target); }
  bool takes(const result::Banner& b) const;

 private:
  class Addresses {
   public:
    void add(const addr::AddressRange& range);
    void settle();
    bool empty() const { return v4_.empty() && v6_.empty(); }
    bool contains(const addr::IpAddress& address) const;

   private:
    addr::RangeList<uint32_t> new_v4_;
    addr::RangeList<base::u128> new_v6_;
    addr::RangeSet<uint32_t> v4_;
    addr::RangeSet<base::u128> v6_;
  };
  using Services = std::bitset<addr::kProtocolCount << 16>;

  static size_t place(addr::ProtoPort s) { return static_cast<size_t>(s.protocol) << 16 | s.port; }
  static void add(std::unique_ptr<Services>& services, const addr::ServiceRange& range);
  bool takes(const addr::Target& target) const;

  Addresses wanted_, left_out_;
  std::unique_ptr<Services> services_, services_left_out_;  // 64 KiB; none: all, and none
  std::vector<uint16_t> applications_;
  output::StateSet states_ = output::StateSet::all();
};

}  // namespace portolan::cli
