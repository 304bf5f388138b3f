// SPDX-License-Identifier: Apache-2.0
#include "addr/target_set_builder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

namespace portolan::addr::target_set_builder_test {
namespace {

using base::u128;

constexpr uint32_t quad(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }
constexpr u128 group(uint64_t first, uint64_t second = 0) { return u128{first << 48 | second << 32} << 64; }

class Build {
 public:
  Build& v4(uint32_t first, uint32_t last) { return builder_.add_v4(first, last), *this; }
  Build& v6(u128 first, u128 last) { return builder_.add_v6(first, last), *this; }
  BuiltTargets done(const Policy& policy = {}) {
    builder_.add_service({Protocol::kTcp, 80});
    return std::move(builder_).build(policy).value();
  }

 private:
  TargetSetBuilder builder_;
};

std::map<std::string, u128> cuts(const BuildReport& report) {
  std::map<std::string, u128> by_prefix;
  for (const SpecialCut& c : report.special) by_prefix[c.prefix] = c.addresses;
  return by_prefix;
}

TEST(TargetSetBuilder, TheWholeInternetWithoutWhatIsNot) {
  const BuiltTargets built = Build().v4(0, 0xffffffff).done();
  u128 cut = 0;
  for (const SpecialCut& c : built.report.special) cut += c.addresses;
  EXPECT_EQ(built.set.v4().size() + cut, u128{1} << 32);  // each address is counted once, nested rows or not
  for (const auto& row : special_ranges<uint32_t>()) {
    EXPECT_FALSE(built.set.v4().contains(row.first)) << row.prefix();
    EXPECT_FALSE(built.set.v4().contains(row.last())) << row.prefix();
  }
  EXPECT_TRUE(built.set.v4().contains(quad(1, 1, 1, 1)));
  EXPECT_EQ(cuts(built.report)["10.0.0.0/8"], 1u << 24);
  EXPECT_EQ(cuts(built.report)["240.0.0.0/4"], (1u << 28) - 1);
  EXPECT_EQ(cuts(built.report)["255.255.255.255/32"], 1u);
}

TEST(TargetSetBuilder, AllOfIpv6IsGlobalUnicast) {
  const BuiltTargets built = Build().v6(0, base::kU128Max).done();
  const auto& v6 = built.set.v6();
  for (const auto& row : special_ranges<u128>()) {
    EXPECT_FALSE(v6.contains(row.first)) << row.prefix();
    EXPECT_FALSE(v6.contains(row.last())) << row.prefix();
  }
  EXPECT_EQ(v6.pick(0), group(0x2000));
  EXPECT_EQ(v6.pick(v6.size() - 1), group(0x4000) - 1);
}

TEST(TargetSetBuilder, IncludeReservedTakesAllThatHasHosts) {
  const BuiltTargets built = Build().v4(0, 0xffffffff).done({.include_reserved = true});
  EXPECT_EQ(cuts(built.report),
            (std::map<std::string, u128>{
                {"0.0.0.0/32", 1}, {"127.0.0.0/8", 1u << 24}, {"224.0.0.0/4", 1u << 28}, {"255.255.255.255/32", 1}}));
  EXPECT_EQ(built.set.size(), (u128{1} << 32) - (1u << 28) - (1u << 24) - 2);
}

struct Item {
  const char* what;
  uint32_t first, last;
  u128 taken;
};

TEST(TargetSetBuilder, AnItemInsideASpecialRangeIsMeant) {
  const Item items[] = {
      {"a private network", quad(10, 0, 0, 0), quad(10, 255, 255, 255), 1u << 24},
      {"a host in it", quad(192, 168, 1, 1), quad(192, 168, 1, 1), 1},
      {"carrier space", quad(100, 64, 0, 0), quad(100, 64, 0, 255), 256},
      {"link local", quad(169, 254, 9, 9), quad(169, 254, 9, 9), 1},
      {"documentation", quad(192, 0, 2, 0), quad(192, 0, 2, 255), 256},
      {"benchmarking", quad(198, 18, 0, 0), quad(198, 19, 255, 255), 1u << 17},
      {"loopback", quad(127, 0, 0, 1), quad(127, 0, 0, 1), 1},
      {"wider than the documentation range", quad(192, 0, 2, 0), quad(192, 0, 3, 255), 256},
      {"wider than a private range", quad(10, 0, 0, 0), quad(11, 255, 255, 255), 1u << 24},
      {"across loopback", quad(126, 255, 255, 255), quad(128, 0, 0, 0), 2},
      {"a multicast group", quad(224, 0, 0, 1), quad(224, 0, 0, 1), 0},
      {"broadcast", quad(255, 255, 255, 255), quad(255, 255, 255, 255), 0},
      {"unspecified", 0, 0, 0},
      {"this network", 0, quad(0, 0, 0, 255), 255},
      {"the top of class E", quad(255, 255, 255, 0), quad(255, 255, 255, 255), 255},
  };
  for (const Item& item : items) {
    const BuiltTargets built = Build().v4(item.first, item.last).done();
    EXPECT_EQ(built.set.size(), item.taken) << item.what;
    EXPECT_EQ(built.set.size() == u128{item.last} - item.first + 1, built.report.special.empty()) << item.what;
  }
}

TEST(TargetSetBuilder, AnItemInsideASpecialRangeIsMeantV6) {
  const auto taken = [](u128 first, u128 last) { return Build().v6(first, last).done().set.size(); };
  EXPECT_EQ(taken(1, 1), 1u);
  EXPECT_EQ(taken(0, 2), 1u) << "it lies inside the reserved ::/3, but of loopback it is only a part";
  EXPECT_EQ(taken(0, 0), 0u);
  EXPECT_EQ(taken(group(0xfd00), group(0xfd00) + 9), 10u);
  EXPECT_EQ(taken(group(0xfe80) + 1, group(0xfe80) + 1), 1u);
  EXPECT_EQ(taken(group(0x2001, 0xdb8), group(0x2001, 0xdb8) + 255), 256u);
  EXPECT_EQ(taken(group(0xff02) + 1, group(0xff02) + 1), 0u);
  EXPECT_EQ(taken((u128{0xffff} << 32) + 5, (u128{0xffff} << 32) + 5), 0u);
}

TEST(TargetSetBuilder, NamedBesideWideIsTakenAndNotReported) {
  const BuiltTargets built = Build()
                                 .v4(0, 0xffffffff)
                                 .v4(quad(10, 1, 0, 0), quad(10, 1, 255, 255))
                                 .v4(quad(127, 0, 0, 1), quad(127, 0, 0, 1))
                                 .done();
  EXPECT_TRUE(built.set.v4().contains(quad(10, 1, 2, 3)));
  EXPECT_FALSE(built.set.v4().contains(quad(10, 2, 2, 3)));
  EXPECT_TRUE(built.set.v4().contains(quad(127, 0, 0, 1)));
  EXPECT_EQ(cuts(built.report)["10.0.0.0/8"], (1u << 24) - (1u << 16));
  EXPECT_EQ(cuts(built.report)["127.0.0.0/8"], (1u << 24) - 1);
}

TEST(TargetSetBuilder, ExclusionsWinWhateverTheOrder) {
  TargetSetBuilder b;
  b.exclude_v4(quad(10, 0, 0, 128), quad(10, 0, 1, 255));
  b.add_pair({IpAddress::v4(quad(10, 0, 0, 200)), {Protocol::kTcp, 1}});
  b.add_pair({IpAddress::v4(quad(10, 9, 9, 9)), {Protocol::kTcp, 443}});
  b.add_pair({IpAddress::v4(quad(224, 0, 0, 9)), {Protocol::kTcp, 1}});
  b.add_pair({IpAddress::v4(quad(10, 0, 0, 1)), {Protocol::kTcp, 80}});
  b.add_v4(quad(10, 0, 0, 0), quad(10, 0, 0, 255));
  b.add_services(Protocol::kTcp, 80, 81);
  b.exclude_service({Protocol::kTcp, 81});
  b.exclude_service({Protocol::kTcp, 443});
  const BuiltTargets built = std::move(b).build().value();
  EXPECT_EQ(built.set.size(), 128u);
  EXPECT_EQ(built.report.excluded_addresses, 128u);
  EXPECT_EQ(built.report.excluded_pairs, 2u);
  EXPECT_EQ(built.report.never_sent_pairs, 1u);
  EXPECT_EQ(built.report.duplicate_pairs, 1u);
}

TEST(TargetSetBuilder, ServicesFollowTheFamily) {
  for (const Protocol neighbour : {Protocol::kArp, Protocol::kNdp}) {
    TargetSetBuilder b;
    b.add_v4(quad(10, 0, 0, 1), quad(10, 0, 0, 1));
    b.add_v6(group(0xfd00), group(0xfd00));
    b.add_service({neighbour, 0});
    b.add_service({Protocol::kIcmpTimestamp, 0});
    b.add_service({Protocol::kIcmpEcho, 0});
    const TargetSet set = std::move(b).build().value().set;
    const std::vector<ProtoPort> v4(set.services_v4().begin(), set.services_v4().end());
    const std::vector<ProtoPort> v6(set.services_v6().begin(), set.services_v6().end());
    EXPECT_EQ(v4,
              (std::vector<ProtoPort>{{Protocol::kIcmpEcho, 0}, {Protocol::kIcmpTimestamp, 0}, {Protocol::kArp, 0}}));
    EXPECT_EQ(v6, (std::vector<ProtoPort>{{Protocol::kIcmpEcho, 0}, {Protocol::kNdp, 0}}));
  }
}

TEST(TargetSetBuilder, AddressesWithoutAServiceAreNamed) {
  TargetSetBuilder b;
  b.add_v4(quad(1, 2, 3, 0), quad(1, 2, 3, 255));
  b.add_v6(group(0x2a00), group(0x2a00) + 7);
  b.add_service({Protocol::kIcmpTimestamp, 0});
  const BuiltTargets built = std::move(b).build().value();
  EXPECT_EQ(built.set.size(), 256u);
  EXPECT_EQ(built.report.unserved_v4, 0u);
  EXPECT_EQ(built.report.unserved_v6, 8u);
}

// Whatever the items: nothing that is never sent to, and no loopback but what was named.
RC_GTEST_PROP(TargetSetBuilder, NeverHoldsWhatIsNeverSentTo,
              (const std::vector<std::pair<uint32_t, uint32_t>>& items, bool include_reserved)) {
  Build b;
  for (const auto& [x, y] : items) b.v4(std::min(x, y) & ~0xffu, std::max(x, y) | 0xff);
  const TargetSet set = b.done({.include_reserved = include_reserved}).set;
  for (size_t k = 0; k < set.v4().range_count(); ++k) {
    const auto r = set.v4().range(k);
    RC_ASSERT(r.first != 0u);
    RC_ASSERT(r.last < quad(224, 0, 0, 0) || r.first >= quad(240, 0, 0, 0));
    RC_ASSERT(r.last != 0xffffffff);
  }
}

}  // namespace
}  // namespace portolan::addr::target_set_builder_test
