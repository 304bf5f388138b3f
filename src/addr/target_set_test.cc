// SPDX-License-Identifier: Apache-2.0
#include "addr/target_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "addr/target_set_builder.h"

namespace portolan::addr::target_set_test {
namespace {

using base::u128;

constexpr uint32_t kV4Base = 0x01020000;                                     // 1.2.0.0
constexpr u128 kV6Base = (u128{0x2a0004f800000000} << 64) | 0xfffffffffff0;  // 2a00:4f8::ffff:ffff:fff0

// A small scan as rapidcheck draws it: (start, length) of items, ports, exclusions, pairs of (address, port).
using Spans = std::vector<std::pair<uint8_t, uint8_t>>;
struct Draw {
  Spans v4, v6, excluded;
  std::vector<uint8_t> tcp, udp;
  Spans pairs;
};

Target pair_of(const std::pair<uint8_t, uint8_t>& p) {
  const IpAddress a = p.first % 2 == 0 ? IpAddress::v4(kV4Base + p.first) : IpAddress::v6(kV6Base + p.first);
  return {a, {p.second % 2 == 0 ? Protocol::kTcp : Protocol::kUdp, static_cast<uint16_t>(p.second % 32)}};
}

// What the set must hold, by going over every item one by one.
std::set<Target> model_of(const Draw& d) {
  std::set<IpAddress> addresses;
  for (const auto& [start, length] : d.v4) {
    for (uint32_t i = 0; i <= length % 9u; ++i) addresses.insert(IpAddress::v4(kV4Base + start + i));
  }
  for (const auto& [start, length] : d.v6) {
    for (uint32_t i = 0; i <= length % 9u; ++i) addresses.insert(IpAddress::v6(kV6Base + start + i));
  }
  std::set<Target> targets;
  for (const IpAddress& a : addresses) {
    for (const uint8_t p : d.tcp) targets.insert({a, {Protocol::kTcp, static_cast<uint16_t>(p % 32)}});
    for (const uint8_t p : d.udp) targets.insert({a, {Protocol::kUdp, static_cast<uint16_t>(p % 32)}});
  }
  for (const auto& p : d.pairs) targets.insert(pair_of(p));
  for (const auto& [start, length] : d.excluded) {
    for (uint32_t i = 0; i <= length % 9u; ++i) {
      std::erase_if(targets, [&](const Target& t) { return t.address == IpAddress::v4(kV4Base + start + i); });
    }
  }
  return targets;
}

TargetSet build(const Draw& d) {
  TargetSetBuilder b;
  for (const auto& [start, length] : d.v4) b.add_v4(kV4Base + start, kV4Base + start + length % 9);
  for (const auto& [start, length] : d.v6) b.add_v6(kV6Base + start, kV6Base + start + length % 9);
  for (const auto& [start, length] : d.excluded) b.exclude_v4(kV4Base + start, kV4Base + start + length % 9);
  for (const uint8_t p : d.tcp) b.add_service({Protocol::kTcp, static_cast<uint16_t>(p % 32)});
  for (const uint8_t p : d.udp) b.add_service({Protocol::kUdp, static_cast<uint16_t>(p % 32)});
  for (const auto& p : d.pairs) b.add_pair(pair_of(p));
  return std::move(b).build().value().set;
}

RC_GTEST_PROP(TargetSet, HoldsExactlyWhatWasAsked,
              (const Spans& v4, const Spans& v6, const Spans& excluded, const std::vector<uint8_t>& tcp,
               const std::vector<uint8_t>& udp, const Spans& pairs)) {
  const Draw d{v4, v6, excluded, tcp, udp, pairs};
  const TargetSet set = build(d);
  const std::set<Target> model = model_of(d);
  RC_ASSERT(set.size() == model.size());
  std::set<Target> seen;
  std::set<IpAddress> addresses;
  for (u128 i = 0; i < set.size(); ++i) {
    const Target t = set.pick(i);
    seen.insert(t);
    addresses.insert(t.address);
    RC_ASSERT(set.index_of(t) == std::optional<u128>(i));
  }
  RC_ASSERT(seen == model);
  RC_ASSERT(set.address_count() == addresses.size());
  for (uint32_t i = 0; i < 270; ++i) {
    const Target t = {IpAddress::v4(kV4Base + i), {Protocol::kTcp, static_cast<uint16_t>(i % 40)}};
    RC_ASSERT(set.contains(t) == (model.count(t) != 0));
  }
}

RC_GTEST_PROP(TargetSet, DigestTellsSetsApart, (const Spans& v4, const std::vector<uint8_t>& tcp, const Spans& pairs)) {
  Draw d{v4, {}, {}, tcp, {}, pairs};
  const TargetSet set = build(d);
  RC_ASSERT(set.digest() == build(d).digest());
  d.pairs.push_back({0, 64});
  const TargetSet other = build(d);
  RC_ASSERT((set.digest() == other.digest()) == (set.size() == other.size()));
}

// A /48 on all ports of three protocols: beyond 2^96, where the division goes its long way.
TEST(TargetSet, NumbersAWideIpv6Prefix) {
  const u128 net = base::make_u128(0x2a0004f8'0001'0000, 0);
  TargetSetBuilder b;
  b.add_v6(net, net + ((u128{1} << 80) - 1));
  for (const Protocol p : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) b.add_services(p, 1, 65535);
  const TargetSet set = std::move(b).build().value().set;
  ASSERT_EQ(set.size(), (u128{1} << 80) * (3 * 65535));
  for (u128 i = 0; i < set.size() - set.size() / 999; i += set.size() / 999) {
    ASSERT_EQ(set.index_of(set.pick(i)), std::optional<u128>(i));
  }
  const Target last = set.pick(set.size() - 1);
  EXPECT_EQ(last.address, IpAddress::v6(net + ((u128{1} << 80) - 1)));
  EXPECT_EQ(last.service, (ProtoPort{Protocol::kSctp, 65535}));
}

TEST(TargetSet, TheGreatestCountsAndTheRefusalBeyond) {
  TargetSetBuilder fits;
  fits.add_v6(u128{1} << 126, ((u128{1} << 126) - 1) | u128{1} << 126);  // 4000::/2
  for (uint16_t port = 1; port <= 3; ++port) fits.add_service({Protocol::kTcp, port});
  TargetSetBuilder beyond = fits;
  beyond.add_service({Protocol::kTcp, 4});
  const TargetSet set = std::move(fits).build().value().set;
  EXPECT_EQ(set.size(), (u128{1} << 126) * 3);
  EXPECT_EQ(set.index_of(set.pick(set.size() - 1)), std::optional<u128>(set.size() - 1));
  const auto refused = std::move(beyond).build();
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find("2^128"), std::string::npos);
}

// Enough ranges for the prefetching form, in all three blocks.
TEST(TargetSet, BatchPickIsPick) {
  TargetSetBuilder b;
  for (uint32_t i = 0; i < 20000; ++i) {
    b.add_v4(kV4Base + 2 * i, kV4Base + 2 * i);
    b.add_v6(kV6Base + 3 * i, kV6Base + 3 * i + 1);
    b.add_pair({IpAddress::v4(kV4Base + i), {Protocol::kSctp, 7}});
  }
  b.add_services(Protocol::kTcp, 1, 3);
  const TargetSet set = std::move(b).build().value().set;
  ASSERT_EQ(set.size(), u128{20000} * 3 + u128{40000} * 3 + 20000);
  std::vector<u128> indexes;
  for (u128 i = 0; i < 5003; ++i) indexes.push_back(i * 7919 % set.size());
  std::vector<Target> out(indexes.size());
  set.pick(indexes, out);
  for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], set.pick(indexes[i]));
}

TEST(TargetSet, EmptyHoldsNothing) {
  const TargetSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.address_count(), 0u);
  EXPECT_FALSE(set.contains({IpAddress::v4(1), {}}));
  EXPECT_FALSE(set.contains({IpAddress::v6(1), {}}));
}

TEST(TargetSet, DigestIsTheSameEverywhere) {
  EXPECT_EQ(build({{{0, 3}}, {{1, 2}}, {}, {80}, {53}, {{4, 6}}}).digest(), 9198389277410031334u);
}

}  // namespace
}  // namespace portolan::addr::target_set_test
