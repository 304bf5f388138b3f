// SPDX-License-Identifier: Apache-2.0
// shape: the state machine case by case reads best as one list
#include "stack/tcp_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/reassembly.h"
#include "stack/testing/tcp_rig.h"

namespace portolan::stack::tcp_server_test {
namespace {

using base::kMillisecond;
using base::kSecond;
using testing::as_bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Said;
using testing::Segment;
using testing::TcpRig;
namespace flag = wire::tcp_flag;

constexpr uint8_t kPshAck = flag::kPsh | flag::kAck;
constexpr uint8_t kFinAck = flag::kFin | flag::kAck;
constexpr uint8_t kFinPshAck = flag::kFin | flag::kPsh | flag::kAck;
constexpr uint8_t kRstAck = flag::kRst | flag::kAck;

MATCHER_P4(Is, flags, seq, ack, payload, "") {
  return arg.flags == flags && arg.seq == uint32_t(seq) && arg.ack == uint32_t(ack) && arg.payload == payload;
}
auto PureAck(uint32_t seq, uint32_t ack) { return Is(flag::kAck, seq, ack, ""); }

TEST(TcpServer, HandshakeIsAnsweredByNothing) {
  TcpRig rig;
  const TcpId id = rig.open();
  EXPECT_THAT(rig.heard(), IsEmpty());
  EXPECT_EQ(rig.server.size(), 1u);
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), id);
  EXPECT_EQ(rig.server.find(TcpRig::peer(2)), std::nullopt);
  EXPECT_EQ(rig.server.find(TcpRig::peer(1, true)), std::nullopt);
}

TEST(TcpServer, FindsByTheWholeTuple) {
  TcpRig rig;
  rig.open();
  for (int field = 0; field < 4; ++field) {
    TcpPeer other = TcpRig::peer(1);
    if (field == 0) other.client = addr::IpAddress::v4(1);
    if (field == 1) other.server = addr::IpAddress::v4(1);
    if (field == 2) ++other.client_port;
    if (field == 3) ++other.server_port;
    EXPECT_EQ(rig.server.find(other), std::nullopt) << field;
  }
}

TEST(TcpServer, DataIsAcknowledgedWithOrWithoutPsh) {
  for (const uint8_t flags : {kPshAck, flag::kAck}) {
    TcpRig rig;
    const TcpId id = rig.open();
    rig.tell({.flags = flags, .payload = "hello"});
    EXPECT_EQ(rig.seen[id].data, "hello");
    EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 5)));
    EXPECT_EQ(rig.server.tally(id).bytes_in, 5u);
  }
}

TEST(TcpServer, AnswerCarriesTheAcknowledgment) {
  TcpRig rig;
  rig.on_text = [&](TcpId id, std::string_view) { rig.server.send(id, as_bytes("world"), rig.now); };
  rig.open();
  rig.tell({.flags = kPshAck, .payload = "hello"});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 0, 5, "world")));
}

TEST(TcpServer, DataMayComeWithTheHandshake) {
  TcpRig rig;
  std::string order;
  rig.on_open = [&](TcpId) { order += "open "; };
  rig.on_text = [&](TcpId, std::string_view text) { order += text; };
  rig.open(1, {.flags = kPshAck, .payload = "data"});
  EXPECT_EQ(order, "open data");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 4)));
}

TEST(TcpServer, GreetsFromAnnounce) {
  TcpRig rig;
  rig.on_open = [&](TcpId id) { rig.server.send(id, as_bytes("220 hi\r\n"), rig.now); };
  rig.open();
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 0, 0, "220 hi\r\n")));
}

TEST(TcpServer, MayBeAbortedInAnnounce) {
  TcpRig rig;
  rig.on_open = [&](TcpId id) { rig.server.abort(id, rig.now); };
  const TcpId id = rig.open(1, {.flags = kPshAck, .payload = "data"});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kRstAck, 0, 0, "")));
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kAborted);
  EXPECT_EQ(rig.seen[id].data, "");
}

