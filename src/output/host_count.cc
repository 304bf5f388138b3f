// SPDX-License-Identifier: Apache-2.0
#include "output/host_count.h"

#include <algorithm>

namespace portolan::output {
namespace {

uint64_t fingerprint(const addr::IpAddress& a) {
  uint64_t x = (a.hi() ^ 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u + a.lo();
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  x ^= x >> 31;
  return x == 0 ? 1 : x;  // 0 is an empty slot
}

}  // namespace

void HostCount::add(const addr::IpAddress& address) {
  const uint64_t print = fingerprint(address);
  if (!slots_.empty() && slots_[find(print)] == print) return;
  if (count_ == kept_) spill();
  if ((count_ + 1) * 2 > slots_.size()) grow();
  slots_[find(print)] = print;
  ++count_;
}

tl::expected<uint64_t, std::string> HostCount::total() {
  if (!spilled_) return count_;
  spill();
  uint64_t hosts = 0, last = 0;  // which is no fingerprint
  const auto done = spilled_->drain([&](const ExternalSort::Key& key, std::string_view) {
    hosts += key.lo != last ? 1 : 0;
    last = key.lo;
  });
  if (!done) return tl::unexpected(done.error());
  return hosts;
}

// The slot of `print`, or the empty one where it belongs. REQUIRES: a slot is empty.
size_t HostCount::find(uint64_t print) const {
  const size_t mask = slots_.size() - 1;
  size_t at = print & mask;
  while (slots_[at] != 0 && slots_[at] != print) at = (at + 1) & mask;
  return at;
}

void HostCount::grow() {
  std::vector<uint64_t> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  for (const uint64_t print : old) {
    if (print != 0) slots_[find(print)] = print;
  }
}

void HostCount::spill() {
  if (!spilled_) spilled_.emplace(folder_);
  for (const uint64_t print : slots_) {
    if (print != 0) spilled_->add({0, print}, {});
  }
  std::fill(slots_.begin(), slots_.end(), 0);
  before_ += count_;
  count_ = 0;
}

}  // namespace portolan::output
