// SPDX-License-Identifier: Apache-2.0
#include "pktio/xsk_socket.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include <bit>
#include <cerrno>
#include <cstring>

namespace portolan::pktio {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr int kSendBufferBytes = 16 << 20;  // of socket buffers in copy mode: more than 2,048 frames take
constexpr int kMostTries = 100;             // of 10 ms, for a queue that is not free yet
constexpr int kTxBudget = 9;                // XDP_MAX_TX_SKB_BUDGET of kernel 6.17, unknown to the headers

uint8_t* map(size_t bytes, int flags) {
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<uint8_t*>(memory);
}

std::string why(int reason) {
  if (reason == ENOBUFS) {
    return "the frames are more than this process may lock in memory (it needs root, the capability CAP_IPC_LOCK, or "
           "a higher `ulimit -l`)";
  }
  const bool rights = reason == EPERM || reason == EACCES;
  return fmt::format("{}{}", std::strerror(reason),
                     rights            ? " (it needs root, or the capability CAP_NET_RAW)"
                     : reason == EBUSY ? " (another AF_XDP socket has the queue)"
                                       : "");
}

}  // namespace

Pages::Pages(size_t bytes)
    : bytes_((bytes + kHugePage - 1) / kHugePage * kHugePage), memory_(map(bytes_, MAP_HUGETLB)) {
  if (memory_ != nullptr) return;
  huge_ = false;
  bytes_ = bytes;
  memory_ = map(bytes_, 0);
}

Pages::~Pages() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

XskSocket::XskSocket(const XskOptions& options)
    : options_(options), pages_(size_t{kFrameBytes} * (options.send_frames + options.receive_frames)) {}

XskSocket::~XskSocket() { close(); }

void XskSocket::close() {
  if (socket_ != nullptr) xsk_socket__delete(socket_);
  if (memory_ != nullptr) xsk_umem__delete(memory_);
  socket_ = nullptr;
  memory_ = nullptr;
}

// Rings cannot be made twice on one descriptor, so every attempt begins anew.
int XskSocket::attempt(bool zero_copy) {
  close();
  const xsk_umem_config frames = {.fill_size = options_.receive_frames,
                                  .comp_size = options_.send_frames,
                                  .frame_size = kFrameBytes,
                                  .frame_headroom = 0,
                                  .flags = 0};
  if (const int failed = xsk_umem__create(&memory_, pages_.get(), pages_.size(), &fill, &sent, &frames); failed != 0) {
    memory_ = nullptr;
    return -failed;
  }
  xsk_socket_config rings{};
  rings.rx_size = options_.receive_frames;
  rings.tx_size = options_.send_frames;
  rings.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  rings.bind_flags = static_cast<uint16_t>(XDP_USE_NEED_WAKEUP | (zero_copy ? XDP_ZEROCOPY : XDP_COPY));
  const int failed =
      xsk_socket__create(&socket_, options_.interface_name.c_str(), options_.queue, memory_, &received, &send, &rings);
  if (failed != 0) socket_ = nullptr;
  return -failed;
}

int XskSocket::attempt_until_free(bool zero_copy) {
  for (int tries = 0;; ++tries) {
    const int reason = attempt(zero_copy);
    if (reason != EBUSY || tries == kMostTries) return reason;
    const timespec nap = {.tv_sec = 0, .tv_nsec = 10'000'000};
    nanosleep(&nap, nullptr);
  }
}

// For speed alone: without either it works as well.
void XskSocket::tune() {
  if (setsockopt(fd_, SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes) != 0) {
    setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  }
  const auto frames_a_call = static_cast<uint32_t>(options_.burst);  // 32 otherwise
  setsockopt(fd_, SOL_XDP, kTxBudget, &frames_a_call, sizeof frames_a_call);
}

void XskSocket::fill_ring() {
  uint32_t place = 0;
  const uint32_t count = xsk_ring_prod__reserve(&fill, options_.receive_frames, &place);
  for (uint32_t i = 0; i < count; ++i) {
    *xsk_ring_prod__fill_addr(&fill, place + i) = uint64_t{kFrameBytes} * (options_.send_frames + i);
  }
  xsk_ring_prod__submit(&fill, count);
}

tl::expected<std::unique_ptr<XskSocket>, std::string> XskSocket::open(const XskOptions& options) {
  const auto failed = [&](const std::string& reason) {
    return tl::make_unexpected(
        fmt::format("cannot open AF_XDP on queue {} of {}: {}", options.queue, options.interface_name, reason));
  };
  if (!std::has_single_bit(options.send_frames) || !std::has_single_bit(options.receive_frames) || options.burst == 0 ||
      options.burst > options.send_frames) {
    return failed("its rings hold powers of two of frames, and a burst at most all of them");
  }
  std::unique_ptr<XskSocket> socket(new XskSocket(options));
  if (socket->pages_.get() == nullptr) return failed(why(ENOMEM));
  int reason = EOPNOTSUPP;
  if (options.mode != XskMode::kCopy) {
    reason = socket->attempt_until_free(true);
    socket->zero_copy_ = reason == 0;
    if (reason != 0 && options.mode == XskMode::kAuto) socket->copy_reason_ = "zero copy: " + why(reason);
  }
  if (reason != 0 && reason != EBUSY && options.mode != XskMode::kZeroCopy) reason = socket->attempt_until_free(false);
  if (reason != 0) return failed(why(reason));
  socket->fd_ = xsk_socket__fd(socket->socket_);
  socket->tune();
  socket->fill_ring();
  return socket;
}

}  // namespace portolan::pktio
