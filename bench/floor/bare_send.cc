// SPDX-License-Identifier: Apache-2.0
// bare_send NEAR FAR WAY [options]: the least that a sender can do in each way that Linux has: ready frames of 54
// bytes, no clock, no target, no check. What bench/limits measures ours against.
//
//   live      XDP live frames (BPF_PROG_TEST_RUN) by a program that only sends; live-write: that writes each frame, too
//   xsk       AF_XDP in copy mode: descriptors on the ring, a call for each batch
//   sendmmsg  a packet socket past the queueing discipline, a call for each batch
//   txring    PACKET_TX_RING (TPACKET_V2) past the queueing discipline, a call for each batch
//   memcpy    no sending: the frame copied into slot after slot
// Options: measure.h. Not for the machine's own interfaces: bench/limits runs it in a network namespace of its own.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/xsk.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "measure.h"

namespace portolan::bench {
namespace {

constexpr uint32_t kFrame = 54;
constexpr uint32_t kSlot = 1600;    // of a frame that is sent from memory of our own
constexpr uint32_t kStride = 2048;  // of AF_XDP
constexpr uint32_t kFrames = 2048;  // power of two
// Small, so that all of the ring stays in the cache: that is 5 percent of it.
constexpr uint32_t kRingStride = 256;
constexpr uint32_t kRingFrames = 512;

std::atomic<bool> g_ended{false};
std::atomic<uint64_t> g_sent{0};

void count(uint64_t n) { g_sent.store(g_sent.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
bool goes_on() { return !g_ended.load(std::memory_order_relaxed); }

[[noreturn]] void fail(const char* what, int reason = errno) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(reason)));
}

// A SYN; where to does not matter to one who drops it in the driver.
std::array<uint8_t, kFrame> ready_frame() {
  std::array<uint8_t, kFrame> f = {0x02, 0, 0,  0, 0, 2, 0x02, 0, 0, 0, 0,   1,  0x08, 0x00, 0x45, 0,    0, 40, 0, 1,
                                   0x40, 0, 64, 6, 0, 0, 192,  0, 2, 1, 198, 51, 100,  1,    0xee, 0x48, 0, 80};
  f[46] = 0x50, f[47] = 2, f[48] = 4;
  return f;
}

uint8_t* map(size_t bytes, int flags, int fd) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED) fail("map memory");
  return static_cast<uint8_t*>(memory);
}

void copy_frames(const Options&) {
  uint8_t* slots = map(size_t{256} * kSlot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  const auto frame = ready_frame();
  while (goes_on()) {
    for (uint32_t i = 0; i < 256; ++i) {
      uint8_t* slot = slots + size_t{i} * kSlot;
      std::memcpy(slot, frame.data(), kFrame);
      __asm__ volatile("" : : "r"(slot) : "memory");
    }
    count(256);
  }
}

int open_packet_socket(const Options& o) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  const int on = 1, buffer = 16 << 20;
  sockaddr_ll there{};
  there.sll_family = AF_PACKET;
  there.sll_ifindex = static_cast<int>(if_nametoindex(o.near.c_str()));
  if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) != 0) {
    fail("open a packet socket");
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) fail("bind");
  return fd;
}

