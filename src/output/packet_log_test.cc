// SPDX-License-Identifier: Apache-2.0
#include "output/packet_log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/testing/temporary_file.h"
#include "output/diagnostics.h"
#include "output/packet_log_names.h"
#include "wire/test_frames.h"

namespace portolan::output::packet_log_test {
namespace {

namespace frames = wire::test_frames;
using result::FrameFate;
using result::FrameStop;

constexpr base::Nanos kWall = 1'700'000'000'005'000'000;  // 5 ms: printed as .5

// In these tests the client is the one that test_frames.h calls us: its probes come in, their answers go out.
class Log {
 public:
  explicit Log(PacketLogForm form, wire::LinkType link = wire::LinkType::kEthernet) : lines_(form, link) {}

  Log& received(base::Bytes frame) { return seen(FrameFate::kReceived, frame); }
  Log& sent(base::Bytes frame) { return seen(FrameFate::kSent, frame); }
  Log& ignored(FrameStop stop) {
    lines_.ignored(text, stop, kWall);
    return *this;
  }
  Log& finish() {
    lines_.finish(text);
    return *this;
  }

  std::string text;

 private:
  Log& seen(FrameFate fate, base::Bytes frame) {
    lines_.frame(text, {fate, kWall, frame, static_cast<uint32_t>(frame.size())});
    return *this;
  }

  PacketLines lines_;
};

Log console() { return Log(PacketLogForm::kConsole); }
Log logfmt() { return Log(PacketLogForm::kLogfmt); }

// The golden texts write one blank for the tabs of the console form, and "-" for an empty column.
std::string visible(std::string text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '\t') {
      out += c;
      continue;
    }
    out += ' ';
    if (i + 1 < text.size() && (text[i + 1] == '\t' || text[i + 1] == '\n')) out += '-';
  }
  return out;
}

TEST(PacketLines, BeginWithALineForEachLayer) {
  std::string text;
  PacketLines(PacketLogForm::kConsole, wire::LinkType::kEthernet).begin(text, kWall);
  EXPECT_EQ(text,
            "1700000000.5\tarp\tinit\n1700000000.5\teth\tinit\n1700000000.5\tipv4\tinit\n1700000000.5\tipv6\tinit\n"
            "1700000000.5\ticmpv4\tinit\n1700000000.5\ticmpv6\tinit\n1700000000.5\ttcp\tinit\n"
            "1700000000.5\tudp\tinit\n");
  text.clear();
  PacketLines(PacketLogForm::kLogfmt, wire::LinkType::kEthernet).begin(text, kWall + 37 * base::kMillisecond);
  EXPECT_EQ(text.substr(0, 79), "ts=1700000000.42 proto=arp verb=init\nts=1700000000.42 proto=eth verb=init\nts=17");
}

TEST(PacketLines, ASynAndItsAnswerAreSixLines) {
  EXPECT_EQ(visible(console().received(frames::kTcpSyn).sent(frames::kTcpSynAck).text),
            "1700000000.5 eth recv - - - - - - - Ipv4\n"
            "1700000000.5 ipv4 recv 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 - - - Tcp\n"
            "1700000000.5 tcp recv 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 Tcp 40001 80 2 "
            "3405691582 0\n"
            "1700000000.5 tcp send 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 Tcp 40001 80 18 "
            "287454020 3405691583\n"
            "1700000000.5 ipv4 send 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 Tcp 40001 80 Tcp\n"
            "1700000000.5 eth send 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 Tcp 40001 80 Ipv4\n");
}

