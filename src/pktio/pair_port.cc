// SPDX-License-Identifier: Apache-2.0
#include "pktio/pair_port.h"

#include <atomic>
#include <bit>

namespace portolan::pktio {

// A ring of frames between one writing and one reading end. `tail` frames were ever written, `head` ever given back;
// both only grow, and each is stored by one side.
class FrameQueue {
 public:
  struct alignas(kCacheLine) Frame {
    uint8_t bytes[kSlotStride];
  };
  struct Label {
    base::Nanos wall = 0;
    uint16_t length = 0;  // 0: refused at commit, the reader steps over it
  };

  // The frames' bytes are left as they come: only what was committed is read, and memory that no frame was written to
  // costs nothing. A simulation makes thousands of these.
  explicit FrameQueue(size_t capacity)
      : labels_(std::bit_ceil(std::max<size_t>(capacity, 1))),
        frames_(std::make_unique_for_overwrite<Frame[]>(labels_.size())),
        mask_(labels_.size() - 1) {}

  size_t capacity() const { return labels_.size(); }

  // Writer.
  uint64_t tail() const { return tail_.load(std::memory_order_relaxed); }
  size_t room() const { return capacity() - (tail() - head_.load(std::memory_order_acquire)); }
  void publish(size_t n) { tail_.store(tail() + n, std::memory_order_release); }

  // Reader.
  uint64_t head() const { return head_.load(std::memory_order_relaxed); }
  size_t waiting() const { return tail_.load(std::memory_order_acquire) - head(); }
  void give_back(size_t n) { head_.store(head() + n, std::memory_order_release); }

  uint8_t* bytes(uint64_t i) { return frames_[i & mask_].bytes; }
  Label& label(uint64_t i) { return labels_[i & mask_]; }

 private:
  std::vector<Label> labels_;
  std::unique_ptr<Frame[]> frames_;
  size_t mask_;
  alignas(kCacheLine) std::atomic<uint64_t> head_{0};
  alignas(kCacheLine) std::atomic<uint64_t> tail_{0};

 public:
  alignas(kCacheLine) size_t lent_to_reader = 0;  // the reader's: frames from head on that its last receive() showed
};

namespace {
const base::SystemClock kMachineClock;
}

PairPort::PairPort(const PairOptions& options, std::shared_ptr<FrameQueue> out, std::shared_ptr<FrameQueue> in)
    : link_(options.link),
      clock_(options.clock != nullptr ? options.clock : &kMachineClock),
      out_(std::move(out)),
      in_(std::move(in)),
      lent_(out_->capacity()),
      received_(in_->capacity()) {}

PairPort::~PairPort() = default;

std::span<TxSlot> PairPort::acquire(size_t want) {
  const size_t n = std::min(want, out_->room());
  const uint64_t tail = out_->tail();
  for (size_t i = 0; i < n; ++i) lent_[i] = {.data = out_->bytes(tail + i), .capacity = kSlotStride, .length = 0};
  return {lent_.data(), n};
}

void PairPort::commit(size_t count) {
  if (count == 0) return;
  const base::Nanos wall = clock_->wall();
  const uint64_t tail = out_->tail();
  uint64_t bytes = 0;
  uint64_t empty = 0;
  for (size_t i = 0; i < count; ++i) {
    out_->label(tail + i) = {.wall = wall, .length = lent_[i].length};
    bytes += lent_[i].length;
    empty += lent_[i].length == 0;
  }
  out_->publish(count);
  counters_.count_sent(count - empty, bytes);
  counters_.add(PortCounter::kSendRefused, empty);
}

std::span<const RxFrame> PairPort::receive(size_t want) {
  in_->give_back(in_->lent_to_reader);
  const size_t waiting = in_->waiting();
  const uint64_t head = in_->head();
  size_t seen = 0;
  size_t n = 0;
  uint64_t bytes = 0;
  for (; seen < waiting && n < want; ++seen) {
    const FrameQueue::Label& label = in_->label(head + seen);
    if (label.length == 0) continue;
    received_[n++] = {.bytes = {in_->bytes(head + seen), label.length}, .wall = label.wall, .checksum_partial = false};
    bytes += label.length;
  }
  in_->lent_to_reader = seen;
  counters_.count_received(n, bytes);
  return {received_.data(), n};
}

std::pair<std::unique_ptr<PairPort>, std::unique_ptr<PairPort>> make_port_pair(const PairOptions& options) {
  const auto there = std::make_shared<FrameQueue>(options.capacity);
  const auto back = std::make_shared<FrameQueue>(options.capacity);
  return {std::make_unique<PairPort>(options, there, back), std::make_unique<PairPort>(options, back, there)};
}

}  // namespace portolan::pktio
