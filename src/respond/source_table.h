// SPDX-License-Identifier: Apache-2.0
// SourceTable<State>: what is remembered of sources, for a bounded number of them, each by its exact address.
//
// Four places for each hash, which is keyed so that nobody can choose who shares them. A newcomer displaces the entry
// that ends first; so a State must be one whose loss is safe. State has a member `until` (ns; 0 in a new one): when it
// ends. All memory is taken at construction; O(1). Single-threaded.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "addr/ip_address.h"
#include "base/siphash.h"

namespace portolan::respond {

template <class State>
class SourceTable {
 public:
  // entries: rounded up to a power of two of at least 4.
  SourceTable(uint32_t entries, const base::SipKey& key)
      : key_(key),
        mask_(std::bit_ceil(std::max<uint64_t>(entries, kWays)) / kWays - 1),
        sets_(std::make_unique<Set[]>(mask_ + 1)) {}

  // nullptr: it is not there. Valid until the next enter(), as is what enter() gives.
  State* find(const addr::IpAddress& source) {
    for (Entry& e : set_of(source)) {
      if (e.source == source) return &e.state;
    }
    return nullptr;
  }
  const State* find(const addr::IpAddress& source) const { return const_cast<SourceTable*>(this)->find(source); }

  // The source's state; a new one when it was not there.
  State& enter(const addr::IpAddress& source) {
    Set& set = set_of(source);
    Entry* victim = &set.entries[0];
    for (Entry& e : set) {
      if (e.source == source) return e.state;
      if (e.state.until < victim->state.until) victim = &e;
    }
    *victim = {source, {}};
    return victim->state;
  }

  size_t bytes() const { return (mask_ + 1) * sizeof(Set); }

 private:
  static constexpr uint32_t kWays = 4;
  struct Entry {
    addr::IpAddress source{};
    State state{};
  };
  struct Set {
    Entry entries[kWays];
    Entry* begin() { return entries; }
    Entry* end() { return entries + kWays; }
  };

  Set& set_of(const addr::IpAddress& source) { return sets_[base::siphash(key_, source.hi(), source.lo()) & mask_]; }

  base::SipKey key_;
  uint64_t mask_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace portolan::respond
