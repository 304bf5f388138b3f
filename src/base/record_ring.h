// SPDX-License-Identifier: Apache-2.0
// RecordRing: a bounded queue of byte records of any size between exactly one producing and one consuming thread.
//
// push() copies a record, gathered from parts, and never blocks or allocates; a ring without room refuses and the
// caller counts what it lost. front() lends the oldest record in one piece, pop() gives its room back; both ends may
// run at once, without a lock. For values of one size that may wait, SpscRing (spsc_ring.h) is simpler.
//
// Records begin at multiples of 8 bytes, each behind a header of 8; one that does not fit before the end of the memory
// begins anew at its start, and a header says that the rest is skipped. So a record may be as long as most_record(),
// just below half of the capacity, and then always fits an empty ring.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace portolan::base {

class RecordRing {
 public:
  // Room for at least `capacity` bytes, headers included, rounded up to a power of two. All of it is touched at once,
  // so that no page has to be found later.
  explicit RecordRing(size_t capacity)
      : words_(std::bit_ceil(std::max(capacity, kLeast)) / kStep), mask_(words_.size() * kStep - 1) {}

  RecordRing(const RecordRing&) = delete;
  RecordRing& operator=(const RecordRing&) = delete;

  size_t capacity() const { return mask_ + 1; }
  size_t most_record() const { return capacity() / 2 - kStep; }

  // Producer only. One record of all the parts, in their order. False when there is no room, or never can be.
  bool push(std::span<const Bytes> parts) {
    size_t size = 0;
    for (const Bytes part : parts) size += part.size();
    if (size > most_record()) return false;
    size_t tail = tail_.load(std::memory_order_relaxed);
    const size_t place = place_of(size);
    const size_t to_end = capacity() - (tail & mask_);
    const size_t skipped = to_end < place ? to_end : 0;
    if (!has_room(tail, place + skipped)) return false;
    if (skipped != 0) store_header(tail, kSkip);
    tail += skipped;
    store_header(tail, size);
    uint8_t* out = at(tail + kStep);
    for (const Bytes part : parts) {
      if (!part.empty()) std::memcpy(out, part.data(), part.size());
      out += part.size();
    }
    tail_.store(tail + place, std::memory_order_release);
    return true;
  }
  bool push(std::initializer_list<Bytes> parts) { return push(std::span(parts.begin(), parts.size())); }

  // Consumer only. The oldest record, aligned to 8 bytes; it is the consumer's until pop(). Nothing when empty.
  std::optional<Bytes> front() {
    size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return std::nullopt;
    }
    uint64_t size = load_header(head);
    if (size == kSkip) {
      head += capacity() - (head & mask_);
      head_.store(head, std::memory_order_release);
      size = load_header(head);  // a skip is only published together with the record behind it
    }
    return Bytes(at(head + kStep), size);
  }

  // Consumer only. REQUIRES: front() gave a record since the last pop().
  void pop() {
    const size_t head = head_.load(std::memory_order_relaxed);
    head_.store(head + place_of(load_header(head)), std::memory_order_release);
  }

  // Either side: bytes in use, headers included; exact only when the other side is idle.
  size_t used() const { return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire); }

 private:
  static constexpr size_t kStep = 8;
  static constexpr size_t kLeast = 64;
  static constexpr uint64_t kSkip = UINT64_MAX;
  static constexpr size_t kLine = 64;

  static size_t place_of(size_t size) { return kStep + (size + kStep - 1) / kStep * kStep; }

  bool has_room(size_t tail, size_t wanted) {
    if (capacity() - (tail - head_seen_) >= wanted) return true;
    head_seen_ = head_.load(std::memory_order_acquire);
    return capacity() - (tail - head_seen_) >= wanted;
  }
  uint8_t* at(size_t index) { return reinterpret_cast<uint8_t*>(words_.data()) + (index & mask_); }
  void store_header(size_t index, uint64_t value) { std::memcpy(at(index), &value, sizeof value); }
  uint64_t load_header(size_t index) {
    uint64_t value;
    std::memcpy(&value, at(index), sizeof value);
    return value;
  }

  std::vector<uint64_t> words_;  // its place is constant after construction
  size_t mask_;
  alignas(kLine) std::atomic<size_t> head_{0};  // written by the consumer
  size_t tail_seen_ = 0;                        // the consumer's
  alignas(kLine) std::atomic<size_t> tail_{0};  // written by the producer
  size_t head_seen_ = 0;                        // the producer's
};

}  // namespace portolan::base
