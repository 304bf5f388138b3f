// SPDX-License-Identifier: Apache-2.0
// RecencyList: numbers below a bound, in the order in which they were last used. Every call is a few stores.
//
// For saying who goes when there is no room. All memory is taken at construction. Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace portolan::stack {

class RecencyList {
 public:
  explicit RecencyList(uint32_t bound) : links_(size_t{bound} + 1), end_(bound) { links_[end_] = {end_, end_}; }

  bool contains(uint32_t i) const { return links_[i].newer != kOut; }
  // The most recently used from now on, whether it is in the list or not.
  void touch(uint32_t i) { place(i, end_, links_[end_].older); }
  // The least recently used from now on.
  void put_last(uint32_t i) { place(i, links_[end_].newer, end_); }
  void remove(uint32_t i) {
    if (!contains(i)) return;
    const Link l = links_[i];
    links_[l.newer].older = l.older;
    links_[l.older].newer = l.newer;
    links_[i] = {};
  }

  // From the least recently used on: for (i = first(); i != end(); i = next(i)).
  uint32_t first() const { return links_[end_].newer; }
  uint32_t next(uint32_t i) const { return links_[i].newer; }
  uint32_t end() const { return end_; }

 private:
  static constexpr uint32_t kOut = 0xffffffff;
  struct Link {
    uint32_t newer = kOut;
    uint32_t older = kOut;
  };

  // Between `older` and `newer`; either may be i itself.
  void place(uint32_t i, uint32_t newer, uint32_t older) {
    if (newer == i || older == i) return;
    remove(i);
    links_[i] = {newer, older};
    links_[newer].older = i;
    links_[older].newer = i;
  }

  std::vector<Link> links_;  // the last one stands for both ends
  uint32_t end_;
};

}  // namespace portolan::stack