TEST(PacketLines, TheSameInLogfmt) {
  EXPECT_EQ(logfmt().received(frames::kTcpSyn).sent(frames::kTcpSynAck).text,
            "ts=1700000000.5 proto=eth verb=recv  eth_type=Ipv4\n"
            "ts=1700000000.5 proto=ipv4 verb=recv  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 next_proto=Tcp\n"
            "ts=1700000000.5 proto=tcp verb=recv  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 transport=Tcp port_src=40001 port_dst=80 flags=2 seq=3405691582 "
            "ack=0\n"
            "ts=1700000000.5 proto=tcp verb=send  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 transport=Tcp port_src=40001 port_dst=80 flags=18 seq=287454020 "
            "ack=3405691583\n"
            "ts=1700000000.5 proto=ipv4 verb=send  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 transport=Tcp port_src=40001 port_dst=80 next_proto=Tcp\n"
            "ts=1700000000.5 proto=eth verb=send  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 transport=Tcp port_src=40001 port_dst=80 eth_type=Ipv4\n");
}

TEST(PacketLines, ArpIsToldTwiceEachWay) {
  const std::string recv =
      "1700000000.5\tarp\trecv\t02:00:00:00:00:01\t00:00:00:00:00:00\t192.0.2.1\t198.51.100.7\t"
      "ArpOperation(1)\n";
  const std::string send =
      "1700000000.5\tarp\tsend\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\t"
      "ArpOperation(2)\n";
  EXPECT_EQ(console().received(frames::kArpRequest).sent(frames::kArpReply).text,
            "1700000000.5\teth\trecv\t\t\t\t\t\t\t\tArp\n" + recv + recv + send + send +
                "1700000000.5\teth\tsend\t02:00:00:00:00:01\tff:ff:ff:ff:ff:ff\t\t\t\t\t\tArp\n");
  EXPECT_EQ(logfmt().received(frames::kArpRequest).ignored(FrameStop::kNetwork).text,
            "ts=1700000000.5 proto=eth verb=recv  eth_type=Arp\n"
            "ts=1700000000.5 proto=arp verb=recv  mac_src=02:00:00:00:00:01 mac_dst=00:00:00:00:00:00 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 op=ArpOperation(1)\n"
            "ts=1700000000.5 proto=arp verb=recv  mac_src=02:00:00:00:00:01 mac_dst=00:00:00:00:00:00 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 op=ArpOperation(1)\n"
            "ts=1700000000.5 proto=arp verb=drop  mac_src=02:00:00:00:00:01 mac_dst=00:00:00:00:00:00 "
            "ip_src=192.0.2.1 ip_dst=198.51.100.7 op=ArpOperation(1)\n"
            "ts=1700000000.5 proto=eth verb=drop  mac_src=02:00:00:00:00:01 mac_dst=ff:ff:ff:ff:ff:ff eth_type=Arp\n");
}

// The ports of UDP are known only after its recv line, which ends in a tab; the answer came from another port.
TEST(PacketLines, ADatagramAnsweredFromAnotherPort) {
  EXPECT_EQ(console().received(frames::kUdpToken).sent(frames::kUdpAnswer).text,
            "1700000000.5\teth\trecv\t\t\t\t\t\t\t\tIpv4\n"
            "1700000000.5\tipv4\trecv\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\t\t\t\tUdp\n"
            "1700000000.5\tudp\trecv\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\tUdp\t\t\t\n"
            "1700000000.5\tudp\tsend\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\tUdp\t40001\t53\t\n"
            "1700000000.5\tipv4\tsend\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\tUdp\t40001\t53\t"
            "Udp\n"
            "1700000000.5\teth\tsend\t02:00:00:00:00:01\t02:00:00:00:00:02\t192.0.2.1\t198.51.100.7\tUdp\t40001\t53\t"
            "Ipv4\n");
}