// Each is judged after "hello" was delivered: rcv_nxt is 5, nothing of ours was sent.
TEST(TcpServer, SegmentsThatCannotBeRight) {
  struct Case {
    const char* name;
    Segment segment;
    bool answered;
    std::optional<TcpEnd> gone{};
  };
  const uint32_t window = TcpLimits{}.receive_window;
  const std::vector<Case> cases = {
      {"SYN at the next number", {.seq = 5, .flags = flag::kSyn}, true},
      {"SYN out of window", {.seq = 1u << 30, .flags = flag::kSyn}, true},
      {"SYN and ACK", {.seq = 5, .flags = flag::kSyn | flag::kAck}, true},
      {"RST at the next number", {.seq = 5, .flags = flag::kRst}, false, TcpEnd::kReset},
      {"RST with ACK there", {.seq = 5, .flags = kRstAck}, false, TcpEnd::kReset},
      {"RST elsewhere in the window", {.seq = 6, .flags = flag::kRst}, true},
      {"RST at the end of the window", {.seq = 5 + window - 1, .flags = flag::kRst}, true},
      {"RST behind the window", {.seq = 5 + window, .flags = flag::kRst}, false},
      {"RST before it", {.seq = 4, .flags = flag::kRst}, false},
      {"old data", {.seq = 0, .flags = kPshAck, .payload = "hello"}, true},
      {"keep-alive", {.seq = 4}, true},
      {"keep-alive with a byte", {.seq = 4, .payload = "o"}, true},
      {"beyond the window", {.seq = 6 + window, .payload = "x"}, true},
      {"half the circle away", {.seq = 5 + (1u << 31), .payload = "x"}, true},
      {"acknowledges what was never sent", {.seq = 5, .ack = 1, .payload = "x"}, true},
      {"acknowledges what is too old", {.seq = 5, .ack = 0u - (70'000u << 7), .payload = "x"}, true},
      {"no ACK", {.seq = 5, .flags = flag::kPsh, .payload = "x"}, false},
      {"no flags", {.seq = 5, .flags = 0, .payload = "x"}, false},
      {"a pure ACK", {.seq = 5}, false},
      {"an old pure ACK", {.seq = 5, .ack = 0u - 1u}, false},
      {"FIN behind the window", {.seq = 6 + window, .flags = kFinAck}, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    TcpRig rig;
    const TcpId id = rig.open();
    rig.tell({.payload = "hello"});
    rig.heard();
    rig.tell(c.segment);
    const auto heard = rig.heard();
    if (c.answered) {
      EXPECT_THAT(heard, ElementsAre(PureAck(0, 5)));
    } else {
      EXPECT_THAT(heard, IsEmpty());
    }
    EXPECT_EQ(rig.seen[id].gone, c.gone);
    EXPECT_EQ(rig.seen[id].data, "hello");
    EXPECT_EQ(rig.seen[id].ends, 0);
  }
}

TEST(TcpServer, TakesDataOfAnOldAcknowledgment) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes("abc"), rig.now);
  rig.tell({.ack = 3});
  rig.heard();
  rig.tell({.ack = 1, .payload = "late"});
  EXPECT_EQ(rig.seen[id].data, "late");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(3, 4)));
}

TEST(TcpServer, ChallengesAreRationed) {
  TcpRig rig;
  rig.open();
  for (int i = 0; i < 100; ++i) rig.tell({.flags = flag::kSyn});
  EXPECT_EQ(rig.heard().size(), 1u);
  rig.now += 499 * kMillisecond;
  rig.tell({.seq = 1, .flags = flag::kRst});
  EXPECT_THAT(rig.heard(), IsEmpty());
  rig.now += kMillisecond;
  rig.tell({.seq = 1, .flags = flag::kRst});
  EXPECT_EQ(rig.heard().size(), 1u);
}

TEST(TcpServer, StrayAcknowledgmentsDoNotKeepItAlive) {
  TcpRig rig;
  const TcpId id = rig.open();
  for (int i = 0; i < 65; ++i) {
    rig.pass(kSecond);
    rig.tell({.seq = 1u << 20, .payload = "x"});
  }
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kIdle);
}

