// SPDX-License-Identifier: Apache-2.0
// Receiver: from a received frame to an observation, or to the counter that says why not.
//
// A frame is checked once (wire::FrameView), must be addressed to us, must prove itself to its technique, must be about
// a target of this shard, and must be the target's first answer; then one Observation goes into the ring to the writer.
// Every frame ends in exactly one counter. A full ring makes the receiver wait, never drop: the kernel's ring fills
// meanwhile, and what is lost there is counted there.
// Answers that the stack owes (RST to a SYN-ACK, ARP and NDP for an address that is ours alone) are sent at once.
// Not thread-safe: the lane's.
#pragma once

#include "base/spsc_ring.h"
#include "result/observation.h"
#include "scan/frame_burst.h"
#include "scan/sender.h"
#include "scan/state.h"
#include "scan/technique.h"

namespace portolan::scan {

class Receiver {
 public:
  using Ring = base::SpscRing<result::Observation>;

  // REQUIRES: all three outlive the receiver.
  Receiver(LaneState& state, Sender& sender, Ring& out)
      : state_(state), sender_(sender), out_(out), replies_(state.ports) {}

  // Takes up to one burst from every port. True when there was anything. `wall_minus_now` turns the ports' arrival
  // times (wall clock) into those of the sender (monotonic).
  bool turn(base::Nanos now, base::Nanos wall_minus_now);

  // The last of what a bulk receiver has recorded and counted: once, at the end.
  void finish_bulk(base::Nanos wall_minus_now);

  uint64_t ring_full_waits() const { return ring_full_waits_; }

 private:
  static constexpr size_t kBurst = 64;
  static constexpr base::Nanos kBulkLook = 50 * base::kMillisecond;  // between two looks at a bulk receiver's counts

  // Answers that a bulk receiver has judged (receiver_bulk.cc).
  size_t take_bulk(base::Nanos wall_minus_now);
  void count_bulk();
  Count judge(const xdp::Caught& c, base::Nanos wall_minus_now);
  void reset(const xdp::Caught& c);

  struct IcmpCode {
    uint8_t type;
    uint8_t code;
  };
  struct Arrival {
    const wire::FrameView& frame;
    uint16_t link;
    base::Nanos wall;
    base::Nanos now;  // the same moment, monotonic
  };

  void take(const pktio::RxFrame& raw, uint16_t link, base::Nanos now, base::Nanos wall_minus_now);
  Count judge(const Arrival& a);
  Count judge_arp(const Arrival& a);
  Count judge_tcp(const Arrival& a);
  Count judge_icmp(const Arrival& a);
  Count judge_neighbor(const Arrival& a);
  Count judge_error(const Arrival& a, uint8_t type, uint8_t code, base::Bytes quoted);
  Count judge_other(const Arrival& a, Count otherwise);
  Count settle(const Arrival& a, const Verdict& verdict, const IcmpCode* icmp = nullptr);
  Count record(const Arrival& a, const Claim& claim, base::u128 index, base::u128 position, const IcmpCode* icmp);
  base::Nanos round_trip(base::Nanos now, uint16_t link, const Claim& claim, base::u128 position) const;
  std::optional<base::Nanos> sent_at(uint32_t pass, base::u128 position) const;
  bool learn(const Arrival& a, const addr::IpAddress& who, const addr::MacAddress& mac);
  void reset(const Arrival& a);
  bool right_vlan(const wire::FrameView& frame) const;
  void emit(result::Observation& o);
  Proving proving() const { return {state_.plan.key, state_.plan.source_ports, state_.plan.retries}; }

  LaneState& state_;
  Sender& sender_;
  Ring& out_;
  FrameBurst replies_;
  uint64_t ring_full_waits_ = 0;
  BulkReceived bulk_seen_;
  base::Nanos bulk_looked_ = 0;
  uint64_t bulk_taken_ = 0;
  uint64_t bulk_taken_seen_ = 0;
};

}  // namespace portolan::scan
