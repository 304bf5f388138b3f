// SPDX-License-Identifier: Apache-2.0
// HostCount: how many different addresses there were, for the formats that end with that number.
//
// Open addressing over 64-bit fingerprints, 16 to 32 bytes a host, so a scan's memory grows with its hosts and not with
// its records. Two addresses share a fingerprint once in 2^64: the number is for people. Not for deciding whether a
// target has answered; that set is scan's. Owned by a sink: the writer's thread.
#pragma once

#include <cstdint>
#include <vector>

#include "addr/ip_address.h"

namespace portolan::output {

class HostCount {
 public:
  void add(const addr::IpAddress& address) {
    const uint64_t print = fingerprint(address);
    if (!slots_.empty() && slots_[find(print)] == print) return;
    if ((count_ + 1) * 2 > slots_.size()) grow();
    slots_[find(print)] = print;
    ++count_;
  }
  uint64_t count() const { return count_; }

 private:
  static uint64_t fingerprint(const addr::IpAddress& a) {
    uint64_t x = (a.hi() ^ 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u + a.lo();
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return x == 0 ? 1 : x;  // 0 is an empty slot
  }
  // The slot of `print`, or the empty one where it belongs. REQUIRES: a slot is empty.
  size_t find(uint64_t print) const {
    const size_t mask = slots_.size() - 1;
    size_t at = print & mask;
    while (slots_[at] != 0 && slots_[at] != print) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<uint64_t> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const uint64_t print : old) {
      if (print != 0) slots_[find(print)] = print;
    }
  }

  std::vector<uint64_t> slots_;  // a power of two of them
  uint64_t count_ = 0;
};

}  // namespace portolan::output
