// SPDX-License-Identifier: Apache-2.0
#include "host/vantage.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "host/stretches.h"

namespace portolan::host::vantage_test {
namespace {

using addr::IpAddress;

TEST(Vantage, FindsInterfacesByIndexAndName) {
  Vantage v;
  v.interfaces.resize(2);
  v.interfaces[0].index = 4;
  v.interfaces[0].name = "eth0";
  v.interfaces[1].index = 9;
  v.interfaces[1].name = "tun0";
  EXPECT_EQ(v.interface(9)->name, "tun0");
  EXPECT_EQ(v.interface("eth0")->index, 4);
  EXPECT_EQ(v.interface(5), nullptr);
  EXPECT_EQ(v.interface("eth"), nullptr);
}

// Disjoint stretches of a small world, and what a plain walk over them says.
RC_GTEST_PROP(Vantage, FindsTheHopThatHoldsAnAddress, (const std::vector<std::pair<uint8_t, uint8_t>>& parts)) {
  Vantage v;
  uint32_t at = 0;
  for (const auto& [gap, size] : parts) {
    const uint32_t first = at + gap % 4;
    const uint32_t last = first + size % 4;
    at = last + 1;
    v.hops.push_back({.first = IpAddress::v4(first),
                      .last = IpAddress::v4(last),
                      .interface_index = static_cast<int>(v.hops.size()),
                      .source = {},
                      .gateway = {}});
  }
  for (uint32_t a = 0; a <= at; ++a) {
    const Hop* expected = nullptr;
    for (const Hop& h : v.hops) {
      if (h.first <= IpAddress::v4(a) && IpAddress::v4(a) <= h.last) expected = &h;
    }
    RC_ASSERT(v.hop(IpAddress::v4(a)) == expected);
  }
  RC_ASSERT(v.hop(IpAddress()) == nullptr);
}

TEST(Stretches, PrefixesCoverWhatTheyShould) {
  const Stretch v4 = stretch_of_prefix(IpAddress::v4(0x0a010203), 8);
  EXPECT_EQ(v4, (Stretch{IpAddress::v4(0x0a000000), IpAddress::v4(0x0affffff)}));
  const Stretch all = stretch_of_prefix(IpAddress::v4(1), 0);
  EXPECT_EQ(all, (Stretch{IpAddress::v4(0), IpAddress::v4(0xffffffff)}));
  const Stretch all_v6 = stretch_of_prefix(IpAddress::v6(1), 0);
  EXPECT_EQ(all_v6, (Stretch{IpAddress::v6(0), IpAddress::v6(base::kU128Max)}));
  const Stretch one = stretch_of_prefix(IpAddress::v6(77), 128);
  EXPECT_EQ(one, (Stretch{IpAddress::v6(77), IpAddress::v6(77)}));
}

std::vector<Stretch> some_prefixes() {
  return *rc::gen::container<std::vector<Stretch>>(rc::gen::map(
      rc::gen::pair(rc::gen::inRange<uint32_t>(0, 256), rc::gen::inRange<uint8_t>(24, 33)),
      [](std::pair<uint32_t, uint8_t> p) { return stretch_of_prefix(IpAddress::v4(0x0a000000 + p.first), p.second); }));
}

// Each destination is in exactly one piece, and no prefix holds a part of a piece only.
RC_GTEST_PROP(Stretches, PiecesCoverDestinationsAndAreWholeToEveryPrefix, ()) {
  const std::vector<Stretch> prefixes = some_prefixes();
  const auto first = *rc::gen::inRange<uint32_t>(0, 300);
  const auto last = *rc::gen::inRange<uint32_t>(first, 301);
  const Stretch destinations[] = {{IpAddress::v4(0x0a000000 + first), IpAddress::v4(0x0a000000 + last)}};
  const std::vector<Stretch> pieces = cut(next_in(destinations), prefixes);
  RC_ASSERT(pieces.size() <= 2 * prefixes.size() + 2);
  RC_ASSERT(pieces.front().first == destinations[0].first);
  RC_ASSERT(pieces.back().last >= destinations[0].last);
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) RC_ASSERT(successor(pieces[i - 1].last) == pieces[i].first);
    for (const Stretch& p : prefixes) {
      const bool holds_first = p.first <= pieces[i].first && pieces[i].first <= p.last;
      const bool holds_last = p.first <= pieces[i].last && pieces[i].last <= p.last;
      RC_ASSERT(holds_first == holds_last);
    }
  }
}

TEST(Stretches, ManyDestinationsCostNoMorePiecesThanPrefixes) {
  std::vector<Stretch> destinations;
  for (uint32_t i = 0; i < 100'000; ++i) destinations.push_back({IpAddress::v4(i * 40'000), IpAddress::v4(i * 40'000)});
  const Stretch prefixes[] = {stretch_of_prefix(IpAddress::v4(0x0a000000), 8)};
  EXPECT_EQ(cut(next_in(destinations), prefixes).size(), 3u);
}

TEST(Stretches, FamiliesAreNeverInOnePiece) {
  const Stretch destinations[] = {{IpAddress::v6(0), IpAddress::v6(7)},
                                  {IpAddress::v4(0), IpAddress::v4(0xffffffff)},
                                  {IpAddress::v6(base::kU128Max), IpAddress::v6(base::kU128Max)}};
  const std::vector<Stretch> pieces = cut(next_in(destinations), {});
  ASSERT_EQ(pieces.size(), 3u);
  for (const Stretch& p : pieces) EXPECT_EQ(p.first.family(), p.last.family());
  EXPECT_TRUE(pieces[1].first.is_v4());
  EXPECT_EQ(pieces[2].last, IpAddress::v6(base::kU128Max));
}

TEST(Stretches, EqualNeighboursBecomeOneHop) {
  std::vector<Hop> hops;
  const auto add = [&](uint32_t first, uint32_t last, int interface) {
    append_merged(hops, {IpAddress::v4(first), IpAddress::v4(last), interface, {}, {}});
  };
  add(1, 4, 7);
  add(5, 9, 7);    // joins
  add(11, 12, 7);  // a gap
  add(13, 14, 8);  // another way
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_EQ(hops[0].last, IpAddress::v4(9));
}

}  // namespace
}  // namespace portolan::host::vantage_test
