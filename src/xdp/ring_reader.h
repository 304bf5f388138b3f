// SPDX-License-Identifier: Apache-2.0
// RingReader: the consumer's side of a BPF ring buffer, over the kernel's own pages: a record costs no call at all.
//
// The layout is the kernel's (Documentation/bpf/ringbuf.rst, include/uapi/linux/bpf.h): a page with the consumer's
// position, a page with the producers', then the data, which is mapped twice in a row so that every record stands in
// one piece. A record has a header of 8 bytes: its length, a bit while it is being written, a bit if it was given up.
//
// Not for a ring whose records somebody else takes out. Holds the mapping, not the map's descriptor. Threads: one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace portolan::xdp {

class RingReader {
 public:
  // `bytes`: the ring's size, as it was made.
  static tl::expected<RingReader, std::string> open(int ring_fd, size_t bytes);

  RingReader() = default;
  RingReader(RingReader&& other) noexcept { swap(other); }
  RingReader& operator=(RingReader&& other) noexcept {
    swap(other);
    return *this;
  }
  ~RingReader();

  // The oldest record that was not popped, valid until release(); nullptr: none, or it is still being written.
  const void* front() {
    for (;;) {
      if (at_ == end_) {
        end_ = position(produced_)->load(std::memory_order_acquire);
        if (at_ == end_) return nullptr;
      }
      const uint32_t header = header_at(at_)->load(std::memory_order_acquire);
      if ((header & kBusy) != 0) return nullptr;
      if ((header & kDiscarded) == 0) return data_ + (at_ & mask_) + kHeader;
      skip(header);
    }
  }
  // REQUIRES: front() has just given one.
  void pop() { skip(header_at(at_)->load(std::memory_order_relaxed)); }
  // Gives the room of what was popped back to the kernel.
  void release() { position(consumed_)->store(at_, std::memory_order_release); }

 private:
  static constexpr size_t kHeader = 8;
  static constexpr uint32_t kBusy = uint32_t{1} << 31;
  static constexpr uint32_t kDiscarded = uint32_t{1} << 30;

  // The kernel's words, which it reads and writes as std::atomic does here.
  using Position = std::atomic<unsigned long>;
  using Header = std::atomic<uint32_t>;
  static_assert(sizeof(Position) == sizeof(unsigned long) && Position::is_always_lock_free);
  static Position* position(uint8_t* p) { return reinterpret_cast<Position*>(p); }
  Header* header_at(unsigned long at) const { return reinterpret_cast<Header*>(data_ + (at & mask_)); }
  void skip(uint32_t header) { at_ += (kHeader + (header & ~(kBusy | kDiscarded)) + 7) & ~size_t{7}; }
  void swap(RingReader& other) noexcept;

  uint8_t* consumed_ = nullptr;  // the consumer's page
  uint8_t* produced_ = nullptr;  // the producers' page; not to be written, as all behind it
  uint8_t* data_ = nullptr;
  size_t mask_ = 0;
  unsigned long at_ = 0;
  unsigned long end_ = 0;  // of what is known to have been produced
};

}  // namespace portolan::xdp