// The columns of the answer to a solicitation are those of the request: its multicast addresses stay.
TEST(PacketLines, ANeighborSolicitationAndItsAnswer) {
  const std::string text = console().received(frames::kNeighborProbe).sent(frames::kNeighborAdvertisement).text;
  EXPECT_EQ(visible(text),
            "1700000000.5 eth recv - - - - - - - Ipv6\n"
            "1700000000.5 ipv6 recv 02:00:00:00:00:01 33:33:ff:00:00:07 2001:db8::1 ff02::1:ff00:7 - - - Icmpv6\n"
            "1700000000.5 icmpv6 recv 02:00:00:00:00:01 33:33:ff:00:00:07 2001:db8::1 ff02::1:ff00:7 Icmpv6 - - "
            "Icmpv6Type(135) Icmpv6Code(0)\n"
            "1700000000.5 icmpv6 send 02:00:00:00:00:01 33:33:ff:00:00:07 2001:db8::1 ff02::1:ff00:7 Icmpv6 - - "
            "Icmpv6Type(136) Icmpv6Code(0)\n"
            "1700000000.5 ipv6 send 02:00:00:00:00:01 33:33:ff:00:00:07 2001:db8::1 ff02::1:ff00:7 Icmpv6 - - Icmpv6\n"
            "1700000000.5 eth send 02:00:00:00:00:01 33:33:ff:00:00:07 2001:db8::1 ff02::1:ff00:7 Icmpv6 - - Ipv6\n");
}

// verb and layer of each line
std::string steps(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const size_t layer = text.find('\t', at) + 1;
    const size_t verb = text.find('\t', layer) + 1;
    out += text.substr(verb, 4) + ' ' + text.substr(layer, verb - layer - 1) + ", ";
  }
  return out;
}

TEST(PacketLines, ADropUnwindsFromTheLayerThatDropped) {
  const auto drop = [](base::Bytes frame, FrameStop stop) {
    return steps(console().received(frame).ignored(stop).text);
  };
  EXPECT_EQ(drop(frames::kTcpSyn, FrameStop::kLink), "recv eth, drop eth, ");
  EXPECT_EQ(drop(frames::kTcpSyn, FrameStop::kNetwork), "recv eth, recv ipv4, drop ipv4, drop eth, ");
  EXPECT_EQ(drop(frames::kTcpSyn, FrameStop::kTransport),
            "recv eth, recv ipv4, recv tcp, drop tcp, drop ipv4, drop eth, ");
  EXPECT_EQ(drop(frames::kIpGre, FrameStop::kTransport), "recv eth, recv ipv4, drop ipv4, drop eth, ");
  // ICMPv6 passes the layer of addresses, and has no drop line of its own when its code is not 0.
  EXPECT_EQ(drop(frames::kNeighborProbe, FrameStop::kNetwork),
            "recv eth, recv ipv6, recv icmpv6, drop icmpv6, drop ipv6, drop eth, ");
  EXPECT_EQ(drop(frames::with(frames::kNeighborProbe, 55, {1}), FrameStop::kTransport),
            "recv eth, recv ipv6, recv icmpv6, drop ipv6, drop eth, ");
  // Too short for its own header.
  EXPECT_EQ(drop(frames::first(frames::kTcpSyn, 20), FrameStop::kNetwork), "recv eth, drop eth, ");
  EXPECT_EQ(drop(frames::first(frames::kTcpSyn, 8), FrameStop::kLink), "");
}

TEST(PacketLines, DropLinesHaveTheColumnsKnownByThen) {
  EXPECT_EQ(visible(console().received(frames::kTcpSyn).ignored(FrameStop::kLink).text),
            "1700000000.5 eth recv - - - - - - - Ipv4\n1700000000.5 eth drop - - - - - - - Ipv4\n");
  const std::string text = logfmt().received(frames::kIcmpEcho).ignored(FrameStop::kTransport).text;
  EXPECT_NE(text.find("proto=icmpv4 verb=drop  mac_src=02:00:00:00:00:01 mac_dst=02:00:00:00:00:02 ip_src=192.0.2.1 "
                      "ip_dst=198.51.100.7 transport=Icmp icmp_type=IcmpType(8) icmp_code=IcmpCode(0)\n"),
            std::string::npos)
      << text;
}

