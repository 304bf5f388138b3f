// SPDX-License-Identifier: Apache-2.0
// TimerWheel: a deadline for each of a fixed number of owners, set, moved and cancelled in constant time.
//
// A hierarchical timing wheel (G. Varghese, A. Lauck: "Hashed and hierarchical timing wheels", SOSP 1987; scheme 7).
// A tick is 2^20 ns, about a millisecond; each level counts 64 of the level below, and eight levels hold any Nanos. An
// entry stands at the level of the highest digit in which its tick differs from the present one, so the first slot of
// the lowest level that has one comes first, and an entry moves down at most seven times.
// Nothing fires early; it fires up to two ticks late. Not for pacing: use pace.
// Owners are numbered from 0. No allocation after construction, no throw. Single-threaded.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace portolan::base {

class TimerWheel {
 public:
  explicit TimerWheel(uint32_t owners) : entries_(owners) {
    for (auto& level : heads_) level.fill(kNone);
  }

  // Replaces the owner's deadline if it has one. One that has passed is due at once.
  void set(uint32_t owner, Nanos when) {
    cancel(owner);
    entries_[owner].tick = tick_after(when);
    link(owner);
  }
  void cancel(uint32_t owner) {
    if (is_set(owner)) unlink(owner);
  }
  bool is_set(uint32_t owner) const { return entries_[owner].level != kUnset; }
  // When it will be due, to the tick. REQUIRES: is_set(owner).
  Nanos deadline(uint32_t owner) const { return static_cast<Nanos>(entries_[owner].tick << kTickBits); }

  // An owner whose deadline has come; it has none any more. Call until there is nobody left. `now` never goes back.
  std::optional<uint32_t> take_due(Nanos now) {
    const uint64_t until = static_cast<uint64_t>(std::max<Nanos>(now, 0)) >> kTickBits;
    while (const auto first = first_slot()) {
      if (first->start > until) break;
      present_ = std::max(present_, first->start);
      if (first->level == 0) {
        const uint32_t owner = heads_[0][first->slot];
        unlink(owner);
        return owner;
      }
      move_down(*first);
    }
    present_ = std::max(present_, until);
    return std::nullopt;
  }

  // When take_due() is worth calling again: never later than the earliest deadline. nullopt: no deadline is set.
  std::optional<Nanos> next() const {
    const auto first = first_slot();
    if (!first) return std::nullopt;
    return static_cast<Nanos>(std::max(first->start, present_) << kTickBits);
  }

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint8_t kUnset = 0xff;
  static constexpr int kTickBits = 20;
  static constexpr int kDigitBits = 6;
  static constexpr int kLevels = 8;
  static constexpr uint64_t kDigits = 63;

  struct Entry {
    uint64_t tick = 0;
    uint32_t next = kNone;
    uint32_t previous = kNone;  // kNone: it is the head of its slot
    uint8_t level = kUnset;
    uint8_t slot = 0;
  };
  struct Slot {
    int level;
    uint32_t slot;
    uint64_t start;  // tick
  };

  static uint64_t tick_after(Nanos when) {
    const uint64_t t = static_cast<uint64_t>(std::max<Nanos>(when, 0));
    return (t + (uint64_t{1} << kTickBits) - 1) >> kTickBits;
  }

  std::optional<Slot> first_slot() const {
    for (int level = 0; level < kLevels; ++level) {
      const uint64_t used = used_[static_cast<size_t>(level)];
      if (used == 0) continue;
      const auto slot = static_cast<uint32_t>(std::countr_zero(used));
      const int shift = level * kDigitBits;
      const uint64_t above = present_ >> shift >> kDigitBits << kDigitBits << shift;
      return Slot{level, slot, above | uint64_t{slot} << shift};
    }
    return std::nullopt;
  }

  void link(uint32_t owner) {
    Entry& e = entries_[owner];
    const uint64_t tick = std::max(e.tick, present_);
    const uint64_t differs = tick ^ present_;
    const int level = differs == 0 ? 0 : (63 - std::countl_zero(differs)) / kDigitBits;
    e.level = static_cast<uint8_t>(level);
    e.slot = static_cast<uint8_t>((tick >> (level * kDigitBits)) & kDigits);
    uint32_t& head = heads_[e.level][e.slot];
    e.previous = kNone;
    e.next = head;
    if (head != kNone) entries_[head].previous = owner;
    head = owner;
    used_[e.level] |= uint64_t{1} << e.slot;
  }

  void unlink(uint32_t owner) {
    Entry& e = entries_[owner];
    uint32_t& head = heads_[e.level][e.slot];
    (e.previous == kNone ? head : entries_[e.previous].next) = e.next;
    if (e.next != kNone) entries_[e.next].previous = e.previous;
    if (head == kNone) used_[e.level] &= ~(uint64_t{1} << e.slot);
    e.level = kUnset;
  }

  void move_down(const Slot& from) {
    const auto level = static_cast<size_t>(from.level);
    uint32_t owner = std::exchange(heads_[level][from.slot], kNone);
    used_[level] &= ~(uint64_t{1} << from.slot);
    while (owner != kNone) {
      const uint32_t next = entries_[owner].next;
      link(owner);
      owner = next;
    }
  }

  std::vector<Entry> entries_;
  std::array<std::array<uint32_t, 64>, kLevels> heads_;
  std::array<uint64_t, kLevels> used_{};  // which slots have entries
  uint64_t present_ = 0;                  // tick; every entry is at or after it
};

}  // namespace portolan::base