TEST(TcpServer, PutsSegmentsInOrder) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.tell({.seq = 3, .payload = "def"});
  rig.tell({.seq = 9, .payload = "jkl"});
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 0), PureAck(0, 0)));
  rig.tell({.seq = 0, .payload = "abcd"});
  EXPECT_EQ(rig.seen[id].data, "abcdef");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 6)));
  rig.tell({.seq = 6, .payload = "ghijklmno"});
  EXPECT_EQ(rig.seen[id].data, "abcdefghijklmno");
  EXPECT_EQ(rig.server.out_of_order_dropped(), 0u);
}

TEST(TcpServer, AnswerAcknowledgesAllThatAClosedGapGave) {
  TcpRig rig;
  rig.on_text = [&](TcpId id, std::string_view text) {
    if (text == "abc") rig.server.send(id, as_bytes("!"), rig.now);
  };
  rig.open();
  rig.tell({.seq = 3, .flags = kFinAck, .payload = "def"});
  rig.heard();
  rig.tell({.seq = 0, .payload = "abc"});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 0, 7, "!")));
}

TEST(TcpServer, KeepsWhatCameFirst) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.tell({.seq = 2, .payload = "CC"});
  rig.tell({.seq = 1, .payload = "xxxxx"});
  rig.tell({.seq = 0, .payload = "A"});
  EXPECT_EQ(rig.seen[id].data, "AxCCxx");
}

TEST(TcpServer, CountsWhatItCannotKeep) {
  TcpRig rig;
  const TcpId id = rig.open();
  for (uint32_t i = 0; i < 6; ++i) rig.tell({.seq = 10 + 10 * i, .payload = "x"});
  EXPECT_EQ(rig.server.out_of_order_dropped(), 6 - Reassembly::kRanges);
  EXPECT_EQ(rig.seen[id].data, "");
}

TEST(TcpServer, FinBeforeItsData) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.tell({.seq = 5, .flags = kFinAck});
  EXPECT_EQ(rig.seen[id].ends, 0);
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 0)));
  rig.tell({.seq = 0, .payload = "hello"});
  EXPECT_EQ(rig.seen[id].ends, 1);
  EXPECT_EQ(rig.seen[id].data, "hello");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 6)));
}

TEST(TcpServer, NothingFollowsAFin) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.tell({.seq = 5, .flags = kFinAck});
  rig.tell({.seq = 3, .payload = "lo, and more"});
  rig.tell({.seq = 0, .payload = "hel"});
  EXPECT_EQ(rig.seen[id].data, "hello");
  rig.heard();
  rig.tell({.seq = 6, .payload = "more"});
  EXPECT_EQ(rig.seen[id].data, "hello");
  EXPECT_EQ(rig.seen[id].ends, 1);
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 6)));
}

TEST(TcpServer, ClientClosesFirst) {
  TcpRig rig;
  rig.on_end = [&](TcpId id) { rig.server.close(id, rig.now); };
  const TcpId id = rig.open();
  rig.tell({.flags = kFinPshAck, .payload = "bye"});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kFinAck, 0, 4, "")));
  EXPECT_EQ(rig.seen[id].gone, std::nullopt);
  rig.tell({.seq = 4, .ack = 1});
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
  EXPECT_THAT(rig.heard(), IsEmpty());
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), std::nullopt) << "who closes last does not linger";
}

TEST(TcpServer, HalfClosedByTheClientStillTalks) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.tell({.flags = kFinAck});
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 1)));
  rig.pass(30 * kSecond);
  EXPECT_EQ(rig.server.send(id, as_bytes("late"), rig.now), 4u);
  rig.server.close(id, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 0, 1, "late"), Is(kFinAck, 4, 1, "")));
  rig.tell({.seq = 1, .ack = 5});
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
}

TEST(TcpServer, WeCloseFirstAndLinger) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.close(id, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kFinAck, 0, 0, "")));
  EXPECT_EQ(rig.server.send(id, as_bytes("x"), rig.now), 0u);
  rig.tell({.ack = 1});
  rig.tell({.ack = 1, .payload = "still talking"});
  EXPECT_EQ(rig.seen[id].data, "still talking");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(1, 13)));
  EXPECT_FALSE(rig.server.takes_new_syn(id));
  rig.tell({.seq = 13, .ack = 1, .flags = kFinAck});
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(1, 14)));
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
  EXPECT_EQ(rig.server.size(), 0u);

  rig.pass(kSecond);
  ASSERT_TRUE(rig.tell({.seq = 13, .ack = 1, .flags = kFinAck})) << "the last ACK was lost";
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(1, 14)));
  EXPECT_TRUE(rig.server.takes_new_syn(id));
  rig.pass(4 * kSecond);
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), std::nullopt);
  EXPECT_EQ(rig.server.next_deadline(), std::nullopt);
}

