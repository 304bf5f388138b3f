// SPDX-License-Identifier: Apache-2.0
#include "wire/ndp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/test_frames.h"

namespace portolan::wire::ndp_test {
namespace {

using namespace test_frames;

constexpr size_t kHeaders = 14 + 40;
const std::vector<uint8_t> kAdvertised = behind(kNeighborAdvertisement, kHeaders);
const std::vector<uint8_t> kSolicitation = behind(kNeighborSolicitation, kHeaders);

TEST(Ndp, ReadsAnAdvertisement) {
  const auto view = NeighborView::check(kAdvertised, 255);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_advertisement());
  EXPECT_EQ(view->advertisement(),
            (NeighborAdvertisement{
                .target = kTheirs6, .target_mac = kTheirMac, .router = false, .solicited = true, .overrides = true}));
}

TEST(Ndp, ReadsASolicitation) {
  const auto view = NeighborView::check(kSolicitation, 255);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->is_solicitation());
  EXPECT_EQ(view->solicitation(), (NeighborSolicitation{.target = kOurs6, .source_mac = kTheirMac}));
}

TEST(Ndp, TheLinkAddressMayBeMissingOrOfTheOtherKind) {
  EXPECT_FALSE(NeighborView::check(first(kAdvertised, 24), 255)->link_address());
  const std::vector<uint8_t> other_kind = with(kAdvertised, 24, {1});
  EXPECT_FALSE(NeighborView::check(other_kind, 255)->link_address());
  std::vector<uint8_t> behind_another = with(kAdvertised, 24, {14});
  behind_another.insert(behind_another.end(), kAdvertised.begin() + 24, kAdvertised.end());
  EXPECT_EQ(NeighborView::check(behind_another, 255)->link_address(), kTheirMac);
}

TEST(Ndp, RefusesMalformed) {
  const Malformed table[] = {
      {"nothing", {}, Drop::kTruncatedIcmpv6},
      {"7 bytes", first(kAdvertised, 7), Drop::kTruncatedIcmpv6},
      {"echo reply", with(kAdvertised, 0, {129}), Drop::kNdpType},
      {"router advertisement", with(kAdvertised, 0, {134}), Drop::kNdpType},
      {"no whole target", first(kAdvertised, 23), Drop::kTruncatedNdp},
      {"code 1", with(kAdvertised, 1, {1}), Drop::kNdpCode},
      {"multicast target", with(kAdvertised, 8, {0xff, 0x02}), Drop::kNdpTarget},
      {"mapped target", with(kAdvertised, 8, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), Drop::kNdpTarget},
      {"option of length 0", with(kAdvertised, 25, {0}), Drop::kNdpOptionLength},
      {"option past the end", with(kAdvertised, 25, {2}), Drop::kNdpOptionLength},
      {"option of length 255", with(kAdvertised, 25, {255}), Drop::kNdpOptionLength},
      {"option of one byte", first(kAdvertised, 25), Drop::kNdpOptionLength},
      {"option of 7 bytes", first(kAdvertised, 31), Drop::kNdpOptionLength},
  };
  for (const Malformed& row : table) {
    const auto view = NeighborView::check(row.bytes, 255);
    ASSERT_FALSE(view) << row.what;
    EXPECT_EQ(view.error(), row.reason) << row.what;
  }
  EXPECT_EQ(NeighborView::check(kAdvertised, 254).error(), Drop::kNdpHopLimit);
}

TEST(Ndp, MulticastAddresses) {
  const auto target = addr::IpAddress::v6(base::make_u128(0xfe80'0000'0000'0000, 0x0123'4567'89ab'cdef));
  const auto group = solicited_node(target);
  EXPECT_EQ(group, addr::IpAddress::v6(base::make_u128(0xff02'0000'0000'0000, 0x0000'0001'ffab'cdef)));
  EXPECT_EQ(multicast_mac(group), (addr::MacAddress{{0x33, 0x33, 0xff, 0xab, 0xcd, 0xef}}));
}

TEST(Ndp, WritesGoldenBytes) {
  std::vector<uint8_t> bytes(kAdvertised.size());
  emit(NeighborAdvertisement{.target = kTheirs6, .target_mac = kTheirMac, .solicited = true, .overrides = true},
       {kTheirs6, kOurs6}, bytes);
  EXPECT_EQ(bytes, kAdvertised);
  emit(NeighborSolicitation{.target = kOurs6, .source_mac = kTheirMac}, {kTheirs6, solicited_node(kOurs6)}, bytes);
  EXPECT_EQ(bytes, kSolicitation);
}

RC_GTEST_PROP(Ndp, WhatIsWrittenReadsBack, (uint64_t low, std::array<uint8_t, 6> mac, bool has_mac, uint8_t flags)) {
  const auto target = addr::IpAddress::v6(base::make_u128(0xfe80'0000'0000'0000, low));
  const auto link = has_mac ? std::optional(addr::MacAddress{mac}) : std::nullopt;
  const NeighborAdvertisement advertisement{target, link, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0};
  const NeighborSolicitation solicitation{target, link};
  const Endpoints ends{kTheirs6, kOurs6};

  std::vector<uint8_t> bytes(size_of(advertisement));
  emit(advertisement, ends, bytes);
  RC_ASSERT(Icmpv6View::check(bytes)->checksum_ok(ends));
  RC_ASSERT(NeighborView::check(bytes, 255)->advertisement() == advertisement);

  bytes.assign(size_of(solicitation), 0xee);
  emit(solicitation, ends, bytes);
  RC_ASSERT(Icmpv6View::check(bytes)->checksum_ok(ends));
  RC_ASSERT(NeighborView::check(bytes, 255)->solicitation() == solicitation);
}

}  // namespace
}  // namespace portolan::wire::ndp_test