TEST(PacketLines, WhatIsNeitherAnsweredNorIgnoredIsStillTold) {
  Log log = console();
  log.received(frames::kTcpSyn).received(frames::kIcmpEcho);
  EXPECT_EQ(steps(log.text), "recv eth, recv ipv4, recv tcp, ");
  log.finish().ignored(FrameStop::kLink);
  EXPECT_EQ(steps(log.text), "recv eth, recv ipv4, recv tcp, recv eth, recv ipv4, recv icmpv4, ");
}

TEST(PacketLines, SentOfOurOwnAccordHasItsOwnColumns) {
  Log log = console();
  log.received(frames::kNeighborProbe).sent(frames::kTcpSynAck);
  EXPECT_EQ(
      visible(log.text.substr(0, log.text.find('\n') + 1)),
      "1700000000.5 tcp send 02:00:00:00:00:01 02:00:00:00:00:02 192.0.2.1 198.51.100.7 Tcp 40001 80 18 287454020 "
      "3405691583\n");
  EXPECT_EQ(steps(log.sent(frames::kNeighborAdvertisement).text),
            "send tcp, send ipv4, send eth, recv eth, recv ipv6, recv icmpv6, send icmpv6, send ipv6, send eth, ");
}

TEST(PacketLines, ReadThroughAVlanTagAndWithoutALink) {
  EXPECT_EQ(steps(console().received(frames::kTcpSynLinuxOptionsVlan).finish().text),
            "recv eth, recv ipv4, recv tcp, ");
  EXPECT_EQ(visible(Log(PacketLogForm::kConsole, wire::LinkType::kRawIp).received(frames::kUdpRawV6).finish().text),
            "1700000000.5 ipv6 recv - - 2001:db8::1 2001:db8:1::7 - - - Udp\n"
            "1700000000.5 udp recv - - 2001:db8::1 2001:db8:1::7 Udp - - -\n");
}

// Whatever bytes arrive: whole lines, of characters that can be printed.
RC_GTEST_PROP(PacketLines, AnyBytesGiveWholeLines, (const std::vector<std::vector<uint8_t>>& all, bool form)) {
  Log log(form ? PacketLogForm::kConsole : PacketLogForm::kLogfmt);
  for (std::vector<uint8_t> frame : all) {
    const auto like =
        *rc::gen::element(frames::kTcpSyn, frames::kArpRequest, frames::kNeighborProbe, frames::kUdpToken);
    std::vector<uint8_t> mixed = like;
    for (size_t i = 0; i < frame.size() && i < mixed.size(); ++i) mixed[frame[i] % mixed.size()] ^= frame[i];
    mixed.resize(*rc::gen::inRange<size_t>(0, mixed.size() + 1));
    if (*rc::gen::arbitrary<bool>()) {
      log.received(mixed);
    } else {
      log.sent(mixed);
    }
    if (*rc::gen::arbitrary<bool>()) log.ignored(static_cast<FrameStop>(*rc::gen::inRange(0, 3)));
  }
  RC_ASSERT((log.text.empty() || log.text.ends_with('\n')));
  for (const char c : log.text) RC_ASSERT((c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f)));
}

TEST(PacketLogNames, OfProtocols) {
  EXPECT_EQ(ip_protocol_name(6), "Tcp");
  EXPECT_EQ(ip_protocol_name(17), "Udp");
  EXPECT_EQ(ip_protocol_name(58), "Icmpv6");
  EXPECT_EQ(ip_protocol_name(132), "Sctp");
  EXPECT_EQ(ip_protocol_name(142), "Rohc");
  EXPECT_EQ(ip_protocol_name(143), "unknown");
  EXPECT_EQ(ip_protocol_name(255), "Reserved");
  EXPECT_EQ(ether_type_name(0x88cc), "Lldp");
  EXPECT_EQ(ether_type_name(0x1234), "unknown");
}