TEST(TcpServer, NewSynEndsTheLingering) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.close(id, rig.now);
  rig.tell({.ack = 1, .flags = kFinAck});
  ASSERT_TRUE(rig.server.takes_new_syn(id));
  rig.seen.clear();
  rig.server.drop(id, TcpEnd::kClosed);
  EXPECT_THAT(rig.seen, IsEmpty()) << "gone was told already";
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), std::nullopt);
}

TEST(TcpServer, ResetEndsTheLingering) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.close(id, rig.now);
  rig.tell({.ack = 1, .flags = kFinAck});
  rig.heard();
  rig.tell({.seq = 0, .flags = flag::kRst});
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), id);
  rig.tell({.seq = 1, .flags = flag::kRst});
  EXPECT_EQ(rig.server.find(TcpRig::peer(1)), std::nullopt);
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, BothCloseAtOnce) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.close(id, rig.now);
  rig.heard();
  rig.tell({.flags = kFinAck});  // sent before our FIN arrived
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(1, 1)));
  EXPECT_EQ(rig.seen[id].gone, std::nullopt);
  rig.tell({.seq = 1, .ack = 1});
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
  EXPECT_TRUE(rig.server.takes_new_syn(id));
}

TEST(TcpServer, ClosingEnds) {
  for (const bool acknowledged : {false, true}) {
    TcpRig rig;
    const TcpId id = rig.open();
    rig.server.close(id, rig.now);
    if (acknowledged) rig.tell({.ack = 1});
    rig.pass(10 * kSecond - 2 * kMillisecond);
    EXPECT_EQ(rig.seen[id].gone, std::nullopt);
    rig.pass(5 * kMillisecond);
    EXPECT_EQ(rig.seen[id].gone, acknowledged ? TcpEnd::kIdle : TcpEnd::kLost);
  }
}

TEST(TcpServer, IdleEndsSilently) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.pass(40 * kSecond);
  rig.tell({});
  rig.pass(59 * kSecond);
  EXPECT_EQ(rig.seen[id].gone, std::nullopt);
  rig.pass(2 * kSecond);
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kIdle);
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, CutsByTheClientsMss) {
  const size_t mss[] = {536, 1220, 1440, 1460};
  for (uint64_t index = 0; index < 4; ++index) {
    for (const bool timestamps : {false, true}) {
      TcpRig rig;
      Segment first;
      if (timestamps) first.timestamps = wire::TcpTimestamps{77, 0};
      const TcpId id = rig.open(1, first, {index, 7});
      const std::string text(3000, 'x');
      rig.server.send(id, as_bytes(text), rig.now);
      const auto heard = rig.heard();
      const size_t most = mss[index] - (timestamps ? 12 : 0);
      ASSERT_EQ(heard.size(), (3000 + most - 1) / most);
      for (size_t i = 0; i < heard.size(); ++i) {
        const bool last = i + 1 == heard.size();
        EXPECT_EQ(heard[i].flags, last ? kPshAck : flag::kAck);
        EXPECT_EQ(heard[i].payload.size(), last ? 3000 - i * most : most);
        EXPECT_EQ(heard[i].options.timestamps.has_value(), timestamps);
      }
    }
  }
}

TEST(TcpServer, EchoesTimestamps) {
  TcpRig rig;
  rig.now = 5 * kSecond;
  rig.open(1, {.timestamps = wire::TcpTimestamps{100, 0}});
  rig.tell({.payload = "a", .timestamps = wire::TcpTimestamps{110, 0}});
  auto heard = rig.heard();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].options.timestamps, (wire::TcpTimestamps{5000, 110}));
  rig.now += 25 * kMillisecond;
  rig.tell({.seq = 2, .payload = "c", .timestamps = wire::TcpTimestamps{130, 0}});
  EXPECT_EQ(rig.heard().at(0).options.timestamps, (wire::TcpTimestamps{5025, 110})) << "behind a gap: RFC 7323, 4.3";
  rig.tell({.seq = 1, .payload = "b", .timestamps = wire::TcpTimestamps{120, 0}});
  EXPECT_EQ(rig.heard().at(0).options.timestamps, (wire::TcpTimestamps{5025, 120}));
}