void send_messages(const Options& o) {
  const int fd = open_packet_socket(o);
  const auto frame = ready_frame();
  uint8_t* slots = map(size_t{o.batch} * kSlot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  auto vectors = std::make_unique<iovec[]>(o.batch);
  auto messages = std::make_unique<mmsghdr[]>(o.batch);
  for (uint32_t i = 0; i < o.batch; ++i) {
    vectors[i] = {std::memcpy(slots + size_t{i} * kSlot, frame.data(), kFrame), kFrame};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (goes_on()) {
    const int n = sendmmsg(fd, messages.get(), o.batch, MSG_DONTWAIT);
    if (n > 0) count(static_cast<uint64_t>(n));
    if (n < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("sendmmsg");
  }
}

void send_by_ring(const Options& o) {
  const int fd = open_packet_socket(o);
  const int version = TPACKET_V2;
  tpacket_req ring{};
  ring.tp_block_size = 1 << 16;
  ring.tp_frame_size = kRingStride;
  ring.tp_frame_nr = kRingFrames;
  ring.tp_block_nr = kRingFrames * kRingStride / ring.tp_block_size;
  if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring) != 0) {
    fail("make the ring");
  }
  uint8_t* memory = map(size_t{kRingFrames} * kRingStride, MAP_SHARED, fd);
  const auto frame = ready_frame();
  const auto header = [&](uint32_t i) { return reinterpret_cast<tpacket2_hdr*>(memory + size_t{i} * kRingStride); };
  for (uint32_t i = 0; i < kRingFrames; ++i) {
    header(i)->tp_len = kFrame;
    std::memcpy(memory + size_t{i} * kRingStride + TPACKET2_HDRLEN - sizeof(sockaddr_ll), frame.data(), kFrame);
  }
  for (uint32_t next = 0; goes_on();) {
    uint32_t n = 0;
    for (; n < o.batch; ++n, next = (next + 1) % kRingFrames) {
      uint32_t* status = &header(next)->tp_status;
      if (__atomic_load_n(status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) break;
      __atomic_store_n(status, uint32_t{TP_STATUS_SEND_REQUEST}, __ATOMIC_RELEASE);
    }
    const ssize_t sent = sendto(fd, nullptr, 0, MSG_DONTWAIT, nullptr, 0);
    if (sent < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("send the ring");
    count(n);
  }
}

class BareXsk {
 public:
  explicit BareXsk(const Options& o) : batch_(o.batch) {
    uint8_t* memory = map(size_t{2 * kFrames} * kStride, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    const auto frame = ready_frame();
    for (uint32_t i = 0; i < kFrames; ++i) std::memcpy(memory + size_t{i} * kStride, frame.data(), kFrame);
    const xsk_umem_config frames = {kFrames, kFrames, kStride, 0, 0};
    xsk_umem* umem = nullptr;
    xsk_socket* socket = nullptr;
    xsk_socket_config rings{};
    rings.rx_size = rings.tx_size = kFrames;
    rings.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
    rings.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP;
    int failed = xsk_umem__create(&umem, memory, uint64_t{2 * kFrames} * kStride, &fill_, &done_, &frames);
    if (failed == 0) failed = xsk_socket__create(&socket, o.near.c_str(), 0, umem, &received_, &send_, &rings);
    if (failed != 0) fail("open AF_XDP", -failed);
    fd_ = xsk_socket__fd(socket);
    const int buffer = 16 << 20, budget_option = 9;  // XDP_MAX_TX_SKB_BUDGET of kernel 6.17
    setsockopt(fd_, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    setsockopt(fd_, SOL_XDP, budget_option, &batch_, sizeof batch_);
  }

  void run() {
    uint64_t next = 0, done = 0;
    while (goes_on()) {
      uint32_t place = 0;
      const uint32_t back = xsk_ring_cons__peek(&done_, kFrames, &place);
      if (back != 0) xsk_ring_cons__release(&done_, back);
      done += back;
      if (next - done + batch_ <= kFrames && xsk_ring_prod__reserve(&send_, batch_, &place) == batch_) {
        for (uint32_t i = 0; i < batch_; ++i, ++next) {
          *xsk_ring_prod__tx_desc(&send_, place + i) = {next % kFrames * kStride, kFrame, 0};
        }
        xsk_ring_prod__submit(&send_, batch_);
        count(batch_);
      }
      if (sendto(fd_, nullptr, 0, MSG_DONTWAIT, nullptr, 0) == 0) continue;
      if (errno == EBUSY) {
        count(~uint64_t{0});  // one less: the driver threw it away
      } else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
        fail("send by AF_XDP");
      }
    }
  }

 private:
  uint32_t batch_;
  int fd_ = -1;
  xsk_ring_prod send_{}, fill_{};
  xsk_ring_cons done_{}, received_{};
};

int main_of(const Options& o) {
  if (o.batch == 0 || o.batch > kRingFrames / 2) throw std::runtime_error("a batch of 1 to 256");
  Loop loop{.run = {}, .stop = [] { g_ended = true; }, .sent = [] { return g_sent.load(std::memory_order_relaxed); }};
  if (o.way == "memcpy") {
    loop.run = [&] { copy_frames(o); };
    return measure(o, nullptr, loop);
  }
  FarSide far(o.far);
  std::unique_ptr<BareXsk> xsk;
  if (o.way == "live" || o.way == "live-write") {
    loop.run = [&] { far.send_live(o.near, o.way == "live-write"); };
    loop.stop = [&] { far.stop_live(); };
    loop.sent = [&] { return far.live_made(); };
  } else if (o.way == "xsk") {
    xsk = std::make_unique<BareXsk>(o);
    loop.run = [&] { xsk->run(); };
  } else if (o.way == "sendmmsg") {
    loop.run = [&] { send_messages(o); };
  } else if (o.way == "txring") {
    loop.run = [&] { send_by_ring(o); };
  } else {
    throw std::runtime_error("no such way: " + o.way);
  }
  return measure(o, &far, loop);
}

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    return portolan::bench::main_of(portolan::bench::parse(argc, argv));
  } catch (const std::exception& e) {
    fmt::print(stderr, "bare_send: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
