// SPDX-License-Identifier: Apache-2.0
// CatchProgram: the kernel program that receives answers in the driver (catch.bpf.c), loaded and attached.
//
// What is ours by address and port is taken before the network stack sees it, so no kernel reset leaves and no firewall
// rule is needed. Plain answers to TCP SYN and ICMP echo are judged there: checksums, cookie, our port of a pass that
// was asked; they go to user space as compact records through a BPF ring buffer, and an open port gets its reset at
// once (XDP_TX). What is ours but not plain (UDP and SCTP answers, ICMP errors about our probes, conversations) goes to
// an AF_XDP socket when there is one for the queue. All else passes untouched: ARP, neighbor discovery, the machine's
// own traffic, answers to its own pings, later fragments, what is malformed in any way but its checksum.
//
// Tags of 802.1Q must be in the frame: a device that takes them off has to leave that (ethtool -K DEV rxvlan off).
// Resets from a veth's driver reach the other end only if that has a program of its own or GRO: the caller's to know.
//
// As long as this lives it is attached, and when the process dies, however, the kernel takes it off (a bpf_link that is
// not pinned). An interface with another program is left alone: the error names that program and the cure.
// Needs CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON to load and attach. Threads: one, but for counters(), which any may ask.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "xdp/attachment.h"
#include "xdp/catch_shared.h"
#include "xdp/ring_reader.h"

namespace portolan::xdp {

struct CatchOptions {
  std::vector<addr::IpAddress> ours;  // at most kMostOwn of each family
  std::optional<uint16_t> vlan;       // answers must carry this tag, or none
  uint16_t first_port = 0;            // our ports
  uint16_t last_port = 0;
  uint32_t passes = 1;  // that may have been asked: retries + 1
  base::SipKey key;
  uint8_t tcp_tag = 0, echo_tag = 0;  // the cookie's protocol tags
  bool judge = true;                  // false: all that is ours goes to the socket, nothing to the ring
  bool tcp = true, echo = true;       // which of them were asked: an answer of another technique is not ours
  bool reset = true;                  // answer a SYN-ACK of ours with a reset, from where the program runs
  uint8_t ttl = 255;                  // of that reset: IPv4 TTL and IPv6 hop limit
  bool trust_checksums = false;       // of a veth's other end, whose kernel leaves them unfinished
  // Answers whose repetition is not recorded: a power of two. More of them cost more for each answer, since the
  // processor's caches hold fewer: some 60 ns of 200 at 2^18, twice that at 2^20.
  uint32_t remembered = 1 << 18;
  // Of results, 96 bytes each: a power of two, at least a page. 2^25 is a tenth of a second at 3 million a second.
  uint32_t ring_bytes = 1 << 25;
};

using CatchMode = AttachMode;
using CatchCounts = std::array<uint64_t, kCatchCounts>;
// The stable spelling; those of scan::Count where both count the same.
std::string_view catch_counter_name(CatchCount c);

class CatchProgram {
 public:
  static tl::expected<CatchProgram, std::string> load(const CatchOptions& options);

  CatchProgram(CatchProgram&&) noexcept;
  CatchProgram& operator=(CatchProgram&&) noexcept;
  ~CatchProgram();

  // REQUIRES: it is not attached.
  tl::expected<void, std::string> attach(int interface_index, CatchMode mode = CatchMode::kAuto);
  void detach();
  bool is_attached() const;
  bool in_driver() const;
  // Why it does not run in the driver; empty: it does.
  const std::string& generic_reason() const;

  // What is ours but not plain goes to this AF_XDP socket when it comes by this queue, until the socket is closed. The
  // socket is the caller's; what it had no room for stands in its own statistics (XDP_STATISTICS).
  tl::expected<void, std::string> add_socket(uint32_t queue, int socket_fd);

  // Hands up to `most` records to `take(const Caught&)`, oldest first; how many. Never waits.
  template <class Take>
  size_t poll(size_t most, Take&& take) {
    size_t taken = 0;
    for (; taken < most; ++taken) {
      const void* record = ring_.front();
      if (record == nullptr) break;
      take(*static_cast<const Caught*>(record));
      ring_.pop();
    }
    if (taken != 0) ring_.release();
    return taken;
  }
  // Polls readable; also for SendProgram::hold_when(). Who waits for it is woken at most every 500 us, not for each
  // record, so he sets a timeout of a millisecond if that matters to him.
  int ring_fd() const;

  // Since load(), over all processors.
  CatchCounts counters() const;

  int program_fd() const;  // for measurements and tests; stays ours

 private:
  struct State;
  CatchProgram(std::unique_ptr<State> state, RingReader ring);
  std::unique_ptr<State> state_;
  RingReader ring_;
};

}  // namespace portolan::xdp