TEST(TcpServer, RefusesOldTimestamps) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.timestamps = wire::TcpTimestamps{5, 0}});
  rig.tell({.payload = "x", .timestamps = wire::TcpTimestamps{0u - 5u, 0}});
  EXPECT_EQ(rig.seen[id].data, "");
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 0)));
  rig.tell({.flags = flag::kRst, .timestamps = wire::TcpTimestamps{0u - 5u, 0}});
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kReset) << "a reset needs no clock";
}

TEST(TcpServer, WindowFieldIsScaledWhenBothScale) {
  TcpRig rig;
  rig.open(1, {.payload = "x"}, {3, 7});
  EXPECT_EQ(rig.heard().at(0).window, 16384 >> 7);
  rig.open(2, {.payload = "x"}, {3, wire::kNoWindowScale});
  EXPECT_EQ(rig.heard().at(0).window, 16384);
}

TEST(TcpServer, HeedsTheClientsWindow) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.window = 2000}, {3, 0});
  const std::string text(5000, 'x');
  EXPECT_EQ(rig.server.send(id, as_bytes(text), rig.now), 5000u);
  auto heard = rig.heard();
  ASSERT_EQ(heard.size(), 1u) << "540 bytes more would be a silly crumb";
  EXPECT_EQ(heard[0].payload.size(), 1460u);
  rig.tell({.ack = 1460, .window = 3000});
  EXPECT_EQ(rig.heard().size(), 2u);
  rig.tell({.ack = 4380, .window = 100});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(flag::kAck, 4380, 0, std::string(100, 'x'))));
}

TEST(TcpServer, AsksAboutAClosedWindow) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.window = 0});
  rig.server.send(id, as_bytes("answer"), rig.now);
  EXPECT_THAT(rig.heard(), IsEmpty());
  rig.pass(kSecond + 2 * kMillisecond);
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0u - 1u, 0)));
  rig.tell({.window = 0});
  EXPECT_THAT(rig.heard(), IsEmpty());
  rig.pass(2 * kSecond + 2 * kMillisecond);
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0u - 1u, 0)));
  rig.tell({.window = 1});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 0, 0, "answer"))) << "scaled: 128 bytes";
  rig.tell({.ack = 6});
  rig.pass(30 * kSecond);
  EXPECT_THAT(rig.heard(), IsEmpty());
  EXPECT_EQ(rig.seen[id].gone, std::nullopt);
}

TEST(TcpServer, AWindowThatStaysClosedIsGivenUp) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.window = 0});
  rig.server.send(id, as_bytes("answer"), rig.now);
  for (int i = 0; i < 70 && !rig.seen[id].gone; ++i) {
    rig.tell({.window = 0});
    rig.pass(kSecond);
  }
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kLost);
}

TEST(TcpServer, OurFinAsksAboutAClosedWindowToo) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.window = 0});
  rig.server.close(id, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kFinAck, 0, 0, "")));
}

TEST(TcpServer, SendsAgainWithDoublingPauses) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes("answer"), rig.now);
  const base::Nanos start = rig.now;
  std::vector<base::Nanos> times;
  while (!rig.seen[id].gone) {
    if (!rig.heard().empty()) times.push_back((rig.now - start + 500 * kMillisecond) / kSecond);
    rig.pass(10 * kMillisecond);
    ASSERT_LT(rig.now - start, 100 * kSecond);
  }
  EXPECT_THAT(times, ElementsAre(0, 1, 3, 7, 15, 31));
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kIdle) << "60 s come before the sixth timeout at 63";
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, GivesUpWithoutAReset) {
  TcpLimits limits;
  limits.attempts = 3;
  TcpRig rig(limits);
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes("answer"), rig.now);
  rig.pass(16 * kSecond);
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kLost);
  for (const Said& s : rig.heard()) EXPECT_EQ(s.flags, kPshAck);
}

