// SPDX-License-Identifier: Apache-2.0
// SpscRing: a bounded queue between exactly one producing and one consuming thread, without a lock.
//
// Holds trivially copyable values. push() and pop() never block and never allocate; a full ring refuses and the
// caller decides (the packet thread counts and waits, it does not drop). Each side keeps a stale copy of the other's
// index so that the shared cache line is read only when the ring looks full or empty.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace portolan::base {

template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Room for at least `capacity` values, rounded up to a power of two.
  explicit SpscRing(size_t capacity)
      : slots_(std::bit_ceil(capacity < 2 ? size_t{2} : capacity)), mask_(slots_.size() - 1) {}

  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  size_t capacity() const { return slots_.size(); }

  // Producer only. False when full.
  bool push(const T& value) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ == slots_.size()) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ == slots_.size()) return false;
    }
    slots_[tail & mask_] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer only. False when empty.
  bool pop(T& out) {
    const size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    out = slots_[head & mask_];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // Either side; exact only when the other side is idle.
  size_t size() const { return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire); }

 private:
  static constexpr size_t kLine = 64;

  std::vector<T> slots_;  // constant after construction
  size_t mask_;
  alignas(kLine) std::atomic<size_t> head_{0};  // written by the consumer
  size_t tail_seen_ = 0;                        // the consumer's
  alignas(kLine) std::atomic<size_t> tail_{0};  // written by the producer
  size_t head_seen_ = 0;                        // the producer's
};

}  // namespace portolan::base
