// SPDX-License-Identifier: Apache-2.0
// Scans from several addresses of ours and by several adapters: all are used evenly, every target is asked once, and
// an answer counts only where the question came from.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "sim/answers.h"
#include "sim/testing.h"
#include "wire/wire.h"

namespace portolan::sim::scan_sources_test {
namespace {

using namespace testing;
using addr::Protocol;
using scan::Count;
using scan::Lane;
using Kind = Answer::Kind;

constexpr uint32_t kTargets = 0xc6120000;  // behind the routers
constexpr uint32_t kCount = 1 << 12;
constexpr uint64_t kNet = 0xfd00000000000000u;

scan::Sources v4_sources(std::initializer_list<std::pair<uint32_t, uint32_t>> ranges) {
  addr::RangeList<uint32_t> list;
  for (const auto& [first, last] : ranges) list.add(first, last);
  return scan::Sources(std::move(list));
}

bool is_link(const addr::Target& t) {
  return t.service.protocol == Protocol::kArp || t.service.protocol == Protocol::kNdp;
}
bool is_open(const addr::Target& t) { return t.address.lo() % 5 == 0; }

// How often each was seen, against each having the same chance: far beyond what a fair draw gives in a lifetime, and
// yet far below what a source that is left out costs.
template <class K>
void expect_even(const std::map<K, uint64_t>& seen, size_t all) {
  uint64_t sum = 0;
  for (const auto& [key, times] : seen) sum += times;
  const double mean = static_cast<double>(sum) / static_cast<double>(all);
  double chi = mean * static_cast<double>(all - seen.size());
  for (const auto& [key, times] : seen) chi += std::pow(static_cast<double>(times) - mean, 2) / mean;
  const double freedom = static_cast<double>(all) - 1;
  EXPECT_EQ(seen.size(), all);
  EXPECT_LT(chi, freedom + 6 * std::sqrt(2 * freedom) + 6);
}

// The far side: who was asked from where.
struct Seen {
  std::map<addr::IpAddress, uint64_t> sources;
  std::map<addr::MacAddress, uint64_t> adapters;
  std::map<addr::MacAddress, std::set<addr::MacAddress>> routers;  // of an adapter
  std::map<addr::Target, addr::IpAddress> asked_from;

  NetworkOptions options() {
    NetworkOptions o;
    o.behaviour = [](const addr::Target& t) {
      return Answer{is_link(t) || is_open(t) ? Kind::kPositive : Kind::kNegative};
    };
    o.forge = [this](const wire::FrameView& probe, const addr::Target& t, const auto&) {
      if (is_link(t)) return;
      ++sources[probe.source()];
      ++adapters[probe.source_mac()];
      routers[probe.source_mac()].insert(probe.destination_mac());
      const auto [at, first] = asked_from.try_emplace(t, probe.source());
      EXPECT_EQ(at->second, probe.source()) << "further passes ask from the same address";
    };
    return o;
  }
};

TEST(SeveralSources, AllOfAListAreUsedEvenly) {
  auto plan = plan_of({{v4(kTargets), v4(kTargets + kCount - 1)}}, {{Protocol::kTcp, 80}});
  plan.egress.sources_v4 = v4_sources({{0x0a000310, 0x0a00031f}, {0x0a000401, 0x0a000401}, {0x0a000500, 0x0a00052e}});
  plan.retries = 1;
  Seen seen;
  World w(plan, simple_vantage(), seen.options());
  ASSERT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen) + w.count(Count::kClosed), kCount);
  EXPECT_EQ(seen.asked_from.size(), kCount);
  expect_even(seen.sources, 16 + 1 + 47);
  EXPECT_EQ(w.network().resets_seen(), w.count(Count::kOpen));
  expect_books_to_balance(w);
}

