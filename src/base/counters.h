// SPDX-License-Identifier: Apache-2.0
// Counters<Enum>: one named 64-bit counter per enumerator, counted by one thread and readable by all.
//
// The enum must end in kCount and have a function `std::string_view counter_name(Enum)` found by argument-dependent
// lookup; that name is the stable spelling in summaries and result files. add() is a plain load, add and store (one
// writer), so counting costs no locked instruction; readers see some recent value, and the exact one after a join.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace portolan::base {

template <class Enum>
class Counters {
 public:
  static constexpr size_t kSize = static_cast<size_t>(Enum::kCount);
  using Snapshot = std::array<uint64_t, kSize>;

  // The owning thread only.
  void add(Enum which, uint64_t n = 1) {
    auto& c = values_[static_cast<size_t>(which)];
    c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(Enum which, uint64_t n) { values_[static_cast<size_t>(which)].store(n, std::memory_order_relaxed); }

  // Any thread.
  uint64_t operator[](Enum which) const { return values_[static_cast<size_t>(which)].load(std::memory_order_relaxed); }
  Snapshot snapshot() const {
    Snapshot s;
    for (size_t i = 0; i < kSize; ++i) s[i] = values_[i].load(std::memory_order_relaxed);
    return s;
  }

 private:
  std::array<std::atomic<uint64_t>, kSize> values_{};
};

// What several Counters come to, as a value: for those who read them. Any thread.
template <class Enum>
class CounterSum {
 public:
  void add(const Counters<Enum>& counters) {
    for (size_t i = 0; i < values_.size(); ++i) values_[i] += counters[static_cast<Enum>(i)];
  }
  uint64_t operator[](Enum which) const { return values_[static_cast<size_t>(which)]; }

 private:
  typename Counters<Enum>::Snapshot values_{};
};

}  // namespace portolan::base
