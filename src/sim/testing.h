// SPDX-License-Identifier: Apache-2.0
// Small words for tests of scans: plans in a line, targets by name, the books of a finished scan.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "addr/target_set_builder.h"
#include "scan/plan.h"
#include "sim/world.h"

namespace portolan::sim::testing {

inline addr::IpAddress v4(uint32_t a) { return addr::IpAddress::v4(a); }
inline addr::IpAddress v6(uint64_t hi, uint64_t lo) { return addr::IpAddress::v6(base::make_u128(hi, lo)); }

inline addr::Target tcp(addr::IpAddress a, uint16_t port) { return {a, {addr::Protocol::kTcp, port}}; }

struct Range {
  addr::IpAddress first, last;
};

// A plan over addresses x services, with everything else as tests like it: fast, no waiting, 64 source ports.
inline scan::Plan plan_of(std::initializer_list<Range> ranges, std::initializer_list<addr::ProtoPort> services,
                          std::initializer_list<addr::Target> pairs = {}) {
  addr::TargetSetBuilder b;
  for (const Range& r : ranges) b.add(r.first, r.last);
  for (const addr::ProtoPort& s : services) b.add_service(s);
  for (const addr::Target& t : pairs) b.add_pair(t);
  auto built = std::move(b).build();
  EXPECT_TRUE(built.has_value());
  scan::Plan p;
  p.targets = std::move(built->set);
  p.seed = 42;
  p.key = {1, 2};
  p.rate = pace::Rate::per_second(1'000'000);
  p.wait = 2 * base::kSecond;
  p.source_ports = {61000, 61063};
  return p;
}

// The three books of scan/counters.h.
inline void expect_books_to_balance(World& w) {
  using scan::Count;
  const auto& c = w.lane().counters().scan;
  EXPECT_EQ(c[Count::kPositions], c[Count::kProbes] + c[Count::kRetries] + c[Count::kSkippedLocal] +
                                      c[Count::kSkippedAnswered] + c[Count::kSkippedExcluded] + c[Count::kUnresolved]);
  const auto stats = w.lane().port_stats();
  EXPECT_EQ(stats.sent + stats.send_refused,
            c[Count::kProbes] + c[Count::kRetries] + c[Count::kResolution] + c[Count::kResets] + c[Count::kDuties]);
  uint64_t judged = 0;
  for (size_t i = static_cast<size_t>(Count::kMalformed); i < static_cast<size_t>(Count::kCount); ++i) {
    judged += c[static_cast<Count>(i)];
  }
  EXPECT_EQ(c[Count::kReceived], judged);
  EXPECT_EQ(c[Count::kReceived], stats.received);
  EXPECT_EQ(w.observations().size(), c[Count::kOpen] + c[Count::kClosed] + c[Count::kFiltered] + c[Count::kUp]);
  EXPECT_EQ(w.network().malformed_seen(), 0u);
}

}  // namespace portolan::sim::testing