TEST(SeveralSources, EveryKindOfProbeProvesItself) {
  auto plan =
      plan_of({{v4(kTargets), v4(kTargets + 255)}, {v6(kNet + 1, 0), v6(kNet + 1, 255)}}, {{Protocol::kTcp, 80},
                                                                                           {Protocol::kUdp, 53},
                                                                                           {Protocol::kUdp, 9999},
                                                                                           {Protocol::kSctp, 80},
                                                                                           {Protocol::kIcmpEcho, 0},
                                                                                           {Protocol::kIp, 47}});
  plan.egress.sources_v4 = v4_sources({{0x0a000310, 0x0a00031f}});
  addr::RangeList<base::u128> v6_list;
  v6_list.add(base::make_u128(kNet + 7, 0), base::make_u128(kNet + 7, ~uint64_t{0}));
  plan.egress.sources_v6 = scan::Sources(std::move(v6_list));
  Seen seen;
  NetworkOptions o = seen.options();
  o.behaviour = [](const addr::Target& t) {
    return Answer{is_link(t) || t.address.lo() % 2 == 0 ? Kind::kPositive : Kind::kIcmp};
  };
  World w(plan, simple_vantage(), o);
  ASSERT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.observations().size(), plan.targets.size());
  size_t of_v6 = 0;
  for (const auto& [source, times] : seen.sources) of_v6 += source.is_v4() ? 0 : 1;
  EXPECT_EQ(of_v6, size_t{6 * 256}) << "of 2^64 sources none is drawn twice";
  expect_books_to_balance(w);
}

TEST(SeveralSources, AreAnsweredForOnTheirLink) {
  auto plan = plan_of({{v4(0x0a000901), v4(0x0a000940)}}, {{Protocol::kTcp, 80}});
  plan.egress.sources_v4 = v4_sources({{0x0a000001, 0x0a000003}, {0x0a000310, 0x0a00031f}});
  uint64_t of_kernel = 0, asked = 0;
  NetworkOptions o;
  o.behaviour = [](const addr::Target&) { return Answer{Kind::kPositive}; };
  o.forge = [&](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kTcp) return;
    ++asked;
    of_kernel += probe.source() == v4(0x0a000001) ? 1 : 0;
    const wire::Arp request{wire::arp_operation::kRequest, Network::mac_of(t.address), t.address, {}, probe.source()};
    std::vector<uint8_t> frame(14 + size_of(request));
    emit(wire::Ethernet{addr::MacAddress::broadcast(), Network::mac_of(t.address), wire::ether_type::kArp}, frame);
    emit(request, base::MutableBytes(frame).subspan(14));
    send(frame);
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen), 64u);
  EXPECT_EQ(w.count(Count::kAsked), asked);
  EXPECT_EQ(w.count(Count::kDuties), asked - of_kernel) << "the kernel answers for its own";
  expect_books_to_balance(w);
}

// An IPv4 frame without options, sent on to another address.
std::vector<uint8_t> readdressed(std::vector<uint8_t> frame, uint32_t to, std::initializer_list<size_t> checksums) {
  const uint32_t from = base::load_be32(&frame[30]);
  base::store_be32(&frame[30], to);
  for (const size_t at : checksums) {
    uint32_t sum =
        (~base::load_be16(&frame[at]) & 0xffffu) + (~from >> 16) + (~from & 0xffff) + (to >> 16) + (to & 0xffff);
    while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
    base::store_be16(&frame[at], static_cast<uint16_t>(~sum));
  }
  return frame;
}

// Every answer goes to another of our addresses than the one that asked.
void expect_refused(addr::ProtoPort service, std::initializer_list<size_t> checksums, uint8_t protocol,
                    const std::function<std::vector<uint8_t>(const wire::FrameView&)>& transport) {
  auto plan = plan_of({{v4(kTargets), v4(kTargets + 255)}}, {service});
  plan.egress.sources_v4 = v4_sources({{0x0a000310, 0x0a00031f}});
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) { return Answer{is_link(t) ? Kind::kPositive : Kind::kSilence}; };
  o.forge = [&](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (is_link(t)) return;
    const auto frame = ip_reply(probe, t.address, Network::mac_of(t.address), protocol, transport(probe));
    send(readdressed(frame, probe.source().v4_bits() ^ 5, checksums));
  };
  World w(plan, simple_vantage(), o);
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_TRUE(w.observations().empty());
  EXPECT_EQ(w.count(Count::kMalformed), 0u);
  EXPECT_EQ(w.count(Count::kBadCookie) + w.count(Count::kBadSourcePort), 256u);
  expect_books_to_balance(w);
}

