// SPDX-License-Identifier: Apache-2.0
// Forged answers: each ends in its own counter and none among the results. The forger sees every probe, its addresses
// and ports, and only lacks the number that the target alone is told.
#include <gtest/gtest.h>

#include "sim/answers.h"
#include "sim/testing.h"
#include "wire/wire.h"

namespace portolan::sim::scan_forgery_test {
namespace {

using namespace testing;
using addr::Protocol;
using scan::Count;
using scan::Lane;

constexpr uint32_t kRouted = 0xc6120000;
constexpr uint32_t kHosts = 16;

using Spoil = std::function<std::vector<uint8_t>(const wire::FrameView&, const addr::Target&)>;

// Scans kHosts with one service; every probe is answered by the forgery only.
// `or_else`: a second counter that some of them may end in.
void expect_counted(addr::ProtoPort service, Count counter, const Spoil& spoil, std::optional<Count> or_else = {}) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + kHosts - 1)}}, {service});
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.service.protocol == Protocol::kArp ? Answer::Kind::kPositive : Answer::Kind::kSilence};
  };
  o.forge = [&](const wire::FrameView& probe, const addr::Target& target, const auto& send) {
    if (target.service.protocol != Protocol::kArp) send(spoil(probe, target));
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_TRUE(w.observations().empty());
  EXPECT_EQ(w.count(counter) + (or_else ? w.count(*or_else) : 0), kHosts);
  EXPECT_EQ(w.count(Count::kResets), 0u);
  expect_books_to_balance(w);
}

std::vector<uint8_t> from_target(const wire::FrameView& probe, const addr::Target& t, uint8_t protocol,
                                 const std::vector<uint8_t>& transport) {
  return ip_reply(probe, t.address, Network::mac_of(t.address), protocol, transport);
}

std::vector<uint8_t> tcp_with(const wire::FrameView& probe, const addr::Target& t, uint8_t flags, uint32_t ack) {
  return from_target(probe, t, wire::ip_protocol::kTcp, tcp_reply(probe, flags, 1, ack));
}

// The probe's packet with one byte changed, quoted in an ICMP error.
std::vector<uint8_t> error_quoting(const wire::FrameView& probe, const addr::Target& t, size_t spoiled_byte) {
  const base::Bytes payload = probe.payload();
  std::vector<uint8_t> packet(payload.data() - 20, payload.data() + payload.size());
  packet[spoiled_byte] ^= 1;
  return from_target(probe, t, wire::ip_protocol::kIcmpv4, icmp_error(probe, t.address, 3, 3, packet));
}

constexpr uint8_t kSynAck = wire::tcp_flag::kSyn | wire::tcp_flag::kAck;
constexpr uint8_t kRstAck = wire::tcp_flag::kRst | wire::tcp_flag::kAck;
const addr::ProtoPort kHttp{Protocol::kTcp, 80};
const addr::ProtoPort kDns{Protocol::kUdp, 53};
const addr::ProtoPort kPlainUdp{Protocol::kUdp, 9999};

TEST(Forgery, SynAckWithAWrongCookie) {
  expect_counted(kHttp, Count::kBadCookie,
                 [](const auto& p, const auto& t) { return tcp_with(p, t, kSynAck, p.tcp().sequence().value() + 2); });
}

TEST(Forgery, ResetWithAWrongCookie) {
  expect_counted(kHttp, Count::kBadCookie, [](const auto& p, const auto& t) { return tcp_with(p, t, kRstAck, 12345); });
}

TEST(Forgery, ResetThatAcknowledgesNothing) {
  expect_counted(kHttp, Count::kBadCookie, [](const auto& p, const auto& t) {
    return tcp_with(p, t, wire::tcp_flag::kRst, p.tcp().sequence().value() + 1);
  });
}

TEST(Forgery, SynAckFromAnAddressThatWasNotAsked) {
  expect_counted(
      kHttp, Count::kBadSourcePort,
      [](const auto& p, const auto& t) {
        // A stranger's address has another port of ours, or by chance the same and then another cookie.
        const auto stranger = addr::IpAddress::v4(t.address.v4_bits() + 0x100);
        auto segment = tcp_reply(p, kSynAck, 1, p.tcp().sequence().value() + 1);
        const wire::Endpoints ends{stranger, p.source()};
        auto value = wire::TcpView::check(segment)->value();
        std::vector<uint8_t> out(segment.size());
        emit(value, ends, out);
        return ip_reply(p, stranger, Network::mac_of(stranger), wire::ip_protocol::kTcp, out);
      },
      Count::kBadCookie);
}