TEST(TcpServer, AfterALossSendsOneAndThenTheRest) {
  TcpRig rig;
  const TcpId id = rig.open();
  const std::string text(4380, 'x');
  rig.server.send(id, as_bytes(text), rig.now);
  EXPECT_EQ(rig.heard().size(), 3u);
  rig.pass(kSecond + 2 * kMillisecond);
  EXPECT_EQ(rig.heard().size(), 1u);
  EXPECT_EQ(rig.server.tally(id).retransmissions, 1u);
  rig.tell({.ack = 1460});
  EXPECT_EQ(rig.heard().size(), 2u);
  rig.tell({.ack = 4380});
  rig.pass(20 * kSecond);
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, AcknowledgmentOfAllEndsTheSendingAgain) {
  TcpRig rig;
  const TcpId id = rig.open();
  const std::string text(4380, 'x');
  rig.server.send(id, as_bytes(text), rig.now);
  rig.pass(kSecond + 2 * kMillisecond);
  rig.heard();
  rig.tell({.ack = 4380, .payload = "ok"});  // only the first was lost
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(4380, 2)));
  rig.server.send(id, as_bytes("more"), rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kPshAck, 4380, 2, "more")));
}

TEST(TcpServer, PausesBeginAnewWhenTheClientMoves) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes(std::string(2920, 'x')), rig.now);
  rig.pass(3 * kSecond + 10 * kMillisecond);
  rig.heard();
  rig.tell({.ack = 1460});  // the rest is sent at once, and that is lost
  rig.heard();
  rig.pass(kSecond + 2 * kMillisecond);
  EXPECT_EQ(rig.heard().size(), 1u);

  rig.tell({.ack = 2920, .window = 0});
  rig.server.send(id, as_bytes("y"), rig.now);
  rig.pass(3 * kSecond + 10 * kMillisecond);
  rig.heard();
  rig.tell({.ack = 2920});
  EXPECT_EQ(rig.heard().size(), 1u) << "the window is open, the byte is sent, and lost";
  rig.pass(kSecond + 2 * kMillisecond);
  EXPECT_EQ(rig.heard().size(), 1u);
}

TEST(TcpServer, PureAckDuringSendingAgainBearsANumberThatIsTaken) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes(std::string(4380, 'x')), rig.now);
  rig.pass(kSecond + 2 * kMillisecond);
  rig.heard();
  rig.tell({.payload = "x"});
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(4380, 1)));
}

TEST(TcpServer, TellsWhenThereIsRoomAgain) {
  TcpRig rig;
  const TcpId id = rig.open();
  const std::string text(20'000, 'x');
  EXPECT_EQ(rig.server.send(id, as_bytes(text), rig.now), base::BufferPool::kBlock);
  rig.tell({});
  EXPECT_EQ(rig.seen[id].rooms, 0);
  rig.tell({.ack = 1460});
  EXPECT_EQ(rig.seen[id].rooms, 1);
  rig.tell({.ack = 2920});
  EXPECT_EQ(rig.seen[id].rooms, 1) << "it was not short again";
}

TEST(TcpServer, FinFollowsTheLastByteThroughANarrowWindow) {
  TcpRig rig;
  const TcpId id = rig.open(1, {.window = 4}, {3, 0});
  rig.server.send(id, as_bytes("abcdef"), rig.now);
  rig.server.close(id, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(flag::kAck, 0, 0, "abcd")));
  rig.tell({.ack = 4, .window = 4});
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kFinPshAck, 4, 0, "ef")));
  rig.tell({.ack = 7, .flags = kFinAck});
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
}