TEST(SeveralSources, AnAnswerToAnotherOfThemIsRefused) {
  constexpr uint8_t kSynAck = wire::tcp_flag::kSyn | wire::tcp_flag::kAck;
  expect_refused({Protocol::kTcp, 80}, {24, 50}, wire::ip_protocol::kTcp,
                 [](const auto& p) { return tcp_reply(p, kSynAck, 1, p.tcp().sequence().value() + 1); });
}

// It has no cookie: that the right address is answered is all that it can show.
TEST(SeveralSources, AnIpProtocolsAnswerToAnotherOfThemIsRefused) {
  expect_refused({Protocol::kIp, 47}, {24}, 47, [](const auto&) { return std::vector<uint8_t>(8); });
}

// Another interface, with another router.
host::Vantage other_vantage() {
  host::Vantage v = simple_vantage();
  v.interfaces.push_back(v.interfaces[0]);
  v.interfaces[1].index = 2;
  v.interfaces[1].name = "sim1";
  v.interfaces[1].mac = {{2, 0, 0, 0, 0, 2}};
  v.interfaces[1].addresses[0].address = v4(0x0a000002);
  for (host::Hop& hop : v.hops) {
    hop.interface_index = 2;
    if (hop.first.is_v4()) hop.source = v4(0x0a000002);
  }
  return v;
}

TEST(SeveralAdapters, ShareTheTargetsEvenlyEachByItsOwnRouter) {
  auto plan = plan_of({{v4(kTargets), v4(kTargets + kCount - 1)}}, {{Protocol::kTcp, 80}});
  plan.egress.interface = "sim0";
  plan.further_adapters.emplace_back();
  plan.further_adapters[0].interface = "sim1";
  plan.further_adapters[0].sources_v4 = v4_sources({{0x0a000500, 0x0a00050f}});
  plan.further_adapters[0].router_v4 = v4(0x0a000077);
  Seen seen;
  const addr::MacAddress other{{2, 0, 0, 0, 0, 2}};
  WorldLanes lanes;
  lanes.steering = [&](base::Bytes frame) { return size_t{addr::MacAddress::from_bytes(frame.data()) == other}; };
  const host::Vantage vantages[] = {simple_vantage(), other_vantage()};
  World w(plan, vantages, seen.options(), lanes);
  ASSERT_EQ(w.error(), "");
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(w.count(Count::kOpen) + w.count(Count::kClosed), kCount);
  for (const auto& [target, times] : w.network().asked()) {
    if (is_link(target)) continue;
    EXPECT_EQ(times.size(), 1u);
  }
  expect_even(seen.adapters, 2);
  EXPECT_EQ(seen.sources.size(), 17u);
  seen.sources.erase(v4(0x0a000001));
  expect_even(seen.sources, 16);
  EXPECT_EQ(seen.routers[other], std::set{Network::mac_of(v4(0x0a000077))});
  seen.routers.erase(other);
  EXPECT_EQ(seen.routers.begin()->second, std::set{Network::mac_of(v4(0x0a0000fe))});
  expect_books_to_balance(w);
}

TEST(SeveralAdapters, WhatOneOfThemCannotReachIsSaidBeforeAnythingIsSent) {
  auto plan = plan_of({{v4(kTargets), v4(kTargets)}}, {{Protocol::kTcp, 80}});
  plan.egress.interface = "sim0";
  plan.further_adapters.emplace_back();
  plan.further_adapters[0].interface = "sim1";
  host::Vantage without_routes = other_vantage();
  without_routes.hops.clear();
  const host::Vantage vantages[] = {simple_vantage(), without_routes};
  EXPECT_NE(World(plan, vantages, {}).error().find("by sim1: no route to 198.18.0.0"), std::string::npos);
}

}  // namespace
}  // namespace portolan::sim::scan_sources_test
