// SPDX-License-Identifier: Apache-2.0
#include "scan/egress.h"

#include <gtest/gtest.h>

#include <tuple>

#include "addr/target_set_builder.h"

namespace portolan::scan::egress_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using host::LinkKind;

IpAddress v4(uint32_t a) { return IpAddress::v4(a); }

// eth0 has 10.0.0.5/24 and a router at 10.0.0.1; 10.0.0.5 itself is reached by lo.
host::Vantage office() {
  host::Vantage v;
  v.interfaces = {{1, "lo", LinkKind::kLoopback, true, 65536, {}, {{v4(0x7f000001), 8}}},
                  {2, "eth0", LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 5}}, {{v4(0x0a000005), 24}}}};
  v.hops = {{v4(0x0a000000), v4(0x0a000004), 2, v4(0x0a000005), {}},
            {v4(0x0a000005), v4(0x0a000005), 1, v4(0x0a000005), {}},
            {v4(0x0a000006), v4(0x0a0000fe), 2, v4(0x0a000005), {}},
            {v4(0x0a000100), v4(0xdfffffff), 2, v4(0x0a000005), v4(0x0a000001)}};
  v.broadcasts = {v4(0x0a0000ff)};
  return v;
}

Plan plan_of(uint32_t first, uint32_t last, std::initializer_list<Protocol> protocols) {
  addr::TargetSetBuilder b;
  b.add_v4(first, last);
  for (const Protocol p : protocols) b.add_service({p, static_cast<uint16_t>(p == Protocol::kTcp ? 80 : 0)});
  Plan p;
  p.targets = std::move(std::move(b).build()->set);
  return p;
}

TEST(Egress, SendsEachDestinationByItsOwnWay) {
  const auto e = Egress::make(plan_of(0x0a000000, 0x0a0001ff, {Protocol::kTcp}), office());
  ASSERT_TRUE(e) << e.error();
  EXPECT_TRUE(e->find(v4(0x0a000007))->needs_neighbor());
  EXPECT_EQ(e->find(v4(0x0a000005))->kind, LinkKind::kLoopback);
  EXPECT_EQ(e->find(v4(0x0a000101))->router, v4(0x0a000001));
  EXPECT_EQ(e->find(v4(0x0a0000ff)), nullptr) << "the link's broadcast address";
  EXPECT_EQ(e->links().size(), 2u);
  for (const Path& p : e->paths()) EXPECT_EQ(&p, &e->paths()[p.number]);
}

// Our own address in the network that we look at refuses nothing: the sender skips its ARP and asks its ports.
TEST(Egress, OwnAddressInsideAnArpScanIsFine) {
  const auto e = Egress::make(plan_of(0x0a000000, 0x0a0000ff, {Protocol::kTcp, Protocol::kArp}), office());
  EXPECT_TRUE(e) << e.error();
}

TEST(Egress, ArpBehindTheRouterIsRefused) {
  const auto e = Egress::make(plan_of(0x0a000000, 0x0a0001ff, {Protocol::kArp}), office());
  ASSERT_FALSE(e);
  EXPECT_NE(e.error().find("10.0.0.1"), std::string::npos) << e.error();
}

TEST(Egress, LoopbackNeverLeavesByAWire) {
  auto plan = plan_of(0x7f000001, 0x7f000001, {Protocol::kTcp});
  plan.egress.interface = "eth0";
  plan.egress.router_mac_v4 = addr::MacAddress{{2, 9, 9, 9, 9, 9}};
  const auto e = Egress::make(plan, office());
  ASSERT_FALSE(e);
  EXPECT_NE(e.error().find("127.0.0.1"), std::string::npos) << e.error();
}

TEST(Egress, AnUnreachableDestinationIsNamed) {
  auto v = office();
  v.hops.pop_back();
  const auto e = Egress::make(plan_of(0x0a000000, 0x0a0001ff, {Protocol::kTcp}), v);
  ASSERT_FALSE(e);
  EXPECT_NE(e.error().find("10.0.1.0"), std::string::npos) << e.error();
}

TEST(Egress, ARouterGivenByHandResolvesNothing) {
  auto plan = plan_of(0x0a000100, 0x0a0001ff, {Protocol::kTcp});
  plan.egress.interface = "eth0";
  plan.egress.router_mac_v4 = addr::MacAddress{{2, 9, 9, 9, 9, 9}};
  const auto e = Egress::make(plan, office());
  ASSERT_TRUE(e) << e.error();
  const Path* p = e->find(v4(0x0a000101));
  EXPECT_EQ(p->next_hop, plan.egress.router_mac_v4);
  EXPECT_FALSE(p->router);
  EXPECT_EQ(p->source, v4(0x0a000005));
}

