// SPDX-License-Identifier: Apache-2.0
#include "scan/source_ports.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "scan/lane_share.h"

namespace portolan::scan::source_ports_test {
namespace {

using Range = SourcePorts::Range;

struct Drawn {
  SourcePorts ports;
  std::set<uint16_t> all;
};

Drawn draw() {
  std::vector<Range> ranges;
  std::set<uint16_t> all;
  const auto count = *rc::gen::inRange(1, 12);
  for (int i = 0; i < count; ++i) {
    const auto first = *rc::gen::inRange<uint16_t>(1, 3000);
    const auto last = static_cast<uint16_t>(first + *rc::gen::inRange(0, 60));
    ranges.push_back({first, last});
    for (uint32_t p = first; p <= last; ++p) all.insert(static_cast<uint16_t>(p));
  }
  return {SourcePorts::of(ranges), all};
}

RC_GTEST_PROP(SourcePorts, AreNumberedInOrderWhateverTheList, ()) {
  const auto [ports, all] = draw();
  RC_ASSERT(ports.size() == all.size());
  RC_ASSERT(ports.first() == *all.begin());
  RC_ASSERT(ports.last() == *all.rbegin());
  uint32_t offset = 0;
  for (const uint16_t port : all) {
    RC_ASSERT(ports.at(offset) == port);
    RC_ASSERT(ports.offset_of(port) == offset);
    ++offset;
  }
  for (uint32_t port = 0; port < 3100; ++port) {
    RC_ASSERT(ports.contains(static_cast<uint16_t>(port)) == all.contains(static_cast<uint16_t>(port)));
  }
  RC_ASSERT(SourcePorts::of(ports.ranges()) == ports);
}

// The first and last port of each lane's slice bound it, which is how the kernel deals a list (pktio/fanout.h).
RC_GTEST_PROP(SourcePorts, AreDealtToLanesEvenlyAndInOrder, ()) {
  const auto [ports, all] = draw();
  const auto lanes = *rc::gen::inRange<uint32_t>(1, std::min(ports.size(), kMostLanes) + 1);
  const PortSlices slices(ports, lanes);
  uint32_t offset = 0;
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    const SourcePorts& slice = slices.slice(lane);
    RC_ASSERT(slice.size() >= ports.size() / lanes);
    RC_ASSERT(slice.size() <= ports.size() / lanes + 1);
    for (uint32_t i = 0; i < slice.size(); ++i, ++offset) {
      RC_ASSERT(slice.at(i) == ports.at(offset));
      RC_ASSERT(slices.slice_at(*slices.offset_of(slice.at(i))) == lane);
    }
  }
  RC_ASSERT(offset == ports.size());
}

RC_GTEST_PROP(SourcePorts, AreReadBackFromWhatTheySay, ()) {
  const auto ports = draw().ports;
  const auto again = SourcePorts::parse(ports.to_string());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == ports);
}

TEST(SourcePorts, AreNotReadFromAnythingElse) {
  for (const char* text :
       {"", "0", "65536", "80,", ",80", "80--81", "81-80", "80,80", "80-90,85", "80 ", "x", "-", "80-"}) {
    const auto parsed = SourcePorts::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error().what.empty() || parsed.error().cure.empty()) << text;
  }
}

TEST(SourcePorts, SayWhatTheyAre) {
  EXPECT_EQ(SourcePorts::of({{50000, 50000}, {40000, 40255}}).to_string(), "40000-40255,50000");
  EXPECT_EQ(SourcePorts::of({{10, 11}, {12, 20}}), SourcePorts(10, 20));
  EXPECT_TRUE(SourcePorts(1, 65535).is_range());
}

}  // namespace
}  // namespace portolan::scan::source_ports_test
