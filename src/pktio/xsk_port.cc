// SPDX-License-Identifier: Apache-2.0
#include "pktio/xsk_port.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "pktio/xsk_socket.h"

namespace portolan::pktio {
namespace {

constexpr uint32_t kFrameBytes = XskSocket::kFrameBytes;
// Frames begin at as many cache lines into their 2 KiB, or the first bytes of all of them would share two sets.
constexpr uint32_t kStagger = 7;
constexpr uint16_t kCapacity = kFrameBytes - (kStagger - 1) * kCacheLine;
static_assert(kCapacity >= kMinSlot);

constexpr uint64_t kNoAddress = ~uint64_t{0} >> 1;

uint64_t address_of(uint32_t frame) { return uint64_t{frame} * kFrameBytes + frame % kStagger * kCacheLine; }

}  // namespace

tl::expected<std::unique_ptr<XskPort>, std::string> XskPort::open(const XskOptions& options) {
  auto socket = XskSocket::open(options);
  if (!socket) return tl::make_unexpected(socket.error());
  return std::unique_ptr<XskPort>(new XskPort(std::move(*socket), options));
}

XskPort::XskPort(std::unique_ptr<XskSocket> socket, const XskOptions& options)
    : socket_(std::move(socket)),
      queue_(options.queue),
      zero_copy_(socket_->zero_copy()),
      slots_(options.burst),
      nowhere_(std::make_unique<uint8_t[]>(kFrameBytes)),
      received_(std::min<size_t>(kMostFrames, options.receive_frames)) {
  free_.reserve(options.send_frames);
  for (uint32_t frame = options.send_frames; frame-- > 0;) free_.push_back(frame);
  to_give_back_.reserve(options.receive_frames);
}

XskPort::~XskPort() = default;

int XskPort::socket_fd() const { return socket_->fd(); }
bool XskPort::huge_pages() const { return socket_->huge_pages(); }
const std::string& XskPort::copy_reason() const { return socket_->copy_reason(); }

TxSlot XskPort::slot_of(uint32_t frame) const {
  return {.data = socket_->at(address_of(frame)), .capacity = kCapacity, .length = 0};
}

void XskPort::reap() {
  uint32_t place = 0;
  const auto most = static_cast<uint32_t>(free_.capacity() - free_.size());
  const uint32_t count = xsk_ring_cons__peek(&socket_->sent, most, &place);
  if (count == 0) return;
  for (uint32_t i = 0; i < count; ++i) {
    free_.push_back(static_cast<uint32_t>(*xsk_ring_cons__comp_addr(&socket_->sent, place + i) / kFrameBytes));
  }
  xsk_ring_cons__release(&socket_->sent, count);
}

// Asked when there is no frame to lend.
bool XskPort::is_stuck() {
  const base::Nanos now = base::SystemClock().now();
  if (none_since_ == 0) none_since_ = now;
  if (zero_copy_) wake();
  return now - none_since_ > base::kSecond;
}

std::span<TxSlot> XskPort::acquire(size_t want) {
  reap();
  want = std::min(want, slots_.size());
  lent_ = std::min(want, free_.size());
  for (size_t i = 0; i < lent_; ++i) slots_[i] = slot_of(free_[free_.size() - 1 - i]);
  lent_nowhere_ = lent_ == 0 && want != 0 && is_stuck();
  if (lent_ != 0) none_since_ = 0;
  if (lent_nowhere_) {
    lent_ = want;
    std::fill_n(slots_.begin(), lent_, TxSlot{.data = nowhere_.get(), .capacity = kCapacity, .length = 0});
  }
  return {slots_.data(), lent_};
}

void XskPort::commit(size_t count) {
  if (lent_nowhere_) {
    counters_.add(PortCounter::kSendRefused, count);
    return;
  }
  const size_t described = describe(count);
  if (described == 0) return;
  if (zero_copy_) {
    hand_over(described);
  } else {
    push(described);
  }
}

// Moves frames from the free ones to the ring, those that can be sent; the kernel does not see them yet.
size_t XskPort::describe(size_t count) {
  const auto can_be_sent = [](const TxSlot& slot) { return slot.length != 0 && slot.length <= slot.capacity; };
  const auto good =
      static_cast<size_t>(std::count_if(slots_.begin(), slots_.begin() + static_cast<ptrdiff_t>(count), can_be_sent));
  uint32_t place = 0;
  if (!reserve(good, place)) {
    counters_.add(PortCounter::kSendRefused, count);
    return 0;
  }
  counters_.add(PortCounter::kSendRefused, count - good);
  // Backwards, so that frames not sent fall to the bottom of the place that the others leave.
  size_t kept = free_.size() - count;
  uint32_t next = place + static_cast<uint32_t>(good);
  for (size_t k = kept; k < free_.size(); ++k) {
    const TxSlot& slot = slots_[free_.size() - 1 - k];
    if (can_be_sent(slot)) {
      *xsk_ring_prod__tx_desc(&socket_->send, --next) = {address_of(free_[k]), slot.length, 0};
    } else {
      free_[kept++] = free_[k];
    }
  }
  free_.resize(kept);
  return good;
}

// The ring has a place for each frame, but the kernel may give a frame back before its place, and steps over withdrawn
// ones only when it is called.
bool XskPort::reserve(size_t count, uint32_t& place) {
  const auto has_room = [&] {
    return xsk_ring_prod__reserve(&socket_->send, static_cast<uint32_t>(count), &place) == count;
  };
  while (!has_room()) {
    const int reason = kick();
    if (has_room()) return true;
    if (!wait_for_room(reason)) return false;
  }
  return true;
}

int XskPort::kick() { return sendto(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) == 0 ? 0 : errno; }

void XskPort::wake() {
  if (xsk_ring_prod__needs_wakeup(&socket_->send)) kick();
}

void XskPort::hand_over(size_t count) {
  const uint32_t begin = *socket_->send.producer;
  xsk_ring_prod__submit(&socket_->send, static_cast<uint32_t>(count));
  count_sent(begin, begin + static_cast<uint32_t>(count));
  wake();
}

void XskPort::count_sent(uint32_t begin, uint32_t end) {
  uint64_t bytes = 0;
  for (uint32_t i = begin; i != end; ++i) bytes += xsk_ring_prod__tx_desc(&socket_->send, i)->len;
  counters_.count_sent(end - begin, bytes);
}

// A call takes some frames and says what became of the last of them: EBUSY, the driver threw it away. When that was its
// only one, the kernel's own place on the ring is published by a later call.
void XskPort::push(size_t count) {
  uint32_t at = *socket_->send.producer;
  const uint32_t end = at + static_cast<uint32_t>(count);
  xsk_ring_prod__submit(&socket_->send, static_cast<uint32_t>(count));
  while (at != end) {
    const int reason = kick();
    const uint32_t seen = __atomic_load_n(socket_->send.consumer, __ATOMIC_ACQUIRE);
    const bool moved = static_cast<int32_t>(seen - at) > 0;
    const bool thrown_away = reason == EBUSY;
    if (moved || thrown_away) {
      const uint32_t next = moved ? seen : at + 1;
      count_sent(at, next - (thrown_away ? 1 : 0));
      if (thrown_away) counters_.add(PortCounter::kSendRefused);
      at = next;
      patience_.progress();
    } else if (reason != EINTR && !wait_for_room(reason)) {
      return withdraw(at, end);
    }
  }
}

bool XskPort::wait_for_room(int reason) {
  if (reason != 0 && !SendPatience::is_worth_it(reason)) return false;
  counters_.add(PortCounter::kSendRetries);
  return patience_.wait(socket_->fd(), ENOBUFS);  // no poll: it would send, and not tell what became of a frame
}

// Makes them frames that the kernel steps over, which it cannot do meanwhile: it looks only when it is called.
void XskPort::withdraw(uint32_t begin, uint32_t end) {
  for (uint32_t i = begin; i != end; ++i) {
    xdp_desc* frame = xsk_ring_prod__tx_desc(&socket_->send, i);
    free_.push_back(static_cast<uint32_t>(frame->addr / kFrameBytes));
    frame->addr = kNoAddress;
  }
  withdrawn_.fetch_add(end - begin, std::memory_order_relaxed);
  counters_.add(PortCounter::kSendRefused, end - begin);
}

void XskPort::give_back() {
  const auto count = static_cast<uint32_t>(to_give_back_.size());
  uint32_t place = 0;
  if (count != 0 && xsk_ring_prod__reserve(&socket_->fill, count, &place) == count) {
    for (const uint64_t address : to_give_back_) *xsk_ring_prod__fill_addr(&socket_->fill, place++) = address;
    xsk_ring_prod__submit(&socket_->fill, count);
    to_give_back_.clear();
  }
  if (xsk_ring_prod__needs_wakeup(&socket_->fill)) recvfrom(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

std::span<const RxFrame> XskPort::receive(size_t want) {
  give_back();
  uint32_t place = 0;
  const auto most = static_cast<uint32_t>(std::min(want, received_.size()));
  const uint32_t count = xsk_ring_cons__peek(&socket_->received, most, &place);
  if (count == 0) return {};
  const base::Nanos wall = base::SystemClock().wall();
  for (uint32_t i = 0; i < count; ++i) {
    const xdp_desc& frame = *xsk_ring_cons__rx_desc(&socket_->received, place + i);
    received_[i] = {.bytes = {socket_->at(frame.addr), frame.len}, .wall = wall, .checksum_partial = false};
    to_give_back_.push_back(frame.addr & ~uint64_t{kFrameBytes - 1});
  }
  xsk_ring_cons__release(&socket_->received, count);
  const std::span<const RxFrame> frames(received_.data(), count);
  counters_.count_received(frames);
  return frames;
}

PortStats XskPort::stats() const {
  PortStats stats = counters_.stats();
  xdp_statistics kernel{};
  socklen_t bytes = sizeof kernel;
  if (getsockopt(socket_->fd(), SOL_XDP, XDP_STATISTICS, &kernel, &bytes) != 0) return stats;
  // In copy mode a fill ring found empty is a frame dropped, and is among those already.
  stats.receive_dropped = kernel.rx_dropped + kernel.rx_ring_full + kernel.rx_invalid_descs +
                          (zero_copy_ ? kernel.rx_fill_ring_empty_descs : 0);
  const uint64_t withdrawn = withdrawn_.load(std::memory_order_relaxed);
  const uint64_t invalid = kernel.tx_invalid_descs > withdrawn ? kernel.tx_invalid_descs - withdrawn : 0;
  stats.sent -= invalid;
  stats.send_refused += invalid;
  return stats;
}

}  // namespace portolan::pktio
