// SPDX-License-Identifier: Apache-2.0
#include "pktio/packet_ring.h"
#include "pktio/system_error.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>

namespace portolan::pktio {
namespace {

constexpr size_t kTagBytes = 4;       // of an 802.1Q tag
constexpr size_t kMacPairBytes = 12;  // what stands before it

template <class T>
bool set(int fd, int level, int option, const T& value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

bool attach(int fd, std::vector<FilterInstruction> program) {
  const sock_fprog kernel_program = {.len = static_cast<unsigned short>(program.size()),
                                     .filter = reinterpret_cast<sock_filter*>(program.data())};
  return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, kernel_program);
}

std::vector<FilterInstruction> nothing_passes() { return {{BPF_RET | BPF_K, 0, 0, 0}}; }

bool bind_to(int fd, int interface_index) {
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);  // with ETH_P_IP an ingress firewall would come first
  here.sll_ifindex = interface_index;
  return bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0;
}

tpacket_req3 request_for(const RingSize& size) {
  tpacket_req3 r{};
  r.tp_block_size = size.block_bytes;
  r.tp_block_nr = size.blocks;
  r.tp_frame_size = TPACKET_ALIGNMENT << 7;  // TPACKET_V3 packs frames; the figure must only divide the block
  r.tp_frame_nr = size.block_bytes / r.tp_frame_size * size.blocks;
  r.tp_retire_blk_tov = size.timeout_ms;
  return r;
}

uint32_t status_of(const tpacket_block_desc* block) {
  return __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

// The kernel takes the tag out and tells it apart; four reserved bytes before the frame make room to put it back.
base::Bytes with_tag(uint8_t* frame, size_t bytes, const tpacket3_hdr& header) {
  const bool has_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  uint8_t* start = frame - kTagBytes;
  std::memmove(start, frame, kMacPairBytes);
  base::store_be16(start + kMacPairBytes, has_type ? header.hv1.tp_vlan_tpid : uint16_t{ETH_P_8021Q});
  base::store_be16(start + kMacPairBytes + 2, static_cast<uint16_t>(header.hv1.tp_vlan_tci));
  return {start, bytes + kTagBytes};
}

}  // namespace

tl::expected<PacketRing, std::string> PacketRing::open(int interface_index, wire::LinkType link,
                                                       const ReceiveFilter& filter, const RingSize& size,
                                                       const std::optional<Fanout>& fanout) {
  const auto failed = [](const char* what) { return tl::make_unexpected(system_error(what)); };
  const int type = link == wire::LinkType::kEthernet ? SOCK_RAW : SOCK_DGRAM;
  // Protocol 0 receives nothing until bind(), so that no frame comes in before the filter stands.
  base::UniqueFd fd(socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return failed("open a packet socket");
  if (!set(fd.get(), SOL_PACKET, PACKET_VERSION, int{TPACKET_V3})) return failed("use TPACKET_V3");
  if (!set(fd.get(), SOL_PACKET, PACKET_RESERVE, unsigned{kTagBytes})) return failed("reserve room for a VLAN tag");
  if (!set(fd.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, int{1})) return failed("leave out our own frames");
  // Only a bound socket can join others, and until then it would hear what is theirs.
  if (!attach(fd.get(), fanout ? nothing_passes() : compile(filter, link))) return failed("attach the receive filter");
  if (!set(fd.get(), SOL_PACKET, PACKET_RX_RING, request_for(size))) return failed("make the receive ring");
  const size_t bytes = size_t{size.block_bytes} * size.blocks;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return failed("map the receive ring");
  PacketRing ring(std::move(fd), size, static_cast<uint8_t*>(memory));
  if (!bind_to(ring.fd(), interface_index)) return failed("listen on the interface");
  if (fanout) {
    if (auto joined = join(ring.fd(), *fanout); !joined) return tl::make_unexpected(joined.error());
    if (!attach(ring.fd(), compile(filter, link))) return failed("attach the receive filter");
  }
  return ring;
}

PacketRing::PacketRing(base::UniqueFd socket, const RingSize& size, uint8_t* memory)
    : socket_(std::move(socket)),
      size_(size),
      memory_(memory),
      lent_(kMostFrames),
      dropped_(std::make_unique<std::atomic<uint64_t>>(0)) {}

PacketRing::PacketRing(PacketRing&& other) noexcept
    : socket_(std::move(other.socket_)),
      size_(other.size_),
      memory_(std::exchange(other.memory_, nullptr)),
      oldest_(other.oldest_),
      read_blocks_(other.read_blocks_),
      current_(other.current_),
      frames_left_(other.frames_left_),
      next_(other.next_),
      lent_(std::move(other.lent_)),
      dropped_(std::move(other.dropped_)) {}

PacketRing::~PacketRing() {
  if (memory_ != nullptr) munmap(memory_, size_t{size_.block_bytes} * size_.blocks);
}

tpacket_block_desc* PacketRing::block(uint32_t i) const {
  return reinterpret_cast<tpacket_block_desc*>(memory_ + size_t{i} * size_.block_bytes);
}

bool PacketRing::enter_block() {
  if (read_blocks_ == size_.blocks) return false;  // all are lent: the next one is the first of them
  tpacket_block_desc* b = block(current_);
  if ((status_of(b) & TP_STATUS_USER) == 0) return false;
  frames_left_ = b->hdr.bh1.num_pkts;
  next_ = reinterpret_cast<tpacket3_hdr*>(reinterpret_cast<uint8_t*>(b) + b->hdr.bh1.offset_to_first_pkt);
  return true;
}

void PacketRing::give_back_read_blocks() {
  for (; read_blocks_ > 0; --read_blocks_) {
    __atomic_store_n(&block(oldest_)->hdr.bh1.block_status, uint32_t{TP_STATUS_KERNEL}, __ATOMIC_RELEASE);
    oldest_ = oldest_ + 1 == size_.blocks ? 0 : oldest_ + 1;
  }
}

RxFrame PacketRing::frame_at(tpacket3_hdr* header) const {
  uint8_t* bytes = reinterpret_cast<uint8_t*>(header) + header->tp_mac;
  const bool tagged = (header->tp_status & TP_STATUS_VLAN_VALID) != 0 && header->tp_mac != header->tp_net;
  return {.bytes = tagged ? with_tag(bytes, header->tp_snaplen, *header) : base::Bytes(bytes, header->tp_snaplen),
          .wall = base::Nanos{header->tp_sec} * base::kSecond + header->tp_nsec,
          .checksum_partial = (header->tp_status & TP_STATUS_CSUMNOTREADY) != 0};
}

std::span<const RxFrame> PacketRing::receive(size_t want) {
  give_back_read_blocks();
  want = std::min(want, lent_.size());
  size_t n = 0;
  while (n < want) {
    if (frames_left_ == 0 && !enter_block()) break;
    for (; n < want && frames_left_ > 0; --frames_left_) {
      lent_[n++] = frame_at(next_);
      next_ = reinterpret_cast<tpacket3_hdr*>(reinterpret_cast<uint8_t*>(next_) + next_->tp_next_offset);
    }
    if (frames_left_ == 0) {
      ++read_blocks_;
      current_ = current_ + 1 == size_.blocks ? 0 : current_ + 1;
    }
  }
  return {lent_.data(), n};
}

uint64_t PacketRing::dropped() const {
  tpacket_stats_v3 since_last{};  // reading resets it, so every reading is added
  socklen_t bytes = sizeof since_last;
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &since_last, &bytes) != 0) return dropped_->load();
  return dropped_->fetch_add(since_last.tp_drops) + since_last.tp_drops;
}

}  // namespace portolan::pktio
