// SPDX-License-Identifier: Apache-2.0
// Receiver: from a received frame to an observation, or to the counter that says why not.
//
// A frame is checked once (wire::FrameView), must be addressed to us, must prove itself to its technique, must be about
// a target of this shard, and must be the target's first answer; then one Observation goes into the ring to the writer.
// Whether it is the first, and which probe it answers, is known to the lane that asked the target: what is proven of
// another lane's target is handed over to it (mesh.h), and counted there. Every frame ends in exactly one counter of
// one lane. A full ring to the writer makes the receiver wait, never drop: the kernel's ring fills meanwhile, and what
// is lost there is counted there. A full ring to another lane is not waited for, lest two wait for each other: counted.
// Answers that the stack owes (RST to a SYN-ACK, ARP and NDP for an address that is ours alone) are sent at once, by
// the lane that has the frame.
// Not thread-safe: the lane's.
#pragma once

#include "base/spsc_ring.h"
#include "result/observation.h"
#include "scan/frame_burst.h"
#include "scan/mesh.h"
#include "scan/sender.h"
#include "scan/state.h"
#include "scan/technique.h"

namespace portolan::scan {

class Receiver {
 public:
  using Ring = base::SpscRing<result::Observation>;

  // REQUIRES: all four outlive the receiver.
  Receiver(LaneState& state, Sender& sender, Mesh& mesh, Ring& out)
      : state_(state), sender_(sender), mesh_(mesh), out_(out), replies_(state.ports) {}

  // Takes up to one burst from every port and every other lane. True when there was anything. `wall_minus_now` turns
  // the ports' arrival times (wall clock) into those of the sender (monotonic).
  bool turn(base::Nanos now, base::Nanos wall_minus_now);
  // The second half of turn(): what other lanes have handed over.
  bool take_handed();

  // The writer has no room for a burst: what a bulk receiver has recorded stays with it meanwhile, which in the end
  // holds its sender.
  bool is_held() const { return state_.bulk.receiver != nullptr && out_.size() + kBurst > out_.capacity(); }
  // The last of what a bulk receiver has recorded and counted: once, at the end.
  void finish_bulk(base::Nanos wall_minus_now);

  uint64_t ring_full_waits() const { return ring_full_waits_; }

 private:
  static constexpr size_t kBurst = 64;
  // A turn: more than the sender sends in one, so that answers are not lost to new probes when everybody answers.
  static constexpr size_t kBursts = 8;
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
  Count judge_link_answer(const Arrival& a, const addr::IpAddress& who, const addr::MacAddress& mac,
                          const Verdict& verdict);
  static result::Observation observe(const Arrival& a, const Claim& claim, const IcmpCode* icmp);
  Count hand_over(uint32_t to, const Finding& finding);
  Count record(Finding& finding);
  base::Nanos round_trip(const Finding& f) const;
  std::optional<base::Nanos> sent_at(uint32_t pass, base::u128 position) const;
  bool learn(const NeighborNews& news);
  void on_news(NeighborNews news);
  bool hand(uint32_t to, const Mesh::Handover& what);
  void reset(const Arrival& a);
  bool right_vlan(const Arrival& a) const;
  bool is_from_asker(const Arrival& a, const addr::Target& target) const;
  void emit(const result::Observation& o);
  Proving proving() const {
    const Plan& plan = state_.plan;
    return {plan.key, state_.share.slices, plan.retries, plan.shape.own_payloads.get()};
  }

  LaneState& state_;
  Sender& sender_;
  Mesh& mesh_;
  Ring& out_;
  FrameBurst replies_;
  uint64_t ring_full_waits_ = 0;
  BulkReceived bulk_seen_;
  base::Nanos bulk_looked_ = 0;
  uint64_t bulk_taken_ = 0;
  uint64_t bulk_taken_seen_ = 0;
};

}  // namespace portolan::scan