TEST(PacketLog, WritesThroughAFile) {
  const base::testing::TemporaryFile file;
  PacketLog log(std::move(*File::open(file.path(), File::Mode::kTruncate)), PacketLogForm::kConsole,
                wire::LinkType::kEthernet, kWall);
  log.on_frame({FrameFate::kReceived, kWall, frames::kTcpSyn, 58});
  log.on_ignored(FrameStop::kTransport, kWall);
  log.tick();
  EXPECT_EQ(steps(file.content()).substr(0, 20), "init arp, init eth, ");
  log.on_frame({FrameFate::kReceived, kWall, frames::kIcmpEcho, 46});
  log.close();
  EXPECT_EQ(steps(file.content()).substr(88),
            "recv eth, recv ipv4, recv tcp, drop tcp, drop ipv4, drop eth, recv eth, recv ipv4, recv icmpv4, ");
}

std::string diagnose(Diagnostics::Level level) {
  const base::testing::TemporaryFile file;
  Diagnostics d(std::move(*File::open(file.path(), File::Mode::kTruncate)), level, wire::LinkType::kEthernet);
  result::Contact contact;
  contact.wall = kWall;
  contact.client = frames::kOurs;
  contact.server = frames::kTheirs6;
  contact.client_port = 40001;
  contact.server_port = 80;
  contact.ip_protocol = 6;
  contact.ask = result::Ask::kSyn;
  contact.deed = result::Deed::kSynAck;
  d.note(Diagnostics::Level::kError, kWall, "something broke");
  d.on_contact(contact, {}, {});
  contact.ask = result::Ask::kDatagram;
  contact.deed = result::Deed::kRationed;
  contact.protocol = "dns";
  d.on_contact(contact, {}, {});
  result::Conversation talk;
  talk.wall = kWall;
  talk.duration = 1'020'000'000;
  talk.client = frames::kOurs;
  talk.server = frames::kTheirs;
  talk.protocol = "http";
  talk.said = "401";
  d.on_conversation(talk, {}, {});
  d.on_frame({FrameFate::kReceived, kWall, frames::kTcpSyn, 58});
  d.on_ignored(FrameStop::kLink, kWall);
  d.on_ignored(FrameStop::kTransport, kWall);
  d.on_frame({FrameFate::kSent, kWall, frames::kArpReply, 60});
  d.close();
  return file.content();
}

TEST(Diagnostics, SayMoreWhenAskedTo) {
  const std::string error = "2023-11-14T22:13:20.005Z ERR something broke\n";
  const std::string answer =
      "2023-11-14T22:13:20.005Z WARN syn-ack from [2001:db8:1::7]:80 to tcp-syn from 192.0.2.1:40001\n";
  const std::string rationed =
      "2023-11-14T22:13:20.005Z INFO rationed from [2001:db8:1::7]:80 to udp from 192.0.2.1:40001 (dns)\n";
  const std::string talk =
      "2023-11-14T22:13:21.025Z WARN conversation of 198.51.100.7:0 and 192.0.2.1:0 (http: 401): closed after 1.020 s, "
      "0 bytes in, 0 out\n";
  const std::string in = "2023-11-14T22:13:20.005Z DEBUG received 58 bytes: tcp 192.0.2.1:40001 > 198.51.100.7:80 S\n";
  const std::string ignored =
      "2023-11-14T22:13:20.005Z INFO ignored, not for this station: tcp 192.0.2.1:40001 > 198.51.100.7:80 S\n";
  const std::string out = "2023-11-14T22:13:20.005Z DEBUG sent 60 bytes: arp 198.51.100.7 is-at 02:00:00:00:00:02\n";
  EXPECT_EQ(diagnose(Diagnostics::Level::kError), error);
  EXPECT_EQ(diagnose(Diagnostics::Level::kAnswers), error + answer + talk);
  EXPECT_EQ(diagnose(Diagnostics::Level::kIgnored), error + answer + rationed + talk + ignored);
  EXPECT_EQ(diagnose(Diagnostics::Level::kFrames), error + answer + rationed + talk + in + ignored + out);
}

}  // namespace
}  // namespace portolan::output::packet_log_test