TEST(Forgery, SynAckToAPortThatIsNotOurs) {
  expect_counted(kHttp, Count::kNotOurs, [](const auto& p, const auto& t) {
    auto value = wire::TcpView::check(p.payload())->value();
    value.source_port = 80;
    value.destination_port = 22;
    value.flags = kSynAck;
    value.options = {};
    std::vector<uint8_t> out(size_of(value));
    emit(value, {t.address, p.source()}, out);
    return from_target(p, t, wire::ip_protocol::kTcp, out);
  });
}

TEST(Forgery, DataSegment) {
  expect_counted(kHttp, Count::kIrrelevant, [](const auto& p, const auto& t) {
    return tcp_with(p, t, wire::tcp_flag::kAck, p.tcp().sequence().value() + 1);
  });
}

TEST(Forgery, UdpAnswerWithAWrongToken) {
  expect_counted(kDns, Count::kBadCookie, [](const auto& p, const auto& t) {
    std::vector<uint8_t> payload(p.udp().payload().begin(), p.udp().payload().end());
    payload[0] ^= 1;
    return from_target(p, t, wire::ip_protocol::kUdp, udp_reply(p, payload));
  });
}

TEST(Forgery, UdpAnswerToTheWrongPortOfOurs) {
  expect_counted(kPlainUdp, Count::kBadSourcePort, [](const auto& p, const auto& t) {
    auto value = wire::UdpView::check(p.payload())->value();
    const auto asked_from = value.source_port;
    value.source_port = 9999;
    value.destination_port = asked_from == 61000 ? 61001 : 61000;
    std::vector<uint8_t> out(size_of(value));
    emit(value, {t.address, p.source()}, out);
    return from_target(p, t, wire::ip_protocol::kUdp, out);
  });
}

TEST(Forgery, IcmpErrorThatQuotesAnotherSequenceNumber) {
  expect_counted(kHttp, Count::kBadQuote, [](const auto& p, const auto& t) { return error_quoting(p, t, 20 + 7); });
}

TEST(Forgery, IcmpErrorThatQuotesAnotherIdentification) {
  expect_counted(kPlainUdp, Count::kBadQuote, [](const auto& p, const auto& t) { return error_quoting(p, t, 5); });
}

TEST(Forgery, IcmpErrorThatQuotesAnotherSource) {
  expect_counted(kHttp, Count::kBadQuote, [](const auto& p, const auto& t) { return error_quoting(p, t, 15); });
}

TEST(Forgery, EchoReplyWithAWrongToken) {
  expect_counted({Protocol::kIcmpEcho, 0}, Count::kBadCookie, [](const auto& p, const auto& t) {
    auto icmp = p.icmpv4().value();
    icmp.type = wire::icmpv4_type::kEchoReply;
    icmp.rest ^= 0x10000;
    std::vector<uint8_t> out(size_of(icmp));
    emit(icmp, out);
    return from_target(p, t, wire::ip_protocol::kIcmpv4, out);
  });
}

TEST(Forgery, SctpWithAWrongVerificationTag) {
  expect_counted({Protocol::kSctp, 9}, Count::kBadCookie, [](const auto& p, const auto& t) {
    auto bytes = sctp_reply(p, true);
    auto value = wire::SctpView::check(bytes)->value();
    value.verification_tag ^= 1;
    std::vector<uint8_t> out(size_of(value));
    emit(value, out);
    return from_target(p, t, wire::ip_protocol::kSctp, out);
  });
}

TEST(Forgery, DamagedFramesAreNamedByTheWire) {
  expect_counted(kHttp, Count::kMalformed, [](const auto& p, const auto& t) {
    auto frame = tcp_with(p, t, kSynAck, p.tcp().sequence().value() + 1);
    frame.back() ^= 0xff;  // breaks the TCP checksum
    return frame;
  });
}

TEST(Forgery, UnaskedArpReply) {
  auto plan = plan_of({{v4(kRouted), v4(kRouted + 3)}}, {kHttp});
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.service.protocol == Protocol::kArp ? Answer::Kind::kPositive : Answer::Kind::kSilence};
  };
  o.forge = [](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kArp) return;
    const wire::Arp reply{wire::arp_operation::kReply,
                          {{2, 9, 9, 9, 9, 9}},
                          v4(0x0a000042),
                          probe.source_mac(),
                          probe.source_mac() == addr::MacAddress() ? v4(0) : probe.arp().sender()};
    std::vector<uint8_t> frame(14 + size_of(reply));
    emit(wire::Ethernet{probe.source_mac(), {{2, 9, 9, 9, 9, 9}}, wire::ether_type::kArp}, frame);
    emit(reply, base::MutableBytes(frame).subspan(14));
    send(frame);
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kNotATarget), 1u);
  EXPECT_TRUE(w.observations().empty());
  expect_books_to_balance(w);
}

}  // namespace
}  // namespace portolan::sim::scan_forgery_test
