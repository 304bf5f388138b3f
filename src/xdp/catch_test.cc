// SPDX-License-Identifier: Apache-2.0
// What the kernel program decides about frames of every kind, without any device (BPF_PROG_TEST_RUN): nothing is sent.
// On a real link it is tested in catch_link_test.cc.
#include "xdp/catch.h"

#include <gtest/gtest.h>

#include <set>

#include "wire/template.h"
#include "xdp/testing/catch_test_rig.h"

namespace portolan::xdp::catch_test {
namespace {

using addr::IpAddress;
using testing::CatchTest;
using testing::Envelope;
using testing::Frame;
using testing::kDrop, testing::kPass, testing::kTx, testing::kRedirect;
using testing::kOurs, testing::kOurs6, testing::theirs, testing::theirs6;
using testing::packet;
using testing::Target;
using wire::tcp_flag::kAck, wire::tcp_flag::kFin, wire::tcp_flag::kPsh, wire::tcp_flag::kRst, wire::tcp_flag::kSyn;
using Catch = CatchTest;

TEST_F(Catch, ASynAckBecomesARecordWithAllThatItSays) {
  load();
  for (const Target& t : {target(), target6()}) {
    for (uint32_t pass = 0; pass < 3; ++pass) {
      const Target other(options_, t.ours(), t.theirs(), static_cast<uint16_t>(80 + pass));
      EXPECT_EQ(run(other.syn_ack(pass)), kTx);
      const auto caught = take();
      ASSERT_EQ(caught.size(), 1u);
      const Caught& c = caught[0];
      EXPECT_EQ(c.what, kCaughtSynAck);
      EXPECT_EQ(c.hi, t.theirs().hi());
      EXPECT_EQ(c.lo, t.theirs().lo());
      EXPECT_EQ(c.port, 80 + pass);
      EXPECT_EQ(c.our_port, other.our_port(pass));
      EXPECT_EQ(options_.ours[c.own], t.ours());
      EXPECT_EQ(c.ttl, 57);
      EXPECT_EQ(c.pass, pass);
      EXPECT_EQ(c.window, 64240);
      EXPECT_EQ(c.reset, 1);
      EXPECT_EQ(c.mac_known, 1);
      EXPECT_EQ(addr::MacAddress::from_bytes(c.mac), testing::kTheirMac);
      ASSERT_EQ(c.option_bytes, 20);
      EXPECT_EQ(memcmp(c.options, Target::kOptions, 20), 0);
      for (int i = 20; i < kMostCaughtOptions; ++i) EXPECT_EQ(c.options[i], 0) << i;
    }
  }
}

TEST_F(Catch, ARecordBearsTheTimeOfItsFrame) {
  load();
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
  };
  const uint64_t before = now();
  run(target().syn_ack());
  const uint64_t after = now();
  const auto caught = take();
  ASSERT_EQ(caught.size(), 1u);
  EXPECT_GE(caught[0].time, before);
  EXPECT_LE(caught[0].time, after);
}

TEST_F(Catch, TheResetIsThatOfUserSpaceByteForByte) {
  for (const bool tagged : {false, true}) {
    for (const uint8_t ttl : {uint8_t{64}, uint8_t{255}}) {
      options_.vlan = tagged ? std::optional<uint16_t>(77) : std::nullopt;
      options_.ttl = ttl;
      load();
      for (const Target& t : {target(), target6()}) {
        const wire::LinkShape link{wire::LinkType::kEthernet, testing::kOurMac, options_.vlan};
        const wire::Template reset = wire::Template::tcp_rst(link, {t.ours(), ttl});
        wire::Stamp s{};
        s.destination = t.theirs(), s.destination_mac = testing::kTheirMac;
        s.source_port = t.our_port(), s.destination_port = t.port();
        s.token = t.tcp_cookie().token + 1;
        s.ip_id = 1;
        Frame expected(reset.length());
        reset.stamp(expected.data(), s);
        Frame padded = t.syn_ack(0, {.vlan = options_.vlan});
        for (const size_t padding : {0, 1, 30}) {
          padded.resize(padded.size() + padding, 0xaa);
          Frame out;
          EXPECT_EQ(run(padded, &out), kTx);
          EXPECT_EQ(out, expected) << t.theirs().to_string();
        }
      }
    }
  }
}

TEST_F(Catch, ARepeatedAnswerIsNotRecordedButReset) {
  load();
  for (const Target& t : {target(), target6()}) {
    EXPECT_EQ(run(t.syn_ack()), kTx);
    EXPECT_EQ(run(t.syn_ack()), kTx);
    EXPECT_EQ(run(t.syn_ack(1)), kTx) << "of another pass";
    EXPECT_EQ(run(t.rst()), kDrop);
    EXPECT_EQ(run(t.echo_reply()), kDrop) << "another question";
    const auto caught = take();
    ASSERT_EQ(caught.size(), 2u);
    EXPECT_EQ(caught[1].what, kCaughtEchoReply);
  }
  EXPECT_EQ(program_->counters()[kCatchAgain], 6u);
  EXPECT_EQ(program_->counters()[kCatchResets], 6u);
  EXPECT_EQ(program_->counters()[kCatchResetBytes], 3u * 54 + 3u * 74);
}

TEST_F(Catch, ResetsOnlyWhenItIsToldTo) {
  options_.reset = false;
  load();
  EXPECT_EQ(run(target().syn_ack()), kDrop);
  const auto caught = take();
  ASSERT_EQ(caught.size(), 1u);
  EXPECT_EQ(caught[0].reset, 0);
  EXPECT_EQ(program_->counters()[kCatchResets], 0u);
}

TEST_F(Catch, WhatCameToAGroupIsRecordedAndItsResetLeftToUserSpace) {
  load();
  EXPECT_EQ(run(target().syn_ack(0, {.to = addr::MacAddress::broadcast()})), kDrop);
  const auto caught = take();
  ASSERT_EQ(caught.size(), 1u);
  EXPECT_EQ(caught[0].reset, 0);
  EXPECT_EQ(program_->counters()[kCatchResetsUnsent], 1u);
}

TEST_F(Catch, CountsWhatCannotBeTrustedByItsReason) {
  load();
  add_socket();
  for (const Target& t : {target(), target6()}) {
    const bool v4 = t.ours().is_v4();
    const size_t ip = 14, body = v4 ? 34 : 54;
    wire::Tcp s = t.segment(kSyn | kAck);
    s.destination_port = t.our_port(3);
    EXPECT_EQ(counted(t.tcp(s)), kCatchBadSourcePort) << "of a pass that was not asked";
    s = t.segment(kSyn | kAck);
    s.acknowledgment = s.acknowledgment + 1;
    EXPECT_EQ(counted(t.tcp(s)), kCatchBadCookie);
    s = t.segment(kRst);
    EXPECT_EQ(counted(t.tcp(s)), kCatchBadCookie) << "acknowledges nothing";
    Frame spoilt = t.syn_ack();
    spoilt[body + 16] ^= 1;
    EXPECT_EQ(counted(spoilt), kCatchBadTcpChecksum);
    spoilt = t.echo_reply();
    spoilt[body + 2] ^= 1;
    EXPECT_EQ(counted(spoilt), v4 ? kCatchBadIcmpv4Checksum : kCatchBadIcmpv6Checksum);
    if (!v4) continue;
    for (Frame frame : {t.syn_ack(), t.echo_reply()}) {
      frame[ip + 10] ^= 1;
      EXPECT_EQ(counted(frame), kCatchBadIpv4Checksum);
    }
  }
  EXPECT_TRUE(take().empty());
}

TEST_F(Catch, TrustsChecksumsOfTheTransportWhenItIsTold) {
  options_.trust_checksums = true;
  load();
  for (const Target& t : {target(), target6()}) {
    const size_t body = t.ours().is_v4() ? 34 : 54;
    Frame tcp = t.syn_ack(), echo = t.echo_reply();
    tcp[body + 16] ^= 1, echo[body + 2] ^= 1;
    EXPECT_EQ(counted(tcp), kCatchRecorded);
    EXPECT_EQ(counted(echo), kCatchRecorded);
  }
  Frame spoilt = target(1).syn_ack();
  spoilt[24] ^= 1;
  EXPECT_EQ(counted(spoilt), kCatchBadIpv4Checksum);
}

// Each with the counter that it ends in when a socket listens, and when none does.
TEST_F(Catch, LeavesTheMachinesOwnTrafficAlone) {
  load();
  add_socket();
  const auto passes_untouched = [&](const Frame& frame, const char* what) {
    Frame out;
    EXPECT_EQ(run(frame, &out), kPass) << what;
    EXPECT_EQ(out, frame) << what;
  };
  for (const Target& t : {target(), target6()}) {
    const bool v4 = t.ours().is_v4();
    wire::Tcp s = t.segment(kSyn | kAck);
    s.destination_port = 39999;
    passes_untouched(t.tcp(s), "a port that is not ours");
    s.destination_port = 50000;
    passes_untouched(t.tcp(s), "a port that is not ours");
    passes_untouched(t.datagram(53), "a datagram");
    passes_untouched(t.icmp_message(v4 ? 0 : 129, 0, t.echo_cookie().token + 1, {}), "an answer to its own ping");
    passes_untouched(t.icmp_message(v4 ? 0 : 129, 1, t.echo_cookie().token, {}), "no echo reply");
    passes_untouched(t.icmp_message(v4 ? 8 : 128, 0, t.echo_cookie().token, {}), "a ping");
    passes_untouched(t.error(v4 ? 3 : 1, 1, 6, t.quoted_ports(1234)), "an error about another port");
    passes_untouched(t.error(v4 ? 5 : 2, 1, 6, t.quoted_ports(40000)), "an error that says nothing about the target");
    passes_untouched(t.error(v4 ? 3 : 1, 1, t.icmp(), t.quoted_echo(1)), "an error about its own ping");
    passes_untouched(packet(t.ends(), 47, Frame(40)), "another protocol");
    passes_untouched(t.syn_ack(0, {.vlan = 5}), "a tag");
    const IpAddress other = v4 ? IpAddress::v4(0xc0000202) : IpAddress::v6(kOurs6.v6_bits() + 1);
    passes_untouched(Target(options_, other, t.theirs()).syn_ack(), "another address");
    const IpAddress third = v4 ? IpAddress::v4(0xc0000203) : IpAddress::v6(kOurs6.v6_bits() + 2);
    Frame quoting_another = t.error(v4 ? 3 : 1, 1, 6, t.quoted_ports(40000));
    const Frame quoted = packet({third, t.theirs()}, 6, t.quoted_ports(40000));
    passes_untouched(t.icmp_message(v4 ? 3 : 1, 1, 0, Frame(quoted.begin() + 14, quoted.end())), "of another address");
  }
  for (int type = 133; type < 138; ++type) {
    passes_untouched(target6().icmp_message(static_cast<uint8_t>(type), 0, 0, Frame(20), {.ttl = 255}),
                     "neighbor discovery");
  }
  passes_untouched(target().syn_ack(0, {.fragment = 100}), "a later fragment");
  passes_untouched(target6().syn_ack(0, {.fragment = 100 << 3, .next = 44}), "a later fragment");
  Frame arp(60);
  arp[12] = 8, arp[13] = 6;
  passes_untouched(arp, "ARP");
  passes_untouched(Frame(14), "a short frame");
  Frame mapped = target6().syn_ack();
  std::fill_n(&mapped[38], 16, 0);
  mapped[48] = mapped[49] = 0xff;
  base::store_be32(&mapped[50], kOurs.v4_bits());
  passes_untouched(mapped, "IPv4-mapped addresses are never on a wire");
  EXPECT_TRUE(take().empty());
}

TEST_F(Catch, HandsUpWhatIsOursButNotPlain) {
  for (const bool socket : {true, false}) {
    load();
    if (socket) add_socket();
    const uint32_t where = socket ? kCatchToSocket : kCatchPassed;
    for (const Target& t : {target(), target6()}) {
      const bool v4 = t.ours().is_v4();
      for (const int flags : {int{kAck}, kAck | kPsh, kFin | kAck, int{kSyn}, kSyn | kRst, kSyn | kAck | kFin, 0}) {
        EXPECT_EQ(counted(t.tcp(t.segment(static_cast<uint8_t>(flags)))), where) << flags;
      }
      EXPECT_EQ(counted(t.datagram(40000)), where);
      EXPECT_EQ(counted(packet(t.ends(), 132, t.datagram(49999) /* any bytes with our port */)), kCatchPassed);
      Frame sctp(20);
      base::store_be16(&sctp[2], 49999);
      EXPECT_EQ(counted(packet(t.ends(), 132, sctp)), where);
      const Envelope odd = v4 ? Envelope{.ip_options = {1, 1, 1, 0}} : Envelope{.next = 60};
      EXPECT_EQ(counted(t.syn_ack(0, odd)), where);
      EXPECT_EQ(counted(t.echo_reply(odd)), where);
      const Envelope first = v4 ? Envelope{.fragment = 0x2000} : Envelope{.fragment = 1, .next = 44};
      EXPECT_EQ(counted(t.syn_ack(0, first)), where);
      for (const uint8_t protocol : {wire::ip_protocol::kTcp, wire::ip_protocol::kUdp, wire::ip_protocol::kSctp}) {
        EXPECT_EQ(counted(t.error(v4 ? 3 : 1, 3, protocol, t.quoted_ports(40000))), where);
        EXPECT_EQ(counted(t.error(v4 ? 11 : 3, 0, protocol, t.quoted_ports(49999), odd, odd)), where);
      }
      EXPECT_EQ(counted(t.error(v4 ? 3 : 1, 1, t.icmp(), t.quoted_echo(t.echo_cookie().token))), where);
      if (!v4) {
        EXPECT_EQ(counted(t.error(4, 1, 6, t.quoted_ports(40000))), where);
      }
      Frame longest = t.echo_reply({}, Frame(3000));
      EXPECT_EQ(counted(longest), where) << "longer than is summed here";
    }
    EXPECT_TRUE(take().empty());
  }
}

TEST_F(Catch, WithoutJudgingEverythingOursGoesToTheSocket) {
  options_.judge = false;
  load();
  add_socket();
  for (const Target& t : {target(), target6()}) {
    EXPECT_EQ(run(t.syn_ack()), kRedirect);
    EXPECT_EQ(run(t.rst()), kRedirect);
    EXPECT_EQ(run(t.echo_reply()), kRedirect);
    EXPECT_EQ(run(t.datagram(53)), kPass);
  }
  EXPECT_TRUE(take().empty());
}

TEST_F(Catch, AnAnswerToWhatWasNotAskedIsTheMachines) {
  options_.tcp = options_.echo = false;
  load();
  add_socket();
  for (const Target& t : {target(), target6()}) {
    EXPECT_EQ(run(t.syn_ack()), kPass);
    EXPECT_EQ(run(t.echo_reply()), kPass);
    EXPECT_EQ(run(t.error(t.ours().is_v4() ? 3 : 1, 1, 6, t.quoted_ports(40000))), kPass);
    EXPECT_EQ(run(t.error(t.ours().is_v4() ? 3 : 1, 1, 17, t.quoted_ports(40000))), kRedirect);
  }
}

TEST_F(Catch, ATagMustBeTheOneThatWasAsked) {
  options_.vlan = 77;
  load();
  EXPECT_EQ(counted(target().syn_ack(0, {.vlan = 77})), kCatchRecorded);
  EXPECT_EQ(counted(target6().syn_ack(0, {.vlan = 77})), kCatchRecorded);
  EXPECT_EQ(counted(target(1).syn_ack(0, {.vlan = 78})), kCatchPassed);
  EXPECT_EQ(counted(target(1).syn_ack()), kCatchPassed);
}

TEST_F(Catch, KnowsEachOfManyAddresses) {
  options_.ours.clear();
  for (uint32_t i = 0; i < kMostOwn; ++i) {
    options_.ours.push_back(IpAddress::v4(0x0a000000 + i * (i % 2 == 0 ? 1 : 65537)));
    options_.ours.push_back(IpAddress::v6(base::make_u128(0x20010db800000000 + i % 3, i + 1)));
  }
  load();
  for (size_t i = 0; i < options_.ours.size(); ++i) {
    const IpAddress& own = options_.ours[i];
    EXPECT_EQ(run(Target(options_, own, own.is_v4() ? theirs() : theirs6()).rst()), kDrop);
    const auto caught = take();
    ASSERT_EQ(caught.size(), 1u);
    EXPECT_EQ(caught[0].own, i);
  }
  for (uint32_t i = 0; i < 1000; ++i) {
    const IpAddress foreign = IpAddress::v4(0x0b000000 + i * 77);
    EXPECT_EQ(run(Target(options_, foreign, theirs()).rst()), kPass);
  }
}

TEST_F(Catch, OptionsThatCannotBeAreRefusedWithTheReason) {
  const auto reason = [&](auto&& spoil) {
    CatchOptions o = testing::plain_options();
    spoil(o);
    const auto program = CatchProgram::load(o);
    return program ? std::string("loaded") : program.error();
  };
  EXPECT_NE(reason([](auto& o) { o.ring_bytes = 5000; }).find("power of two"), std::string::npos);
  EXPECT_NE(reason([](auto& o) { o.ours.assign(kMostOwn + 1, kOurs); }).find("64"), std::string::npos);
  EXPECT_NE(reason([](auto& o) { o.remembered = 1000; }).find("power of two"), std::string::npos);
  EXPECT_NE(reason([](auto& o) { o.last_port = 1; }).find("ports"), std::string::npos);
  std::set<std::string_view> names;
  for (uint32_t i = 0; i < kCatchCounts; ++i) names.insert(catch_counter_name(static_cast<CatchCount>(i)));
  EXPECT_EQ(names.size(), size_t{kCatchCounts});
}

}  // namespace
}  // namespace portolan::xdp::catch_test