TEST(Egress, ARouterGivenByHandNeedsNoInterfaceWhereThereIsOnlyOne) {
  auto plan = plan_of(0x0a000100, 0x0a0001ff, {Protocol::kTcp});
  plan.egress.router_mac_v4 = addr::MacAddress{{2, 9, 9, 9, 9, 9}};
  auto v = office();
  EXPECT_TRUE(Egress::make(plan, v));
  v.interfaces.push_back({3, "eth1", LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 6}}, {{v4(0x0a010005), 24}}});
  const auto e = Egress::make(plan, v);
  ASSERT_FALSE(e);
  EXPECT_NE(e.error().find("-e"), std::string::npos);
}

TEST(Egress, AnAddressThatIsOursAloneIsNotTheKernels) {
  auto plan = plan_of(0x0a000007, 0x0a000007, {Protocol::kTcp});
  plan.egress.sources_v4 = Sources(v4(0x0a000063));
  const auto e = Egress::make(plan, office());
  ASSERT_TRUE(e) << e.error();
  EXPECT_FALSE(e->find(v4(0x0a000007))->owns_source);
  EXPECT_EQ(e->path_from(v4(0x0a000063), 0), e->find(v4(0x0a000007)));
}

Sources sources(uint32_t first, uint32_t last) {
  addr::RangeList<uint32_t> list;
  list.add(first, last);
  return Sources(std::move(list));
}

TEST(Egress, ARouterGivenByAddressIsResolvedInPlaceOfTheRoutes) {
  auto plan = plan_of(0x0a000007, 0x0a0001ff, {Protocol::kTcp});
  plan.egress.router_v4 = v4(0x0a000002);
  const auto e = Egress::make(plan, office());
  ASSERT_TRUE(e) << e.error();
  for (const uint32_t a : {0x0a000007u, 0x0a000101u}) {
    EXPECT_EQ(e->find(v4(a))->router, v4(0x0a000002));
    EXPECT_FALSE(e->find(v4(a))->next_hop);
  }
}

TEST(Egress, RangesOfSourcesHoldNobodyElse) {
  for (const auto& [first, last, who] :
       std::initializer_list<std::tuple<uint32_t, uint32_t, const char*>>{{0x0a000000, 0x0a000003, "the network"},
                                                                          {0x0a0000f0, 0x0a0000ff, "broadcast"},
                                                                          {0x0a000001, 0x0a000003, "the router"}}) {
    auto plan = plan_of(0x0a000100, 0x0a0001ff, {Protocol::kTcp});
    plan.egress.sources_v4 = sources(first, last);
    const auto e = Egress::make(plan, office());
    ASSERT_FALSE(e);
    EXPECT_NE(e.error().find(who), std::string::npos) << e.error();
    EXPECT_NE(e.error().find("--source-ip"), std::string::npos) << e.error();
  }
}

TEST(Egress, SourcesAreTheKernelsOneByOne) {
  auto plan = plan_of(0x0a000100, 0x0a0001ff, {Protocol::kTcp});
  plan.egress.sources_v4 = sources(0x0a000005, 0x0a000008);
  const auto e = Egress::make(plan, office());
  ASSERT_TRUE(e) << e.error();
  EXPECT_FALSE(e->is_plain());
  const Path* path = e->path_from(v4(0x0a000008), 0);
  ASSERT_NE(path, nullptr);
  EXPECT_TRUE(path->owns_source) << "one of them is";
  EXPECT_TRUE(e->is_kernels(*path, v4(0x0a000005)));
  EXPECT_FALSE(e->is_kernels(*path, v4(0x0a000006)));
  EXPECT_EQ(e->path_from(v4(0x0a000009), 0), nullptr);
}

TEST(Egress, WhoAsksATargetFollowsFromTheKey) {
  auto plan = plan_of(0x0a000100, 0x0a0001ff, {Protocol::kTcp});
  plan.egress.sources_v4 = sources(0x0a000010, 0x0a00004f);
  plan.key = {1, 2};
  const auto one = Egress::make(plan, office()), same = Egress::make(plan, office());
  plan.key = {1, 3};
  const auto other = Egress::make(plan, office());
  ASSERT_TRUE(one && same && other);
  size_t moved = 0;
  for (uint32_t a = 0x0a000100; a <= 0x0a0001ff; ++a) {
    const addr::Target t{v4(a), {Protocol::kTcp, 80}};
    EXPECT_EQ(one->origin(t).source, same->origin(t).source);
    moved += one->origin(t).source != other->origin(t).source ? 1 : 0;
  }
  EXPECT_GT(moved, 240u);
}

}  // namespace
}  // namespace portolan::scan::egress_test
