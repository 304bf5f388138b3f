// SPDX-License-Identifier: Apache-2.0
#include "respond/rules.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>

#include "respond/rules_reader.h"

namespace portolan::respond::rules_test {
namespace {

using proto::Match;

base::Bytes bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
std::string text(base::Bytes b) { return {b.begin(), b.end()}; }

std::shared_ptr<const Rules> rules_of(std::string_view toml) {
  auto read = read_rules(toml, "t.toml");
  if (read) return *read;
  ADD_FAILURE() << read.error().front().to_string();
  return std::make_shared<const Rules>();
}

proto::Ends tcp(uint16_t port = 80) {
  return {addr::IpAddress::v4(0x0a000001), addr::IpAddress::v4(0xc0000207), 40001, port, proto::Transport::kTcp};
}
proto::Ends udp(uint16_t port = 80) {
  proto::Ends e = tcp(port);
  e.transport = proto::Transport::kUdp;
  return e;
}

struct Asked {
  Match match;
  std::string rule;
  size_t consumed = 0;

  bool operator==(const Asked&) const = default;
};
Asked ask(const Rules& rules, const proto::Ends& ends, std::string_view said, bool whole = false) {
  PatternScratch scratch;
  const auto v = rules.match(ends, bytes(said), whole, scratch);
  EXPECT_EQ(v.rule != nullptr, v.match == Match::kYes);
  return {v.match, v.rule == nullptr ? "" : v.rule->name, v.match == Match::kYes ? v.consumed : 0};
}
const Asked kNo{Match::kNo, ""};
const Asked kMore{Match::kMore, ""};

std::string say(const Rules& rules, const proto::Ends& ends, std::string_view said) {
  PatternScratch scratch;
  const auto v = rules.match(ends, bytes(said), true, scratch);
  if (v.rule == nullptr) return "nothing";
  std::array<uint8_t, 20'000> room;
  proto::FactList facts;
  proto::Answer out(room, facts);
  Rules::speak(*v.rule, {ends, "web7", 784'111'777 * base::kSecond, v.groups}, out);
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(out.closes(), v.rule->closes);
  return text(out.written());
}

TEST(Rules, NoneMatchNothing) {
  const auto rules = rules_of("");
  EXPECT_EQ(rules->size(), 0u);
  EXPECT_EQ(ask(*rules, tcp(), "GET / HTTP/1.1"), kNo);
  EXPECT_EQ(rules->greeter(tcp()), nullptr);
}

TEST(Rules, ConditionsOnTheMeeting) {
  struct Case {
    const char* condition;
    proto::Ends holds;
    std::vector<proto::Ends> does_not;
  };
  proto::Ends v6 = tcp();
  v6.client = addr::IpAddress::v6(base::make_u128(0x20010db800000000, 1));
  proto::Ends elsewhere = tcp();
  elsewhere.client = elsewhere.server = addr::IpAddress::v4(0x08080808);
  const std::vector<Case> cases = {
      {"transport = 'tcp'", tcp(), {udp()}},
      {"transport = 'udp'", udp(), {tcp()}},
      {"ports = 80", tcp(80), {tcp(79), tcp(81), tcp(0)}},
      {"ports = [9, '70-80', 75, '77-90']", tcp(90), {tcp(8), tcp(10), tcp(69), tcp(91), tcp(65535)}},
      {"ports = '80,443'", tcp(443), {tcp(81)}},
      {"client = '10.0.0.0/8'", tcp(), {v6, elsewhere}},
      {"client = ['10.9.0.0/16', '2001:db8::/32']", v6, {tcp(), elsewhere}},
      {"server = '192.0.2.7'", tcp(), {elsewhere}},
      {"server = '192.0.2.0-192.0.2.9'", tcp(), {elsewhere}},
  };
  for (const auto& c : cases) {
    const auto rules = rules_of(std::string("[[rule]]\nanswer = 'x'\n") + c.condition);
    EXPECT_EQ(ask(*rules, c.holds, "?"), (Asked{Match::kYes, "rule 1", 1})) << c.condition;
    for (const auto& e : c.does_not) EXPECT_EQ(ask(*rules, e, "?"), kNo) << c.condition << " " << e.server_port;
  }
}

TEST(Rules, FirstBytesOneByOne) {
  const auto rules = rules_of("[[rule]]\nstarts_with_hex = '16 03'\nsilence = true");
  EXPECT_EQ(ask(*rules, tcp(), ""), kMore);
  EXPECT_EQ(ask(*rules, tcp(), "\x16"), kMore);
  EXPECT_EQ(ask(*rules, tcp(), "\x16", true), kNo);
  EXPECT_EQ(ask(*rules, tcp(), "\x17"), kNo);
  EXPECT_EQ(ask(*rules, tcp(), "\x16\x03"), (Asked{Match::kYes, "rule 1", 2}));
  EXPECT_EQ(ask(*rules, tcp(), "\x16\x03\x01"), (Asked{Match::kYes, "rule 1", 3}));
  EXPECT_EQ(ask(*rules, tcp(), "\x16\x04"), kNo);
}

TEST(Rules, PatternOneByOne) {
  const auto rules = rules_of("[[rule]]\npattern = 'USER (\\w+)\\r\\n'\nanswer = '331 {1}'");
  const std::string line = "USER bob\r\n";
  for (size_t n = 0; n < line.size(); ++n) {
    EXPECT_EQ(ask(*rules, tcp(), line.substr(0, n)), kMore) << n;
    EXPECT_EQ(ask(*rules, tcp(), line.substr(0, n), true), kNo) << n;
  }
  EXPECT_EQ(ask(*rules, tcp(), line + "PASS"), (Asked{Match::kYes, "rule 1", line.size()}));
  EXPECT_EQ(ask(*rules, tcp(), "xUSER bob\r\n"), kNo) << "anchored";
  EXPECT_EQ(say(*rules, tcp(), line), "331 bob");
}

TEST(Rules, PatternThatMayGoOnWaitsForSilence) {
  const auto rules = rules_of("[[rule]]\npattern = 'HELO (\\S+)'\nanswer = '250 {1}'");
  EXPECT_EQ(ask(*rules, tcp(), "HELO a"), kMore);
  EXPECT_EQ(ask(*rules, tcp(), "HELO a", true), (Asked{Match::kYes, "rule 1", 6}));
  EXPECT_EQ(ask(*rules, tcp(), "HELO abc\r"), (Asked{Match::kYes, "rule 1", 8}));
}

TEST(Rules, PatternSeesItsShareOfBytesOnly) {
  const auto rules = rules_of("[[rule]]\npattern = '(?s).*end'\nsilence = true");
  EXPECT_EQ(ask(*rules, tcp(), std::string(Rules::kMostBytes - 1, 'x')), kMore);
  EXPECT_EQ(ask(*rules, tcp(), std::string(Rules::kMostBytes, 'x')), kNo);
  EXPECT_EQ(ask(*rules, tcp(), std::string(Rules::kMostBytes, 'x') + "end"), kNo);
}

TEST(Rules, EmptyMatchIsNone) {
  const auto rules = rules_of("[[rule]]\npattern = 'a*'\nanswer = 'x'");
  EXPECT_EQ(ask(*rules, tcp(), "b"), kNo);
  EXPECT_EQ(ask(*rules, tcp(), "aab"), (Asked{Match::kYes, "rule 1", 2}));
}

TEST(Rules, CostlyPatternIsGivenUpAndCounted) {
  const auto rules = rules_of("[[rule]]\npattern = '(?:a+)+[bd]'\nanswer = 'x'");
  PatternScratch scratch;
  EXPECT_EQ(rules->match(tcp(), bytes(std::string(300, 'a') + "c"), true, scratch).match, Match::kNo);
  EXPECT_EQ(scratch.exhausted(), 1u);
}

TEST(Rules, FirstInTheFileWins) {
  const auto rules = rules_of(R"(
    [[rule]]
    name = "long"
    starts_with = "GET /admin"
    silence = true
    [[rule]]
    name = "short"
    starts_with = "GET /"
    serve = "http"
    [[rule]]
    name = "rest"
    transport = "tcp"
    reset = true
  )");
  EXPECT_EQ(ask(*rules, tcp(), ""), kMore);
  EXPECT_EQ(ask(*rules, tcp(), "GET /"), kMore) << "it may still be the first";
  EXPECT_EQ(ask(*rules, tcp(), "GET /", true).rule, "short");
  EXPECT_EQ(ask(*rules, tcp(), "GET /b").rule, "short");
  EXPECT_EQ(ask(*rules, tcp(), "GET /admin").rule, "long");
  EXPECT_EQ(ask(*rules, tcp(), "PUT").rule, "rest");
  EXPECT_EQ(ask(*rules, udp(), "PUT"), kNo);
}

TEST(Rules, DeedsWithoutBytesDecideAtOnceAndAnswersDoNot) {
  for (const char* deed : {"silence = true", "reset = true", "serve = 'http'", "forward = '10.0.0.5:22'"}) {
    EXPECT_EQ(ask(*rules_of(std::string("[[rule]]\n") + deed), tcp(), ""), (Asked{Match::kYes, "rule 1", 0})) << deed;
  }
  const auto answers = rules_of("[[rule]]\nanswer = 'x'");
  EXPECT_EQ(ask(*answers, tcp(), ""), kMore);
  EXPECT_EQ(ask(*answers, tcp(), "", true), kNo);
}

TEST(Rules, GreetingsAreApartFromBytes) {
  const auto rules = rules_of(R"(
    [[rule]]
    name = "hello"
    ports = 21
    greeting = '220 {host}\r\n'
    [[rule]]
    ports = 21
    pattern = 'QUIT\r\n'
    answer = '221'
    close = true
  )");
  EXPECT_EQ(rules->greeter(tcp(22)), nullptr);
  const Rule* greeter = rules->greeter(tcp(21));
  ASSERT_NE(greeter, nullptr);
  EXPECT_EQ(greeter->name, "hello");
  std::array<uint8_t, 100> room;
  proto::FactList facts;
  proto::Answer out(room, facts);
  Rules::greet(*greeter, {tcp(21), "web7", 0, {}}, out);
  EXPECT_EQ(text(out.written()), "220 web7\r\n");
  EXPECT_FALSE(out.closes());
  EXPECT_EQ(ask(*rules, tcp(21), "QU"), kMore);
  EXPECT_EQ(ask(*rules, tcp(21), "USER"), kNo);
  EXPECT_EQ(say(*rules, tcp(21), "QUIT\r\n"), "221");
}

TEST(Rules, CloseWithoutAWord) {
  const auto rules = rules_of("[[rule]]\nstarts_with = 'x'\nclose = true");
  EXPECT_EQ((*rules)[0].deed, RuleDeed::kAnswer);
  EXPECT_FALSE((*rules)[0].udp);
  EXPECT_EQ(say(*rules, tcp(), "xy"), "");
}

TEST(Rules, Texts) {
  const std::vector<std::pair<const char*, std::string>> cases = {
      {R"(answer = 'a\r\n\t\0\\\x41\xff')", std::string("a\r\n\t\0\\A\xff", 8)},
      {R"(answer = "a\r\n\\x41")", "a\r\nA"},
      {R"(answer = '{{}} {client} {client_port} {server} {server_port} {host}')",
       "{} 10.0.0.1 40001 192.0.2.7 80 web7"},
      {R"(answer = '{time_rfc1123}|{time_unix}')", "Sun, 06 Nov 1994 08:49:37 GMT|784111777"},
      {R"(answer_hex = "00 ff4d")", std::string("\0\xffM", 3)},
      {"pattern = '(a)(b)?(c)'\nanswer = '{0}-{1}-{2}-{3}'", "ac-a--c"},
      {"pattern = '(a)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)'\nanswer = '{1}{9}'", "a8"},
  };
  for (const auto& [line, said] : cases) {
    const auto rules = rules_of(std::string("[[rule]]\n") + line);
    EXPECT_EQ(say(*rules, tcp(), line[0] == 'p' && line[14] == '(' && line[15] == 'b' ? "acx" : "a12345678901"), said)
        << line;
  }
}

TEST(Rules, AddressesOfBothFamilies) {
  const auto rules = rules_of("[[rule]]\nanswer = '{client}'");
  proto::Ends v6 = tcp();
  v6.client = addr::IpAddress::v6(base::make_u128(0x20010db800000000, 0x10));
  EXPECT_EQ(say(*rules, v6, "x"), "2001:db8::10");
}

TEST(Rules, Forward) {
  const auto rules = rules_of(
      "[[rule]]\nforward = '10.0.0.5:22'\n[[rule]]\nforward = '[2001:db8::5]:2222'\nproxy_protocol = 1\n"
      "[[rule]]\nforward = '10.0.0.5:1'\nproxy_protocol = 0");
  EXPECT_EQ((*rules)[0].forward.address.to_string(), "10.0.0.5");
  EXPECT_EQ((*rules)[0].forward.port, 22);
  EXPECT_EQ((*rules)[0].forward.proxy_protocol, 2);
  EXPECT_EQ((*rules)[1].forward.address.to_string(), "2001:db8::5");
  EXPECT_EQ((*rules)[1].forward.proxy_protocol, 1);
  EXPECT_EQ((*rules)[2].forward.proxy_protocol, 0);
  EXPECT_FALSE((*rules)[0].udp);
}

// The decision on a stream is the same wherever it is cut: asking after each piece says kMore until it says what asking
// with all of it says; and kMore never turns up once it was decided.
RC_GTEST_PROP(Rules, DecisionDoesNotDependOnCuts, ()) {
  static const auto rules = rules_of(R"(
    [[rule]]
    starts_with = "ab"
    pattern = '(?:ab)+c'
    answer = "1"
    [[rule]]
    pattern = 'a(b|c)*d'
    answer = "2"
    [[rule]]
    starts_with = "ca"
    silence = true
    [[rule]]
    pattern = '(?i)B[^c]*cc|A+'
    answer = "4"
    [[rule]]
    pattern = '(?=bad).*?(d+)a'
    answer = "5"
  )");
  const auto stream = *rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c', 'd'));
  PatternScratch scratch;
  const auto last = rules->match(tcp(), bytes(stream), false, scratch);
  bool decided = false;
  for (size_t n = 0; n <= stream.size(); ++n) {
    const auto v = rules->match(tcp(), bytes(std::string_view(stream).substr(0, n)), false, scratch);
    if (v.match == Match::kMore) {
      RC_ASSERT(!decided);
      continue;
    }
    decided = true;
    RC_ASSERT(v.match == last.match);
    RC_ASSERT(v.rule == last.rule);
    if (v.rule != nullptr && v.rule->pattern) RC_ASSERT(v.consumed == last.consumed);
  }
  RC_ASSERT(rules->match(tcp(), bytes(stream), true, scratch).match != Match::kMore);
}

}  // namespace
}  // namespace portolan::respond::rules_test