TEST(TcpServer, GrantsOnlyWhatIsAsked) {
  TcpLimits limits;
  limits.receive_window = 4000;
  TcpRig rig(limits);
  const TcpId id = rig.open(1, {}, {3, 0});
  size_t kept = 0;
  rig.on_text = [&](TcpId i, std::string_view text) {
    kept += text.size();
    rig.server.grant(i, static_cast<uint32_t>(4000 - kept), rig.now);
  };
  rig.tell({.payload = std::string(1000, 'x')});
  rig.tell({.seq = 1000, .payload = std::string(1000, 'x')});
  rig.tell({.seq = 2000, .payload = std::string(2000, 'x')});
  const auto heard = rig.heard();
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_EQ(heard[2].window, 0);
  EXPECT_EQ(heard[2].ack, 4000u);
  rig.tell({.seq = 4000, .payload = "more"});
  EXPECT_EQ(kept, 4000u);
  rig.heard();
  kept = 0;
  rig.server.grant(id, 4000, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(PureAck(0, 4000))) << "the window is open again, and the client is told";
  rig.tell({.seq = 4000, .payload = "more"});
  EXPECT_EQ(kept, 4u);
}

TEST(TcpServer, WhatIsGrantedOnceIsUsedUp) {
  TcpRig rig;
  const TcpId id = rig.open(1, {}, {3, wire::kNoWindowScale});
  rig.server.grant(id, 20'000, rig.now);
  rig.tell({.payload = std::string(1000, 'x')});
  EXPECT_EQ(rig.heard().at(0).window, 19'000);
  rig.tell({.seq = 1000, .payload = std::string(1000, 'x')});
  EXPECT_EQ(rig.heard().at(0).window, 18'000);
}

TEST(TcpServer, NumbersWrap) {
  for (const uint32_t start : {0xffffffffu, 0xfffffff0u, 0xffffff00u, 0x7fffffffu, 0u}) {
    TcpRig rig;
    rig.client_start = start;
    rig.server_start = start + 3;
    rig.on_text = [&](TcpId id, std::string_view text) { rig.server.send(id, as_bytes(text), rig.now); };
    rig.on_end = [&](TcpId id) { rig.server.close(id, rig.now); };
    const TcpId id = rig.open();
    std::string text;
    for (int i = 0; i < 100; ++i) text += static_cast<char>('a' + i % 26);
    rig.tell({.seq = 40, .payload = text.substr(40, 30)});
    rig.tell({.seq = 70, .flags = kFinAck, .payload = text.substr(70)});
    rig.tell({.seq = 0, .payload = text.substr(0, 50)});
    EXPECT_EQ(rig.seen[id].data, text);
    std::string answer;
    for (const Said& s : rig.heard()) answer += s.payload;
    EXPECT_EQ(answer, text);
    rig.tell({.seq = 101, .ack = 101});
    EXPECT_EQ(rig.seen[id].gone, TcpEnd::kClosed);
  }
}

TEST(TcpServer, AbortResets) {
  TcpRig rig;
  const TcpId id = rig.open();
  rig.server.send(id, as_bytes("x"), rig.now);
  rig.heard();
  rig.server.abort(id, rig.now);
  EXPECT_THAT(rig.heard(), ElementsAre(Is(kRstAck, 1, 0, "")));
  EXPECT_EQ(rig.seen[id].gone, TcpEnd::kAborted);
  EXPECT_FALSE(rig.tell({}));
  rig.server.abort(id, rig.now);
  rig.server.close(id, rig.now);
  EXPECT_EQ(rig.server.send(id, as_bytes("x"), rig.now), 0u);
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, AbortWithinEachEvent) {
  for (const std::string event : {"data", "end", "room"}) {
    TcpRig rig;
    const auto abort = [&](TcpId id) { rig.server.abort(id, rig.now); };
    const TcpId id = rig.open();
    rig.server.send(id, as_bytes(std::string(17'000, 'x')), rig.now);
    rig.heard();
    if (event == "data") rig.on_text = [&](TcpId i, std::string_view) { abort(i); };
    if (event == "end") rig.on_end = abort;
    if (event == "room") rig.on_more = abort;
    rig.tell({.seq = 1, .ack = 0, .flags = kFinAck, .payload = "later"});
    rig.tell({.seq = 0, .ack = 1460, .flags = flag::kAck, .payload = "x"});
    EXPECT_EQ(rig.seen[id].gone, TcpEnd::kAborted) << event;
    EXPECT_EQ(rig.server.size(), 0u);
  }
}

TEST(TcpServer, OldConnectionOfTheTupleGoesWhenANewOneIsMade) {
  TcpRig rig;
  std::vector<TcpEnd> ends;
  rig.on_over = [&](TcpId, TcpEnd how) { ends.push_back(how); };
  rig.open();
  rig.open();
  EXPECT_THAT(ends, ElementsAre(TcpEnd::kReset));
  EXPECT_EQ(rig.server.size(), 1u);
}

TEST(TcpServer, EvictsTheLeastRecentlyUsed) {
  TcpLimits limits;
  limits.connections = 3;
  TcpRig rig(limits);
  std::vector<std::pair<TcpId, TcpEnd>> ends;
  rig.on_over = [&](TcpId id, TcpEnd how) { ends.emplace_back(id, how); };
  rig.open(1);
  const TcpId second = rig.open(2);
  rig.open(3);
  rig.tell(1, {.payload = "x"});
  rig.heard();
  rig.open(4);
  EXPECT_THAT(ends, ElementsAre(std::pair(second, TcpEnd::kEvicted)));
  EXPECT_EQ(rig.server.find(TcpRig::peer(2)), std::nullopt);
  EXPECT_EQ(rig.server.evicted(), 1u);
  EXPECT_THAT(rig.heard(), IsEmpty());
}

TEST(TcpServer, WhoLingersGoesFirst) {
  TcpLimits limits;
  limits.connections = 2;
  TcpRig rig(limits);
  rig.open(1);
  const TcpId second = rig.open(2);
  rig.server.close(second, rig.now);
  rig.tell(2, {.ack = 1, .flags = kFinAck});
  rig.open(3);
  EXPECT_EQ(rig.server.evicted(), 0u);
  EXPECT_TRUE(rig.server.find(TcpRig::peer(1)).has_value());
  EXPECT_FALSE(rig.server.find(TcpRig::peer(2)).has_value());
}

TEST(TcpServer, BlocksAreTakenFromWhoUsedThemLeastRecently) {
  TcpLimits limits;
  limits.blocks = 4;
  TcpRig rig(limits);
  std::vector<TcpId> ids;
  for (uint32_t n = 0; n < 6; ++n) ids.push_back(rig.open(n));
  for (uint32_t n = 1; n < 5; ++n) rig.server.send(ids[n], as_bytes("x"), rig.now);
  rig.tell(1, {});
  EXPECT_EQ(rig.server.evicted(), 0u);
  rig.server.send(ids[5], as_bytes("x"), rig.now);
  EXPECT_EQ(rig.seen[ids[2]].gone, TcpEnd::kEvicted);
  EXPECT_EQ(rig.seen[ids[0]].gone, std::nullopt) << "it holds none";
  EXPECT_EQ(rig.server.evicted(), 1u);
  rig.tell(5, {.seq = 1, .payload = "behind a gap"});
  EXPECT_EQ(rig.server.out_of_order_dropped(), 1u) << "a gap costs nobody else";
}

TEST(TcpServer, NobodyIsEvictedForHisOwnBlock) {
  TcpLimits limits;
  limits.blocks = 4;
  TcpRig rig(limits);
  std::vector<TcpId> ids;
  for (uint32_t n = 0; n < 4; ++n) ids.push_back(rig.open(n));
  rig.tell(0, {.seq = 1, .payload = "behind a gap"});
  for (uint32_t n = 1; n < 4; ++n) rig.server.send(ids[n], as_bytes("x"), rig.now);
  EXPECT_EQ(rig.server.send(ids[0], as_bytes("x"), rig.now), 1u);
  EXPECT_EQ(rig.seen[ids[1]].gone, TcpEnd::kEvicted);
}

TEST(TcpServer, ShutDownTellsEachOnce) {
  TcpRig rig;
  std::vector<TcpEnd> ends;
  rig.on_over = [&](TcpId, TcpEnd how) { ends.push_back(how); };
  for (uint32_t n = 0; n < 5; ++n) rig.open(n);
  rig.server.shut_down();
  EXPECT_EQ(ends, std::vector<TcpEnd>(5, TcpEnd::kShutdown));
  EXPECT_THAT(rig.heard(), IsEmpty());
  EXPECT_EQ(rig.server.size(), 0u);
  EXPECT_EQ(rig.server.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace portolan::stack::tcp_server_test
