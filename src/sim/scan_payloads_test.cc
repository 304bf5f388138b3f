// SPDX-License-Identifier: Apache-2.0
// Scans whose UDP payloads are the user's: what is asked where, and what an answer then proves.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "sim/answers.h"
#include "sim/testing.h"
#include "wire/wire.h"

namespace portolan::sim::scan_payloads_test {
namespace {

using namespace testing;
using addr::Protocol;
using scan::Count;
using scan::Lane;

constexpr uint32_t kHosts = 16;

std::vector<uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

class OwnPayloadScan : public ::testing::TestWithParam<bool> {
 protected:
  scan::Plan plan(std::initializer_list<addr::ProtoPort> services) const {
    const Range range = GetParam() ? Range{v4(0xc6120000), v4(0xc6120000 + kHosts - 1)}
                                   : Range{v6(0x2a00000100000000, 0), v6(0x2a00000100000000, kHosts - 1)};
    auto p = plan_of({range}, services);
    auto own = std::make_shared<scan::OwnPayloads>();
    EXPECT_TRUE(own->set(53, 53, bytes("mine")));
    EXPECT_TRUE(own->set(9000, 9001, bytes("others")));
    p.shape.own_payloads = own;
    return p;
  }
};

// Hosts answer each datagram with what they were sent, or `answer`.
NetworkOptions echoing(std::map<uint16_t, std::vector<std::string>>& asked, std::string answer) {
  NetworkOptions o;
  o.behaviour = [](const addr::Target& t) {
    return Answer{t.service.protocol == Protocol::kUdp ? Answer::Kind::kSilence : Answer::Kind::kPositive};
  };
  o.forge = [&asked, answer](const wire::FrameView& probe, const addr::Target& t, const auto& send) {
    if (t.service.protocol != Protocol::kUdp) return;
    const auto payload = probe.udp().payload();
    asked[t.service.port].emplace_back(payload.begin(), payload.end());
    const auto back = udp_reply(probe, bytes(answer));
    send(ip_reply(probe, t.address, Network::mac_of(t.address), wire::ip_protocol::kUdp, back));
  };
  return o;
}

TEST_P(OwnPayloadScan, AsksByThemAndProvesByEndpoints) {
  const auto p = plan({{Protocol::kUdp, 53}, {Protocol::kUdp, 9000}, {Protocol::kUdp, 9001}, {Protocol::kUdp, 9002}});
  std::map<uint16_t, std::vector<std::string>> asked;
  World w(p, simple_vantage(), echoing(asked, "yes"));
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(asked[53], std::vector<std::string>(kHosts, "mine"));
  EXPECT_EQ(asked[9000], std::vector<std::string>(kHosts, "others"));
  EXPECT_EQ(asked[9001], std::vector<std::string>(kHosts, "others"));
  EXPECT_EQ(asked[9002], std::vector<std::string>(kHosts, ""));
  EXPECT_EQ(w.observations().size(), 4 * kHosts);
  for (const auto& o : w.observations()) EXPECT_EQ(o.proof, result::Proof::kEndpoints);
  expect_books_to_balance(w);
}

TEST_P(OwnPayloadScan, LeavesTheOtherPortsTheirTokens) {
  const auto p = plan({{Protocol::kUdp, 53}, {Protocol::kUdp, 123}});
  std::map<uint16_t, std::vector<std::string>> asked;
  World w(p, simple_vantage(), echoing(asked, "no token in it"));
  EXPECT_EQ(w.run(), Lane::End::kComplete);
  EXPECT_EQ(asked[123].size(), kHosts);
  EXPECT_EQ(w.count(Count::kBadCookie), kHosts);
  EXPECT_EQ(w.observations().size(), kHosts);
  for (const auto& o : w.observations()) EXPECT_EQ(o.target.service.port, 53);
  expect_books_to_balance(w);
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, OwnPayloadScan, ::testing::Bool(),
                         [](const auto& i) { return i.param ? "v4" : "v6"; });

}  // namespace
}  // namespace portolan::sim::scan_payloads_test
