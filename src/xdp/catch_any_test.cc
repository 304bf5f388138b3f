// SPDX-License-Identifier: Apache-2.0
// Any frame at all, held against what the wire room and the cookie say about it; and the ring that records go through.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "wire/frame_view.h"
#include "wire/quote.h"
#include "xdp/testing/any_frames.h"
#include "xdp/testing/catch_test_rig.h"

namespace portolan::xdp::catch_any_test {
namespace {

using addr::IpAddress;
using testing::CatchTest;
using testing::Envelope;
using testing::Frame;
using testing::kDrop, testing::kTx;
using testing::kOurs, testing::kOurs6, testing::theirs, testing::theirs6;
using testing::packet;
using testing::Target;
using Transport = wire::FrameView::Transport;

// What must become of a frame: the counter, and what the record says.
struct Expected {
  enum Fate { kEndsAs, kUp, kUpOrPassed } fate = kEndsAs;  // kUp: to the socket, or passed where there is none
  uint32_t counter = kCatchPassed;
  uint32_t pass = 0;
  std::optional<wire::Cookie> cookie{};  // of what is recorded
};
constexpr Expected kPassed{};
constexpr Expected kUp{Expected::kUp};
constexpr Expected kEither{Expected::kUpOrPassed};  // refused by the wire room: user space will refuse it too

// As scan::Receiver judges, restated from the rules.
class Judge {
 public:
  explicit Judge(const CatchOptions& options) : o_(options) {}

  Expected of(const Frame& frame) const {
    const auto view = wire::FrameView::check(frame, wire::LinkType::kEthernet, o_.trust_checksums);
    if (view) return of(*view);
    const auto counter = counter_of(view.error());
    Frame whole = frame;
    testing::repair(whole);
    const auto repaired = wire::FrameView::check(whole, wire::LinkType::kEthernet, o_.trust_checksums);
    if (!counter || !repaired) return kEither;
    const Expected then = of(*repaired);
    return then.fate == Expected::kEndsAs && then.counter != kCatchPassed ? Expected{.counter = *counter} : then;
  }

 private:
  static std::optional<uint32_t> counter_of(wire::Drop drop) {
    switch (drop) {
      case wire::Drop::kIpv4Checksum:
        return kCatchBadIpv4Checksum;
      case wire::Drop::kTcpChecksum:
        return kCatchBadTcpChecksum;
      case wire::Drop::kIcmpv4Checksum:
        return kCatchBadIcmpv4Checksum;
      case wire::Drop::kIcmpv6Checksum:
        return kCatchBadIcmpv6Checksum;
      default:
        return std::nullopt;
    }
  }
  bool is_ours(const IpAddress& a) const { return std::find(o_.ours.begin(), o_.ours.end(), a) != o_.ours.end(); }
  bool is_ours(uint16_t port) const { return port >= o_.first_port && port <= o_.last_port; }

  Expected of(const wire::FrameView& v) const {
    if (v.vlan() != o_.vlan || v.transport() == Transport::kArp || !is_ours(v.destination())) return kPassed;
    const bool v4 = v.destination().is_v4();
    const bool plain = v.packet().size() - v.payload().size() == (v4 ? 20u : 40u);
    const bool judged = plain && o_.judge && v.payload().size() <= 1536;
    switch (v.transport()) {
      case Transport::kTcp:
        if (!o_.tcp || !is_ours(v.tcp().destination_port())) return kPassed;
        return judged ? of_tcp(v) : kUp;
      case Transport::kUdp:
        return is_ours(v.udp().destination_port()) ? kUp : kPassed;
      case Transport::kSctp:
        return is_ours(v.sctp().destination_port()) ? kUp : kPassed;
      case Transport::kIcmpv4:
        if (v.icmpv4().is_echo_reply()) return of_echo(v, v.icmpv4().rest(), judged);
        return of_error(v, v.icmpv4().type() == 3 || v.icmpv4().type() == 11, v.icmpv4().payload());
      case Transport::kIcmpv6: {
        const auto icmp = v.icmpv6();
        if (icmp.is_echo_reply()) return of_echo(v, icmp.rest(), judged);
        const bool telling = icmp.type() == 1 || icmp.type() == 3 || (icmp.type() == 4 && icmp.code() == 1);
        return of_error(v, telling, icmp.payload());
      }
      default:
        return kPassed;
    }
  }

