// SPDX-License-Identifier: Apache-2.0
#include "population/population.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "population/spec.h"

namespace portolan::population::population_test {
namespace {

using addr::IpAddress;
using addr::Protocol;

constexpr uint32_t kTen = 0x0a000000;

Population made(std::string_view spec) {
  auto population = read_inline_population(spec, "test");
  if (!population) throw std::runtime_error(population.error()[0].to_string());
  return *std::move(population);
}

IpAddress nth(uint32_t i) { return IpAddress::v4(kTen + i); }
IpAddress nth6(uint32_t i) { return IpAddress::v6(base::make_u128(0x20010db8'00000000, i)); }

// Whether `found` of n could be a share p: within five standard deviations. Seeds are fixed, so it is so or it is not.
void expect_share(uint64_t found, uint64_t n, double p, const std::string& what) {
  const double deviation = std::sqrt(static_cast<double>(n) * p * (1 - p));
  EXPECT_NEAR(static_cast<double>(found), static_cast<double>(n) * p, 5 * deviation + 1e-6) << what;
}

TEST(HostStep, DrawsReachBothEnds) {
  EXPECT_EQ(host_draw(0), 0u);
  EXPECT_EQ(host_draw(0xffffffff), kAlways - 1u);
  EXPECT_EQ(host_draw(0xffffffff'00000000u), 0u) << "the upper half does not count";
}

RC_GTEST_PROP(HostStep, ADrawIsNeverBelowNeverAndAlwaysBelowAlways, (uint64_t bits)) {
  RC_ASSERT(host_draw(bits) < kAlways);
  RC_ASSERT(host_draw(bits) <= (bits & 0xffffffff));
}

RC_GTEST_PROP(Population, SharesOfZeroAndOneAreExact, (uint64_t seed, uint32_t word, uint64_t low, uint16_t port)) {
  const Population none = made(fmt::format("seed={},live=0", seed));
  const Population all = made(fmt::format("seed={},live=1,echo=100%,tcp=*:1,udp=*:0,udp-closed=1", seed));
  const Population silent = made(fmt::format("seed={},tcp=*:0,tcp-closed=0,udp-rejected=1,udp-closed=0", seed));
  for (const IpAddress& a : {IpAddress::v4(word), IpAddress::v6(base::make_u128(0x20010db8'00000000 + word, low))}) {
    RC_ASSERT(none.host(a).kind == kNobody);
    const Host host = all.host(a);
    RC_ASSERT(host.kind == kOrdinary && host.echo);
    RC_ASSERT(all.port(host, a, Protocol::kTcp, port) == kPortOpen);
    RC_ASSERT(all.port(host, a, Protocol::kUdp, port) == kPortClosed);
    RC_ASSERT(silent.port(silent.host(a), a, Protocol::kTcp, port) == kPortSilent);
    RC_ASSERT(silent.port(silent.host(a), a, Protocol::kUdp, port) == kPortRejected);
  }
}

RC_GTEST_PROP(Population, IsTheSameWheneverItIsAsked, (uint64_t seed, uint32_t word, uint16_t port)) {
  const std::string spec = fmt::format("seed={},live=0.5,tarpit=0.1,tcp=*:0.5,closed=0.3,rejected=0.3", seed);
  const Population one = made(spec), other = made(spec);
  const IpAddress a = IpAddress::v4(word);
  const Host h = one.host(a), g = other.host(a);
  RC_ASSERT(h.kind == g.kind && h.personality == g.personality && h.variety == g.variety && h.echo == g.echo);
  RC_ASSERT(one.port(h, a, Protocol::kTcp, port) == other.port(g, a, Protocol::kTcp, port));
  RC_ASSERT(one.service(h, a, Protocol::kTcp, port) == other.service(g, a, Protocol::kTcp, port));
  RC_ASSERT(one.host_name(h).view() == other.host_name(g).view());
}

TEST(Population, DiffersBySeedAddressProtocolAndPort) {
  const Population one = made("seed=1,tcp=*:0.5,udp=*:0.5"), two = made("seed=2,tcp=*:0.5,udp=*:0.5");
  uint32_t by_seed = 0, by_protocol = 0, by_port = 0;
  for (uint32_t i = 0; i < 4096; ++i) {
    const Host h = one.host(nth(i));
    const PortState tcp = one.port(h, nth(i), Protocol::kTcp, 80);
    by_seed += tcp != two.port(two.host(nth(i)), nth(i), Protocol::kTcp, 80);
    by_protocol += tcp != one.port(h, nth(i), Protocol::kUdp, 80);
    by_port += tcp != one.port(h, nth(i), Protocol::kTcp, 81);
  }
  expect_share(by_seed, 4096, 0.5, "seed");
  expect_share(by_protocol, 4096, 0.5, "protocol");
  expect_share(by_port, 4096, 0.5, "port");
}

class Shares : public ::testing::TestWithParam<IpAddress (*)(uint32_t)> {};
INSTANTIATE_TEST_SUITE_P(Families, Shares, ::testing::Values(&nth, &nth6));

TEST_P(Shares, OfHostsAreWhatWasAsked) {
  constexpr uint32_t kHosts = 100'000;
  const Population p = made(
      "seed=7,live=0.2,unreachable=0.25,tarpit=0.1,syn-proxy=0.05,ack-only=0.02,echo=0.9,"
      "personalities=linux:2+windows:1+embedded:1");
  uint32_t kinds[6] = {}, personalities[kPersonalities] = {}, alive = 0, echo = 0;
  for (uint32_t i = 0; i < kHosts; ++i) {
    const Host h = p.host(GetParam()(i));
    ++kinds[h.kind];
    if (!h.alive()) continue;
    ++alive, ++personalities[h.personality], echo += h.echo;
  }
  expect_share(alive, kHosts, 0.2, "live");
  expect_share(kinds[kUnreachable], kHosts, 0.8 * 0.25, "unreachable");
  expect_share(kinds[kTarpit], alive, 0.1, "tarpit");
  expect_share(kinds[kSynProxy], alive, 0.05, "syn-proxy");
  expect_share(kinds[kAckOnly], alive, 0.02, "ack-only");
  expect_share(echo, alive, 0.9, "echo");
  expect_share(personalities[0], alive, 0.5, "linux");
  expect_share(personalities[1], alive, 0.25, "windows");
  EXPECT_EQ(personalities[2], 0u) << "freebsd was not asked for";
  expect_share(personalities[7], alive, 0.25, "embedded");
}

TEST_P(Shares, OfPortsAreWhatWasAsked) {
  constexpr uint32_t kHosts = 100'000;
  const Population p = made("seed=3,tcp=22:0.3+443:0.4+*:0.001,closed=0.5,rejected=0.1,udp=53:0.5,udp-closed=1");
  const struct {
    Protocol protocol;
    uint16_t port;
    double open, closed, silent, rejected;
  } cases[] = {
      {Protocol::kTcp, 22, 0.3, 0.7 * 0.5, 0.7 * 0.4, 0.7 * 0.1},
      {Protocol::kTcp, 443, 0.4, 0.6 * 0.5, 0.6 * 0.4, 0.6 * 0.1},
      {Protocol::kTcp, 9, 0.001, 0.999 * 0.5, 0.999 * 0.4, 0.999 * 0.1},
      {Protocol::kUdp, 53, 0.5, 0.5, 0, 0},
      {Protocol::kUdp, 54, 0, 1, 0, 0},
  };
  for (const auto& c : cases) {
    uint32_t states[4] = {};
    for (uint32_t i = 0; i < kHosts; ++i) {
      const IpAddress a = GetParam()(i);
      ++states[p.port(p.host(a), a, c.protocol, c.port)];
    }
    const std::string what = std::to_string(c.port);
    expect_share(states[kPortOpen], kHosts, c.open, what);
    expect_share(states[kPortClosed], kHosts, c.closed, what);
    expect_share(states[kPortSilent], kHosts, c.silent, what);
    expect_share(states[kPortRejected], kHosts, c.rejected, what);
  }
}

TEST(Population, LeftOverPortsGoToWhatIsNotSaid) {
  const struct {
    const char* spec;
    PortState state;
  } cases[] = {
      {"tcp=80:1", kPortClosed},
      {"closed=0", kPortSilent},
      {"silent=1", kPortSilent},
      {"rejected=1", kPortRejected},
      {"closed=0,silent=0", kPortRejected},
      {"closed=0,rejected=0", kPortSilent},
      {"silent=1,tcp-closed=1", kPortClosed},
  };
  for (const auto& c : cases) {
    const Population p = made(c.spec);
    for (uint32_t i = 0; i < 100; ++i) {
      EXPECT_EQ(p.port(p.host(nth(i)), nth(i), Protocol::kTcp, 81), c.state) << c.spec;
    }
  }
}

TEST(Population, WhatAPacketMeetsIsKindAndPortTogether) {
  const struct {
    uint64_t kind, state;
    Meeting tcp, udp;
  } cases[] = {
      {kNobody, kPortOpen, kMeetsSilence, kMeetsSilence},
      {kUnreachable, kPortOpen, kMeetsNoHost, kMeetsNoHost},
      {kTarpit, kPortClosed, kMeetsOpen, kMeetsSilence},
      {kSynProxy, kPortClosed, kMeetsOpen, kMeetsClosed},
      {kAckOnly, kPortOpen, kMeetsAckOnly, kMeetsOpen},
      {kOrdinary, kPortOpen, kMeetsOpen, kMeetsOpen},
      {kOrdinary, kPortClosed, kMeetsClosed, kMeetsClosed},
      {kOrdinary, kPortSilent, kMeetsSilence, kMeetsSilence},
      {kOrdinary, kPortRejected, kMeetsRejection, kMeetsRejection},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(host_meeting(c.kind, c.state, kProtocolTcp), uint64_t{c.tcp}) << c.kind << " " << c.state;
    EXPECT_EQ(host_meeting(c.kind, c.state, kProtocolUdp), uint64_t{c.udp}) << c.kind << " " << c.state;
  }
}

TEST(Population, HasNobodyOutsideItsNetworks) {
  const Population p = made("live=1,networks=10.0.0.0/30+10.0.1.5-10.0.1.6+2001:db8::/126");
  EXPECT_TRUE(p.host(nth(3)).alive());
  EXPECT_EQ(p.host(nth(4)).kind, kNobody);
  EXPECT_TRUE(p.host(nth(0x106)).alive());
  EXPECT_EQ(p.host(nth(0x107)).kind, kNobody);
  EXPECT_TRUE(p.host(nth6(3)).alive());
  EXPECT_EQ(p.host(nth6(4)).kind, kNobody);
  EXPECT_TRUE(made("live=1").is_everywhere());
  EXPECT_EQ(made("networks=10.0.0.0/8").host(nth6(1)).kind, kNobody) << "only IPv4 was named";
}

TEST(Population, ServicesFollowThePortButForSomeThatAreOdd) {
  const Population usual = made("odd-services=0"), odd = made("odd-services=0.25"), all = made("odd-services=1");
  uint32_t odd_ones = 0;
  for (uint32_t i = 0; i < 10'000; ++i) {
    const Host h = usual.host(nth(i));
    EXPECT_EQ(usual.service(h, nth(i), Protocol::kTcp, 22), "ssh");
    EXPECT_EQ(usual.service(h, nth(i), Protocol::kUdp, 53), "dns");
    EXPECT_EQ(usual.service(h, nth(i), Protocol::kUdp, 54), "");
    odd_ones += odd.service(h, nth(i), Protocol::kTcp, 25) != "smtp";
    EXPECT_NE(all.service(h, nth(i), Protocol::kTcp, 25), "smtp");
  }
  expect_share(odd_ones, 10'000, 0.25, "odd");
  std::set<std::string_view> elsewhere;
  for (uint32_t i = 0; i < 100; ++i) elsewhere.insert(usual.service(usual.host(nth(i)), nth(i), Protocol::kTcp, 4711));
  EXPECT_THAT(elsewhere, ::testing::UnorderedElementsAre("", "http", "ssh", "tls"));
}

TEST(Population, HostNamesAreDnsNamesAndDiffer) {
  const Population p = Population::open_to_all();
  std::set<std::string> names;
  for (uint32_t i = 0; i < 1000; ++i) {
    const std::string name{p.host_name(p.host(nth(i))).view()};
    EXPECT_THAT(name, ::testing::MatchesRegex("[a-z]+-[0-9a-f]+.example"));
    names.insert(name);
  }
  EXPECT_GT(names.size(), 990u);
}

TEST(Population, OpenToAllIsOneLinuxEverywhere) {
  const Population p = Population::open_to_all();
  for (uint32_t i = 0; i < 1000; ++i) {
    const Host h = p.host(nth6(i));
    EXPECT_EQ(h.kind, kOrdinary);
    EXPECT_EQ(Population::personality(h).name, "linux");
    EXPECT_EQ(p.meeting(h, nth6(i), Protocol::kTcp, static_cast<uint16_t>(i)), kMeetsOpen);
    EXPECT_EQ(p.meeting(h, nth6(i), Protocol::kUdp, static_cast<uint16_t>(i)), kMeetsOpen);
  }
}

TEST(Personality, EveryLayoutIsWholeAndOffersOnlyWhatWasOffered) {
  for (const Personality& p : personalities()) {
    for (int offer = 0; offer < 8; ++offer) {
      const SynOptionsOffered offered{(offer & 1) != 0, (offer & 2) != 0, (offer & 4) != 0};
      const std::string_view layout = p.layout(offered);
      uint8_t bytes[kMostSynAckOptions];
      const size_t size = write_syn_ack_options(layout, 1460, 7, 0x11223344, 0x55667788, bytes);
      EXPECT_EQ(size % 4, 0u) << p.name << " " << layout;
      EXPECT_EQ(layout.front(), 'M');
      EXPECT_TRUE(offered.window_scale || layout.find('W') == layout.npos) << p.name << " " << layout;
      EXPECT_TRUE(offered.sack || layout.find('S') == layout.npos) << p.name << " " << layout;
      EXPECT_TRUE(offered.timestamps || layout.find('T') == layout.npos) << p.name << " " << layout;
    }
    EXPECT_EQ(find_personality(p.name), &p - personalities().data());
  }
  EXPECT_EQ(find_personality("plan9"), std::nullopt);
}

// As tcpdump shows Debian 12 and Windows 10 to answer nmap's first probe.
TEST(Personality, OptionsAreWrittenAsSystemsWriteThem) {
  const SynOptionsOffered all{true, true, true};
  const auto bytes_of = [&](std::string_view name) {
    const Personality& p = personalities()[*find_personality(name)];
    uint8_t bytes[kMostSynAckOptions];
    const size_t size =
        write_syn_ack_options(p.layout(all), p.look.mss_v4, p.look.window_scale, 0x01020304, 0xff, bytes);
    std::string hex;
    for (size_t i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
  };
  EXPECT_EQ(bytes_of("linux"), "020405b40402080a01020304000000ff01030307");
  EXPECT_EQ(bytes_of("windows"), "020405b4010303080402080a01020304000000ff");
  EXPECT_EQ(bytes_of("cisco"), "02040218");
}

TEST(HostLook, IdentificationsFollowTheirStyle) {
  EXPECT_EQ(host_ip_id(kIdZero, 7, 8, 9), 0u);
  EXPECT_EQ(host_ip_id(kIdRandom, 7, 8, 9), host_ip_id(kIdRandom, 7, 8, 10)) << "the question decides, not the time";
  EXPECT_NE(host_ip_id(kIdRandom, 7, 8, 9), host_ip_id(kIdRandom, 7, 9, 9));
  EXPECT_EQ(host_ip_id(kIdCounter, 0xfffe, 8, 1), 0xffffu);
  EXPECT_EQ(host_ip_id(kIdCounter, 0xfffe, 8, 2), 0u);
  EXPECT_EQ(host_tcp_clock(uint64_t{5} << 36, 10), 15u);
}

}  // namespace
}  // namespace portolan::population::population_test
