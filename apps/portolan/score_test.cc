// SPDX-License-Identifier: Apache-2.0
#include "portolan/score.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "portolan/truth_command.h"

namespace portolan::cli::score_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::State;

ReadResult at(uint32_t address, uint16_t port, State state = State::kOpen) {
  return {{IpAddress::v4(address), {Protocol::kTcp, port}}, state};
}

TEST(Score, CountsFoundMissedInventedAndRepeated) {
  std::vector<ReadResult> truth = {at(1, 80), at(2, 80), at(3, 80), at(1, 22)};
  std::vector<ReadResult> results = {at(2, 80), at(1, 80), at(9, 80), at(1, 80), at(9, 80), at(1, 22, State::kClosed)};
  const Score s = score(results, truth, {.missed = 1, .invented = 9});
  EXPECT_EQ(s.total.truth, 4u);
  EXPECT_EQ(s.total.found, 2u);
  EXPECT_EQ(s.total.missed(), 2u);
  EXPECT_EQ(s.total.invented, 2u) << "one address that is not there, and one state that is not so";
  EXPECT_EQ(s.total.duplicates, 2u);
  EXPECT_DOUBLE_EQ(s.total.recall(), 0.5);
  EXPECT_DOUBLE_EQ(s.total.precision(), 0.5);
  EXPECT_EQ(s.by_port.at({Protocol::kTcp, 22}).found, 0u);
  EXPECT_EQ(s.by_protocol.at(Protocol::kTcp).truth, 4u);
  EXPECT_THAT(s.missed, ::testing::ElementsAre(at(1, 22)));
  EXPECT_THAT(s.invented, ::testing::ElementsAre(at(1, 22, State::kClosed), at(9, 80)));
}

TEST(Score, OfNothingIsPerfect) {
  std::vector<ReadResult> none, nothing;
  const Score s = score(none, nothing, {});
  EXPECT_EQ(s.total.recall(), 1);
  EXPECT_EQ(s.total.precision(), 1);
}

RC_GTEST_PROP(Score, IsThatOfTheSets, (const std::vector<uint8_t>& found, const std::vector<uint8_t>& real)) {
  std::vector<ReadResult> results, truth;
  for (const uint8_t f : found) results.push_back(at(f & 15, f >> 6));
  for (const uint8_t r : real) truth.push_back(at(r & 15, r >> 6));
  const std::set<ReadResult> told(results.begin(), results.end()), is(truth.begin(), truth.end());
  uint64_t both = 0;
  for (const ReadResult& r : told) both += is.count(r);
  const size_t lines = results.size();
  const Score s = score(results, truth, {.missed = 1000, .invented = 1000});
  RC_ASSERT(s.total.truth == is.size() && s.total.found == both);
  RC_ASSERT(s.total.invented == told.size() - both && s.total.duplicates == lines - told.size());
  RC_ASSERT(s.missed.size() == is.size() - both && s.invented.size() == told.size() - both);
}

TEST(Truth, IsWhatEachKindOfHostAnswers) {
  population::Population::Parts parts;
  using population::NamedHost;
  const auto host = [&](uint32_t i, population::HostKind kind) {
    NamedHost named;
    named.kind = kind;
    named.rest = population::kPortRejected;
    named.tcp = std::vector<uint16_t>{80};
    named.udp = std::vector<uint16_t>{53};
    parts.named.emplace(IpAddress::v4(i), named);
  };
  for (int kind = population::kNobody; kind <= population::kUnreachable; ++kind) {
    host(static_cast<uint32_t>(kind), static_cast<population::HostKind>(kind));
  }
  const population::Population p(std::move(parts));
  const auto told = [&](uint32_t i, Protocol protocol, uint16_t port) -> std::string {
    const auto truth = truth_of(p, p.host(IpAddress::v4(i)), {IpAddress::v4(i), {protocol, port}});
    return truth ? fmt::format("{} {}", result::name(truth->state), truth->service) : "";
  };
  const struct {
    population::HostKind kind;
    const char *tcp_80, *tcp_81, *udp_53, *echo, *arp;
  } cases[] = {
      {population::kNobody, "", "", "", "", ""},
      {population::kOrdinary, "open http", "filtered ", "open dns", "open ", "up "},
      {population::kTarpit, "open ", "open ", "", "open ", "up "},
      {population::kSynProxy, "open http", "open ", "open dns", "open ", "up "},
      {population::kAckOnly, "", "", "open dns", "open ", "up "},
      {population::kUnreachable, "filtered ", "filtered ", "filtered ", "", "up "},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(told(c.kind, Protocol::kTcp, 80), c.tcp_80) << c.kind;
    EXPECT_EQ(told(c.kind, Protocol::kTcp, 81), c.tcp_81) << c.kind;
    EXPECT_EQ(told(c.kind, Protocol::kUdp, 53), c.udp_53) << c.kind;
    EXPECT_EQ(told(c.kind, Protocol::kIcmpEcho, 0), c.echo) << c.kind;
    EXPECT_EQ(told(c.kind, Protocol::kArp, 0), c.arp) << c.kind;
  }
}

}  // namespace
}  // namespace portolan::cli::score_test