  Expected of_tcp(const wire::FrameView& v) const {
    const auto tcp = v.tcp();
    if (!tcp.is_syn_ack() && !tcp.is_rst()) return kUp;
    const auto cookie = wire::cookie(o_.key, v.destination(), v.source(), tcp.source_port(), o_.tcp_tag);
    const Target target(o_, v.destination(), v.source(), tcp.source_port());
    uint32_t pass = 0;
    while (pass < o_.passes && target.our_port(pass) != tcp.destination_port()) ++pass;
    if (pass == o_.passes) return {.counter = kCatchBadSourcePort};
    if (!tcp.has(wire::tcp_flag::kAck) || tcp.acknowledgment().value() != cookie.token + 1) {
      return {.counter = kCatchBadCookie};
    }
    return {Expected::kEndsAs, kCatchRecorded, pass, cookie};
  }

  Expected of_echo(const wire::FrameView& v, uint32_t rest, bool judged) const {
    const auto cookie = wire::cookie(o_.key, v.destination(), v.source(), 0, o_.echo_tag);
    if (!o_.echo || rest != cookie.token) return kPassed;
    return judged ? Expected{Expected::kEndsAs, kCatchRecorded, 0, cookie} : kUp;
  }

  Expected of_error(const wire::FrameView& v, bool telling, base::Bytes payload) const {
    if (!telling) return kPassed;
    const auto quote = wire::QuotedProbe::check(payload, v.destination().family());
    if (!quote) return kEither;
    if (quote->source() != v.destination()) return kPassed;
    if (quote->protocol() == (v.destination().is_v4() ? 1 : 58)) {
      const auto cookie = wire::cookie(o_.key, v.destination(), quote->destination(), 0, o_.echo_tag);
      const bool request = quote->icmp_type() == (v.destination().is_v4() ? 8 : 128);
      return o_.echo && request && quote->icmp_rest() == cookie.token ? kUp : kPassed;
    }
    const bool ported = quote->protocol() == 6 ? o_.tcp : quote->protocol() == 17 || quote->protocol() == 132;
    return ported && is_ours(quote->source_port()) ? kUp : kPassed;
  }

  const CatchOptions& o_;
};

class AnyFrame : public CatchTest {
 protected:
  using Seen = std::map<uint32_t, wire::Cookie>;  // the last answer at each place where the program remembers one

