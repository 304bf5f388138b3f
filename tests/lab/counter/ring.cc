// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace portolan::lab {
namespace {

constexpr unsigned kBlockSize = 1 << 20, kBlocks = 64, kFrameSize = 2048, kRetireMs = 5;

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

template <class T>
void set(int fd, int option, const T& value, const char* what) {
  check(setsockopt(fd, SOL_PACKET, option, &value, sizeof value), what);
}

void bind_to(int fd, const std::string& interface, uint16_t protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  check(address.sll_ifindex == 0 ? -1 : 0, interface.c_str());
  check(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
}

tpacket_req3 request() {
  tpacket_req3 r{};
  r.tp_block_size = kBlockSize;
  r.tp_block_nr = kBlocks;
  r.tp_frame_size = kFrameSize;
  r.tp_frame_nr = kBlockSize / kFrameSize * kBlocks;
  r.tp_retire_blk_tov = kRetireMs;
  return r;
}

void hand_over(const uint8_t* block, const tpacket_hdr_v1& header, const Ring::Receiver& receiver) {
  const uint8_t* at = block + header.offset_to_first_pkt;
  for (uint32_t i = 0; i < header.num_pkts; ++i) {
    const auto* frame = reinterpret_cast<const tpacket3_hdr*>(at);
    receiver({at + frame->tp_mac, frame->tp_snaplen}, frame->tp_sec * 1'000'000'000ull + frame->tp_nsec);
    at += frame->tp_next_offset;
  }
}

}  // namespace

Ring::Ring(const std::string& interface) {
  fd_ = check(socket(AF_PACKET, SOCK_RAW, 0), "socket");  // protocol 0: nothing arrives before the ring stands
  set(fd_, PACKET_VERSION, int{TPACKET_V3}, "PACKET_VERSION");
  set(fd_, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  set(fd_, PACKET_RX_RING, request(), "PACKET_RX_RING");
  void* mapped = mmap(nullptr, size_t{kBlockSize} * kBlocks, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  check(mapped == MAP_FAILED ? -1 : 0, "mmap");
  map_ = static_cast<uint8_t*>(mapped);
  send_fd_ = check(socket(AF_PACKET, SOCK_RAW, 0), "socket");
  set(send_fd_, PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
  bind_to(send_fd_, interface, 0);
  bind_to(fd_, interface, ETH_P_ALL);
}

Ring::~Ring() {
  munmap(map_, size_t{kBlockSize} * kBlocks);
  close(fd_);
  close(send_fd_);
}

bool Ring::poll(int timeout_ms, const Receiver& receiver) {
  bool any = false;
  for (;;) {
    uint8_t* block = map_ + next_block_ * kBlockSize;
    auto& header = reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1;
    std::atomic_ref<uint32_t> status(header.block_status);
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) {
      if (any) return true;
      pollfd waiting{fd_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, timeout_ms);
      if (ready <= 0) return ready < 0 && errno == EINTR;
      timeout_ms = 0;
      continue;
    }
    hand_over(block, header, receiver);
    any = true;
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    next_block_ = (next_block_ + 1) % kBlocks;
  }
}

size_t Ring::send(const std::vector<std::vector<uint8_t>>& frames) {
  std::vector<iovec> vectors;
  std::vector<mmsghdr> messages(frames.size());
  vectors.reserve(frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    vectors.push_back({const_cast<uint8_t*>(frames[i].data()), frames[i].size()});
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  size_t sent = 0;
  while (sent < frames.size()) {
    const int n = sendmmsg(send_fd_, &messages[sent], static_cast<unsigned>(frames.size() - sent), 0);
    if (n < 0 && (errno == ENOBUFS || errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  return sent;
}

uint64_t Ring::lost() {
  tpacket_stats_v3 stats{};
  socklen_t size = sizeof stats;
  if (getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) lost_ += stats.tp_drops;  // clears it
  return lost_;
}

}  // namespace portolan::lab
