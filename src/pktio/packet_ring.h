// SPDX-License-Identifier: Apache-2.0
// PacketRing: frames of one interface, received through memory that the kernel shares with us (AF_PACKET, TPACKET_V3).
//
// The receiving half of the kernel ports; users take PacketPort or RawIpPort. The kernel fills blocks and hands each
// over when it is full or its time-out has passed, so a lone frame may be seen that much later; its time stamp is the
// kernel's and true. Frames that we or this machine sent out are not among them. A full ring loses frames, counted.
//
// Needs CAP_NET_RAW. Owned by its port; the lane's thread only, but dropped() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/unique_fd.h"
#include "pktio/fanout.h"
#include "pktio/port.h"
#include "pktio/receive_filter.h"

struct tpacket3_hdr;
struct tpacket_block_desc;

namespace portolan::pktio {

// How much arrives before a frame is lost, when nobody takes it out: an answer of 60 bytes takes some 150 of the ring.
// The default of 64 MiB holds 440,000 of them, which is a fifth of a second at 2.2 million a second.
struct RingSize {
  uint32_t blocks = 64;
  uint32_t block_bytes = 1u << 20;  // a multiple of the page size
  uint32_t timeout_ms = 10;         // after this a block with a frame in it is handed over, full or not

  static constexpr RingSize small() { return {.blocks = 4, .block_bytes = 1u << 16, .timeout_ms = 1}; }  // for tests
};

class PacketRing {
 public:
  static constexpr size_t kMostFrames = 1024;  // lent by one receive()

  // Frames of the interface from now on. kEthernet: with the link header, and with its 802.1Q tag put back when it had
  // one. kRawIp: from the IP header on, whatever link header the interface has. With a fanout, only the member's share
  // of them. The error says what failed and why.
  static tl::expected<PacketRing, std::string> open(int interface_index, wire::LinkType link,
                                                    const ReceiveFilter& filter, const RingSize& size,
                                                    const std::optional<Fanout>& fanout = {});

  PacketRing(PacketRing&&) noexcept;
  PacketRing& operator=(PacketRing&&) = delete;
  ~PacketRing();

  std::span<const RxFrame> receive(size_t want);  // as Port::receive
  int fd() const { return socket_.get(); }
  uint64_t dropped() const;  // frames lost because the ring was full, so far; any thread

 private:
  PacketRing(base::UniqueFd socket, const RingSize& size, uint8_t* memory);

  tpacket_block_desc* block(uint32_t i) const;
  bool enter_block();  // false: the kernel still owns the current one
  void give_back_read_blocks();
  RxFrame frame_at(tpacket3_hdr* header) const;

  base::UniqueFd socket_;
  RingSize size_;
  uint8_t* memory_;
  uint32_t oldest_ = 0;           // the first block not yet given back
  uint32_t read_blocks_ = 0;      // blocks from there on that are wholly read
  uint32_t current_ = 0;          // the block being read
  uint32_t frames_left_ = 0;      // in the current block; 0: not entered
  tpacket3_hdr* next_ = nullptr;  // in the current block
  std::vector<RxFrame> lent_;
  std::unique_ptr<std::atomic<uint64_t>> dropped_;  // apart, so that the ring can be moved
};

}  // namespace portolan::pktio