  void holds_for_any_frame() {
    for (const bool socket : {true, false}) {
      load();
      if (socket) add_socket();
      Seen seen;
      uint64_t given = 0;
      EXPECT_TRUE(rc::check("any frame", [&] { check(testing::any_frame(options_), socket, seen, given); }));
      const CatchCounts counts = program_->counters();
      uint64_t sum = 0;
      for (uint32_t i = 0; i < kCatchResets; ++i) sum += counts[i];
      EXPECT_EQ(sum, given) << "each frame once";
      if (socket_ >= 0) close(std::exchange(socket_, -1));
    }
  }
  void check(const Frame& frame, bool socket, Seen& seen, uint64_t& given) {
    Expected expected = Judge(options_).of(frame);
    const CatchCounts before = program_->counters();
    const testing::Ran ran = testing::run_program(program_->program_fd(), frame);
    const CatchCounts after = program_->counters();
    ++given;
    const auto caught = take();
    RC_LOG() << "action " << ran.action << ", frame " << fmt::format("{:02x}", fmt::join(frame, "")) << "\n";
    const bool untouched = ran.action == testing::kPass || ran.action == testing::kRedirect;
    if (untouched) RC_ASSERT(ran.frame == frame);
    if (expected.cookie) {
      const auto place = expected.cookie->token % options_.remembered;
      const auto last = seen.find(place);
      if (last != seen.end() && last->second == *expected.cookie) expected.counter = kCatchAgain;
      seen.insert_or_assign(place, *expected.cookie);
    }
    if (expected.fate == Expected::kUp) expected.counter = socket ? kCatchToSocket : kCatchPassed;
    if (expected.fate == Expected::kUpOrPassed) {
      RC_ASSERT(untouched);
      return;
    }
    RC_LOG() << "expected " << catch_counter_name(static_cast<CatchCount>(expected.counter)) << "\n";
    for (uint32_t i = 0; i < kCatchResets; ++i) {
      RC_LOG() << catch_counter_name(static_cast<CatchCount>(i)) << " " << after[i] - before[i] << "\n";
    }
    RC_ASSERT(after[expected.counter] == before[expected.counter] + 1);
    RC_ASSERT(caught.size() == (expected.counter == kCatchRecorded));
    if (!caught.empty()) RC_ASSERT(caught[0].pass == expected.pass);
  }
};

TEST_F(AnyFrame, IsJudgedAsUserSpaceWould) { holds_for_any_frame(); }

TEST_F(AnyFrame, BehindATagToo) {
  options_.vlan = 77;
  holds_for_any_frame();
}

TEST_F(AnyFrame, WithChecksumsThatAreTrusted) {
  options_.trust_checksums = true;
  options_.reset = false;
  holds_for_any_frame();
}

TEST_F(AnyFrame, WithoutJudging) {
  options_.judge = false;
  holds_for_any_frame();
}

TEST_F(AnyFrame, WhenOnlyEchoWasAsked) {
  options_.tcp = false;
  options_.passes = 1;
  holds_for_any_frame();
}

TEST_F(AnyFrame, WithOneSourcePort) {
  options_.first_port = options_.last_port = 40000;
  holds_for_any_frame();
}

using Ring = CatchTest;

TEST_F(Ring, AFullRingLosesNothingUncountedAndLeavesItToBeSaidAgain) {
  options_.ring_bytes = 4096;
  load();
  const uint32_t sent = 100;
  uint32_t recorded = 0;
  for (uint32_t i = 0; i < sent; ++i) {
    const uint32_t action = run(target(i).syn_ack());
    recorded += action == kTx;
    EXPECT_EQ(action, i < recorded ? kTx : kDrop) << "not reset, so that it comes again";
  }
  EXPECT_LT(recorded, sent);
  const CatchCounts counts = program_->counters();
  EXPECT_EQ(counts[kCatchRecorded], recorded);
  EXPECT_EQ(counts[kCatchRingFull], sent - recorded);
  EXPECT_EQ(take().size(), recorded);
  for (uint32_t i = 0; i < 2 * recorded; ++i) {
    run(target(i % sent).syn_ack());
  }
  EXPECT_EQ(program_->counters()[kCatchAgain], recorded) << "those that were lost are taken at the next time";
  EXPECT_EQ(take().size(), recorded);
}

TEST_F(Ring, PollHandsThemUpInTheirOrderAndAsManyAsAreAskedFor) {
  options_.ring_bytes = 4096;  // so that it is gone round many times
  load();
  uint32_t next = 0;
  for (uint32_t round = 0; round < 50; ++round) {
    for (uint32_t i = 0; i < 30; ++i) run(target(30 * round + i).rst());
    for (const size_t most : {1, 7, 22}) {
      const auto caught = take(most);
      ASSERT_EQ(caught.size(), most);
      for (const Caught& c : caught) EXPECT_EQ(c.lo, theirs(next++).lo());
    }
    EXPECT_TRUE(take().empty());
  }
  EXPECT_EQ(program_->counters()[kCatchRingFull], 0u);
}

TEST_F(Ring, TheRingIsReadableWhenARecordCame) {
  load();
  pollfd wait{program_->ring_fd(), POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 0), 0);
  run(target().rst());
  EXPECT_EQ(poll(&wait, 1, 0), 1);
  EXPECT_EQ(take().size(), 1u);
  EXPECT_EQ(poll(&wait, 1, 0), 0);
}

}  // namespace
}  // namespace portolan::xdp::catch_any_test
