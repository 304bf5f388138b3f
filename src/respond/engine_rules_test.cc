// SPDX-License-Identifier: Apache-2.0
// The user's rules inside the engine: what they decide, and that it does not depend on how the bytes were cut.
#include <gtest/gtest.h>

#include "respond/rules_reader.h"
#include "respond/testing/street.h"

namespace portolan::respond::engine_rules_test {
namespace {

using testing::bytes_of;
using testing::Side;
using testing::Street;
using wire::tcp_flag::kAck;
using wire::tcp_flag::kFin;
using wire::tcp_flag::kRst;

constexpr std::string_view kText = R"(
[[rule]]
ports = [7777]
pattern = 'HELLO (\w+)\r?\n'
answer = 'HI {1} from {client}\r\n'
[[rule]]
transport = "tcp"
ports = [2121]
greeting = '220 hello\r\n'
[[rule]]
transport = "tcp"
ports = [23]
silence = true
[[rule]]
transport = "tcp"
ports = [99]
reset = true
[[rule]]
transport = "tcp"
ports = [25]
serve = "http"
[[rule]]
transport = "tcp"
ports = [22]
forward = "127.0.0.1:22"
)";

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::shared_ptr<const Rules> rules() {
  auto read = read_rules(kText, "test");
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error()[0].to_string());
  return *read;
}

Side side(uint16_t port) {
  Side s;
  s.server_port = port;
  return s;
}

TEST(EngineRules, AnswerTheSameInAnyCut) {
  for (size_t cut = 1; cut < 12; ++cut) {
    Street street;
    street.engine->use_rules(rules());
    EXPECT_EQ(street.converse(side(7777), "HELLO bob\r\nHELLO eve\n", cut),
              "HI bob from 198.51.100.7\r\nHI eve from 198.51.100.7\r\n");
  }
}

TEST(EngineRules, AnswerDatagramsOnceAMinute) {
  Street street;
  street.engine->use_rules(rules());
  EXPECT_TRUE(street.udp(side(7777), bytes_of("HELLO x\n")).empty());
  EXPECT_EQ(street.count(Count::kAmplification), 1u);  // longer than what came
  Side web;
  street.converse(web, kGet);  // now it has proved itself
  EXPECT_EQ(street.udp(side(7777), bytes_of("HELLO x\n")).size(), 1u);
  EXPECT_TRUE(street.udp(side(7777), bytes_of("HELLO x\n")).empty());
  EXPECT_EQ(street.count(Count::kLoop), 1u);
}

TEST(EngineRules, LeaveOtherBytesToTheBuiltInProtocols) {
  Street street;
  street.engine->use_rules(rules());
  EXPECT_TRUE(street.converse(side(7777), kGet, 3).starts_with("HTTP/1.1 401"));
}

TEST(EngineRules, GreetOnceAndNeverOnTheWayOut) {
  Street street;
  street.engine->use_rules(rules());
  EXPECT_EQ(street.converse(side(2121), ""), "220 hello\r\n");
  const uint32_t isn = *street.connect(side(2122));
  street.tcp(side(2122), kAck, 1001, isn + 1);
  for (const auto& r : street.tcp(side(2122), kFin | kAck, 1001, isn + 1)) {
    EXPECT_TRUE(r.view().tcp().payload().empty());
  }
  EXPECT_EQ(street.count(Count::kGreetings), 1u);
}

TEST(EngineRules, AreSilentResetAndBind) {
  Street street;
  street.engine->use_rules(rules());
  EXPECT_EQ(street.converse(side(23), kGet), "");
  EXPECT_TRUE(street.turn(10 * base::kSecond).empty());
  EXPECT_TRUE(street.converse(side(25), kGet).starts_with("HTTP/1.1 401"));
  for (const uint16_t port : {uint16_t{99}, uint16_t{22}}) {  // nobody to forward to: refused
    const uint32_t isn = *street.connect(side(port));
    const auto r = street.tcp(side(port), kAck, 1001, isn + 1);
    ASSERT_EQ(r.size(), 1u) << port;
    EXPECT_TRUE(r[0].view().tcp().has(kRst));
  }
  EXPECT_EQ(street.count(Count::kForwardsLost), 1u);
  EXPECT_TRUE(street.books_balance());
}

}  // namespace
}  // namespace portolan::respond::engine_rules_test
