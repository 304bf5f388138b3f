// SPDX-License-Identifier: Apache-2.0
// XskPort: whole frames out of and into one queue of an Ethernet interface through memory shared with the kernel
// (AF_XDP), past its network stack and without a copy where the driver can.
//
// Sends without further ado. Receives what an XDP program on the interface redirects to the socket: the program is not
// ours (xdp::CatchProgram::add_socket takes socket_fd() and queue()), and until there is one nothing arrives. There is
// no filter: what the program passes is what comes. A VLAN tag that the hardware takes out is not seen (switch
// rx-vlan-offload off), nor is it told that a veth's checksum is unfinished (switch tx off at its other end).
//
// Zero copy needs a driver that can. "Sent" means then that the device's queue has it; in copy mode, that the driver
// took it. Several ports on one interface: one a queue. Needs CAP_NET_RAW when opened, and CAP_IPC_LOCK or a limit of
// locked memory (ulimit -l) above the frames. Linux Documentation/networking/af_xdp.rst.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/clock.h"
#include "pktio/port_counters.h"
#include "pktio/send_patience.h"
#include "pktio/tx_slots.h"

namespace portolan::pktio {

enum class XskMode : uint8_t {
  kAuto,      // zero copy if that can be, else copy
  kZeroCopy,  // or not at all
  kCopy,
};

struct XskOptions {
  std::string interface_name;
  uint32_t queue = 0;
  XskMode mode = XskMode::kAuto;

  // Frames of 2 KiB each; powers of two. Enough to receive means: as many as may arrive while the lane does not run.
  // 8,192 are 8 ms at a million a second, and 16 MiB. Enough to send means: as many as wait in the driver and on the
  // way, some hundreds on most; more than fit in the cache slow down.
  uint32_t send_frames = 2048;
  uint32_t receive_frames = 8192;
  size_t burst = kDefaultBurst;  // frames a commit; at most send_frames
};

class XskSocket;

class XskPort final : public Port {
 public:
  static constexpr size_t kMostFrames = 1024;  // lent by one receive()

  // A queue that another socket has just left is waited for, a second at most: the kernel frees it late. The error
  // says what failed and why.
  static tl::expected<std::unique_ptr<XskPort>, std::string> open(const XskOptions& options);
  ~XskPort() override;

  wire::LinkType link() const override { return wire::LinkType::kEthernet; }
  // Lends none while all frames are on their way out; when that lasts a second without progress, slots whose frames
  // commit() will refuse.
  std::span<TxSlot> acquire(size_t want) override;
  void commit(size_t count) override;
  std::span<const RxFrame> receive(size_t want) override;
  int wait_fd() const override { return socket_fd(); }
  // receive_dropped: the kernel had no frame of ours to fill, or no room in the ring, or the frame was too large for
  // one. With zero copy also the times that the driver found no frame to fill, which may be fewer than it dropped: its
  // own counters tell.
  PortStats stats() const override;

  int socket_fd() const;
  uint32_t queue() const { return queue_; }
  bool zero_copy() const { return zero_copy_; }
  bool huge_pages() const;
  // With kAuto, why it is not zero copy; else empty.
  const std::string& copy_reason() const;

 private:
  explicit XskPort(std::unique_ptr<XskSocket> socket, const XskOptions& options);

  TxSlot slot_of(uint32_t frame) const;
  void reap();
  bool is_stuck();
  size_t describe(size_t count);  // puts frames on the ring; how many
  bool reserve(size_t count, uint32_t& place);
  int kick();                    // 0, or an errno
  void wake();                   // zero copy: only when the driver asks for it
  void hand_over(size_t count);  // zero copy: the ring is the device's queue
  void push(size_t count);       // copy mode: returns when the kernel has taken them
  bool wait_for_room(int reason);
  void withdraw(uint32_t begin, uint32_t end);
  void count_sent(uint32_t begin, uint32_t end);
  void give_back();

  std::unique_ptr<XskSocket> socket_;
  const uint32_t queue_;
  const bool zero_copy_;
  std::vector<uint32_t> free_;  // frames to send from; those used last, and so in the cache, are lent first
  std::vector<TxSlot> slots_;
  size_t lent_ = 0;
  std::unique_ptr<uint8_t[]> nowhere_;  // behind slots whose frames will be refused
  bool lent_nowhere_ = false;
  base::Nanos none_since_ = 0;  // when there was first no frame to lend; 0: there was
  SendPatience patience_;
  std::vector<uint64_t> to_give_back_;
  std::vector<RxFrame> received_;
  std::atomic<uint64_t> withdrawn_{0};  // frames taken off the ring again, which the kernel counts as invalid
  PortCounters counters_;
};

}  // namespace portolan::pktio
