// SPDX-License-Identifier: Apache-2.0
// A receiver behind the kernel program against one that gets every frame itself: the same results and the same books,
// whatever comes. The program runs without any device (BPF_PROG_TEST_RUN), so nothing is sent.
#include "scan/kernel_receiver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "addr/target_set_builder.h"
#include "pktio/pair_port.h"
#include "scan/crew.h"
#include "scan/probe_identity.h"
#include "scan/receiver.h"
#include "scan/sender.h"
#include "scan/state.h"
#include "xdp/testing/any_frames.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::scan::kernel_receiver_test {
namespace {

using addr::IpAddress;
using xdp::testing::Frame;

constexpr uint32_t kHosts = 50;  // any_frame() makes answers of these

Plan plan_of(const xdp::CatchOptions& o) {
  addr::TargetSetBuilder b;
  b.add(xdp::testing::theirs(0), xdp::testing::theirs(kHosts - 1));
  b.add(xdp::testing::theirs6(0), xdp::testing::theirs6(kHosts - 1));
  for (const uint16_t port : {uint16_t{22}, uint16_t{80}, uint16_t{443}}) b.add_service({addr::Protocol::kTcp, port});
  b.add_service({addr::Protocol::kIcmpEcho, 0});
  Plan p;
  p.targets = std::move(std::move(b).build()->set);
  p.key = o.key;
  p.source_ports = {o.first_port, o.last_port};
  p.retries = o.passes - 1;
  p.shape.ttl = o.ttl;
  p.egress.vlan = o.vlan;
  p.reset = o.reset;
  return p;
}

Egress egress_of(const Plan& plan) {
  host::Vantage v;
  v.interfaces.push_back({1, "near", host::LinkKind::kEthernet, true, 1500, xdp::testing::kOurMac, {}});
  v.hops = {{IpAddress::v4(0), IpAddress::v4(~0u), 1, xdp::testing::kOurs, {}},
            {IpAddress::v6(0), IpAddress::v6(base::kU128Max), 1, xdp::testing::kOurs6, {}}};
  Egress e = std::move(*Egress::make(plan, v));
  for (Path& p : e.paths()) p.next_hop = xdp::testing::kTheirMac;
  return e;
}

// A receiver and all that it needs.
class Side {
 public:
  explicit Side(const Plan& plan, Bulk bulk = {})
      : ends_(pktio::make_port_pair()),
        ports_{ends_.first.get()},
        crew_(plan, 1),
        state_(plan, LaneShare(plan), egress_of(plan), ports_, bulk),
        sender_(state_, 0),
        receiver_(state_, sender_, crew_.mesh(), results_) {
    crew_.mesh().open(0);
  }
  void give(const Frame& frame) {
    auto slots = ends_.second->acquire(1);
    std::memcpy(slots[0].data, frame.data(), frame.size());
    slots[0].length = static_cast<uint16_t>(frame.size());
    ends_.second->commit(1);
  }
  void turn() {
    receiver_.turn(0, 0);
    while (!ends_.second->receive(64).empty()) {  // the resets
    }
  }
  void finish() { receiver_.finish_bulk(0); }
  uint64_t count(Count c) const { return state_.counters.scan[c]; }
  uint64_t count(wire::Drop d) const { return state_.counters.malformed[d]; }
  // What was found, but for its times.
  std::vector<std::string> results() {
    std::vector<std::string> all;
    result::Observation o;
    while (results_.pop(o)) {
      all.push_back(fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", o.target.address.to_string(),
                                o.target.service.port, static_cast<int>(o.target.service.protocol),
                                o.responder.to_string(), name(o.state), name(o.reason), name(o.proof), o.ttl,
                                o.icmp_type, o.icmp_code, o.window, o.mss, o.window_scale));
      for (const uint8_t kind : o.tcp_options) all.back() += fmt::format(" {}", kind);
      all.back() += fmt::format(" {}", o.tcp_option_count);
    }
    return all;
  }

 private:
  std::pair<std::unique_ptr<pktio::PairPort>, std::unique_ptr<pktio::PairPort>> ends_;
  std::vector<pktio::Port*> ports_;
  Crew crew_;
  Receiver::Ring results_{1 << 12};
  LaneState state_;
  Sender sender_;
  Receiver receiver_;
};

// Frames to both; the books and results are compared after every few. What was said before is remembered: a
// counterexample that shrinks to nothing was about that.
void hold_against_each_other(const xdp::CatchOptions& options) {
  const Plan plan = plan_of(options);
  auto program = xdp::CatchProgram::load(options);
  ASSERT_TRUE(program.has_value()) << program.error();
  KernelReceiver bulk(*program, options.ours);
  Side alone(plan), helped(plan, {nullptr, &bulk});
  uint64_t ended = 0;
  EXPECT_TRUE(rc::check("any frames", [&] {
    for (int n = *rc::gen::inRange(40, 120); n != 0; --n) {
      const Frame frame = xdp::testing::any_frame(options);
      alone.give(frame);
      alone.turn();
      const auto ran = xdp::testing::run_program(program->program_fd(), frame);
      RC_ASSERT(ran.action != 0);
      if (ran.action == XDP_PASS) helped.give(ran.frame);
      ended += ran.action != XDP_PASS;
      helped.turn();
    }
    helped.finish();
    RC_ASSERT(alone.results() == helped.results());
    for (size_t i = 0; i < static_cast<size_t>(Count::kCount); ++i) {
      const auto c = static_cast<Count>(i);
      RC_LOG() << counter_name(c) << ": " << alone.count(c) << ", " << helped.count(c) << "\n";
      RC_ASSERT(alone.count(c) == helped.count(c));
    }
    for (size_t i = 0; i < static_cast<size_t>(wire::Drop::kCount); ++i) {
      const auto d = static_cast<wire::Drop>(i);
      RC_LOG() << wire::counter_name(d) << ": " << alone.count(d) << ", " << helped.count(d) << "\n";
      RC_ASSERT(alone.count(d) == helped.count(d));
    }
  }));
  EXPECT_GT(ended, 200u);
  for (const Count c :
       {Count::kOpen, Count::kClosed, Count::kFiltered, Count::kDuplicates, Count::kBadCookie, Count::kBadSourcePort,
        Count::kIrrelevant, Count::kResets, Count::kNotOurs, Count::kMalformed}) {
    EXPECT_GT(alone.count(c), 0u) << counter_name(c) << " was never tested";
  }
}

TEST(KernelReceiver, FindsAndCountsWhatAReceiverAloneWould) {
  if (const std::string reason = xdp::testing::why_no_kernel_programs(); !reason.empty()) GTEST_SKIP() << reason;
  xdp::CatchOptions options = xdp::testing::plain_options();
  options.tcp_tag = cookie_tag(addr::Protocol::kTcp), options.echo_tag = cookie_tag(addr::Protocol::kIcmpEcho);
  hold_against_each_other(options);
  options.vlan = 77;
  options.passes = 1;
  hold_against_each_other(options);
}

}  // namespace
}  // namespace portolan::scan::kernel_receiver_test
