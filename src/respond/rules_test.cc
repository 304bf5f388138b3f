// SPDX-License-Identifier: Apache-2.0
#include "respond/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "respond/rules_reader.h"

namespace portolan::respond {
namespace {

using proto::Match;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST(RulesReader, NamesPlaceMistakeAndCure) {
  struct Case {
    const char* toml;
    const char* said;
  };
  const std::vector<Case> cases = {
      {"[[rule]\n", "t.toml:1:"},
      {"[[[rule]]]\n", "t.toml:1:3: "},
      {"[[=", "t.toml:1:3: "},
      {"[[rule]]\nanswer = 'x'\nanswe\xce\x90r = 'x'", "t.toml:3:"},
      {"answer = 'x'", "t.toml:1:1: 'answer' stands outside of any rule; write [[rule]] on a line before it"},
      {"[rule]\nanswer = 'x'", "rule is not a list of sections; write [[rule]], with two brackets"},
      {"rule = 3", "rule is not a list of sections"},
      {"[[rule]]\nanswr = 'x'\nclose = true", "t.toml:2:1: there is no key 'answr'; did you mean answer?"},
      {"[[rule]]\nqqqqqqqqqqqq = 1\nclose = true", "the keys of a rule are name transport ports"},
      {"[[rule]]\nports = 21", "t.toml:1:1: the rule does nothing; add an answer"},
      {"[[rule]]\nanswer = 3", "t.toml:2:10: answer is not a text; put it between quotes"},
      {"[[rule]]\nsilence = 'yes'", "silence is neither true nor false; write silence = true"},
      {"[[rule]]\nanswer = 'x'\ntransport = 'sctp'", "t.toml:3:13: 'sctp' is no transport"},
      {"[[rule]]\nanswer = 'x'\ntransport = []", "transport is an empty list"},
      {"[[rule]]\nanswer = 'x'\nports = 70000", "t.toml:3:9: 70000 is no port"},
      {"[[rule]]\nanswer = 'x'\nports = [80, -1]", "t.toml:3:14: -1 is no port"},
      {"[[rule]]\nanswer = 'x'\nports = 1.5", "ports holds something else than ports"},
      {"[[rule]]\nanswer = 'x'\nports = 'U:53'", "'U:53' names a protocol"},
      {"[[rule]]\nanswer = 'x'\nports = '9-5'", "t.toml:3:9: "},
      {"[[rule]]\nanswer = 'x'\nclient = '10.0.0.0/33'", "t.toml:3:10: "},
      {"[[rule]]\nanswer = 'x'\nclient = 'example.org'", "'example.org' is no address"},
      {"[[rule]]\nanswer = 'x'\nserver = '10.0.0.1:80'", "'10.0.0.1:80' is no address"},
      {"[[rule]]\nanswer = 'x'\nclient = 7", "client is not a text"},
      {"[[rule]]\nanswer = 'x'\nstarts_with = ''", "starts_with is empty"},
      {"[[rule]]\nanswer = 'x'\nstarts_with = 'ab\\q'", "'\\q' is no escape, at character 3"},
      {"[[rule]]\nanswer = 'x'\nstarts_with = 'a\\x4'", "'\\x4' is no escape"},
      {"[[rule]]\nanswer = 'x'\nstarts_with = 'a\\'", "'\\' is no escape"},
      {"[[rule]]\nanswer = 'x'\nstarts_with_hex = '1'", "'1' is no byte in hexadecimal"},
      {"[[rule]]\nanswer = 'x'\nstarts_with_hex = '1 2'", "'1 ' is no byte in hexadecimal"},
      {"[[rule]]\nanswer = 'x'\nstarts_with = 'x'\nstarts_with_hex = '16'",
       "t.toml:4:19: starts_with and starts_with_hex"},
      {"[[rule]]\nanswer = 'x'\npattern = 'a('", "t.toml:3:11: the pattern is none: missing closing parenthesis"},
      {"[[rule]]\nanswer = 'x'\npattern = '(*UTF)a'", "the pattern is none: "},
      {"[[rule]]\nanswer = '{clinet}'", "there is no variable '{clinet}'; use {client} "},
      {"[[rule]]\nanswer = '{1}'", "{1} stands for nothing: the pattern has 0 groups; add a pattern"},
      {"[[rule]]\npattern = '(a)'\nanswer = '{2}'", "{2} stands for nothing: the pattern has 1 groups; put the part"},
      {"[[rule]]\npattern = 'a'\ngreeting = '{0}'\nanswer = 'x'", "{0} stands for nothing"},
      {"[[rule]]\nanswer = '{client'", "a brace is not closed"},
      {"[[rule]]\nanswer = 'x'\nsilence = true", "t.toml:1:1: a rule cannot have both answer and silence"},
      {"[[rule]]\nsilence = true\nclose = true", "t.toml:3:9: close is for rules that answer or greet"},
      {"[[rule]]\nserve = 'htpp'", "t.toml:2:9: there is no protocol 'htpp'; use one of "},
      {"[[rule]]\nforward = '10.0.0.5'", "'10.0.0.5' is no address and TCP port; write forward ="},
      {"[[rule]]\nforward = 'host:22'", "'host:22' is no address and TCP port"},
      {"[[rule]]\nforward = '10.0.0.5:53/udp'", "is no address and TCP port"},
      {"[[rule]]\nforward = '10.0.0.5:22'\nproxy_protocol = 3", "there is no such version"},
      {"[[rule]]\nanswer = 'x'\nproxy_protocol = 2", "proxy_protocol is for rules that forward"},
      {"[[rule]]\ntransport = 'udp'\nreset = true", "t.toml:2:13: greeting, close, reset and forward are for TCP"},
      {"[[rule]]\ntransport = ['tcp', 'udp']\ngreeting = 'x'", "are for TCP"},
      {"[[rule]]\nstarts_with = 'x'\ngreeting = 'x'", "a greeting comes before any bytes"},
  };
  for (const auto& c : cases) {
    const auto read = read_rules(c.toml, "t.toml");
    ASSERT_FALSE(read) << c.toml;
    ASSERT_EQ(read.error().size(), 1u) << c.toml << "\n" << read.error()[1].to_string();
    EXPECT_THAT(read.error()[0].to_string(), HasSubstr(c.said)) << c.toml;
    EXPECT_FALSE(read.error()[0].cure.empty());
  }
}

TEST(RulesReader, TellsAllMistakesInOrderUpToABound) {
  std::string toml;
  for (int i = 0; i < 30; ++i) toml += "[[rule]]\nports = 99999\nanswer = '{x}'\n";
  const auto read = read_rules(toml, "t.toml");
  ASSERT_FALSE(read);
  ASSERT_EQ(read.error().size(), kMostRuleErrors);
  for (uint32_t i = 0; i < kMostRuleErrors; ++i) EXPECT_EQ(read.error()[i].line, i / 2 * 3 + 2 + i % 2);
}

TEST(RulesReader, BoundsTheWork) {
  std::string toml;
  for (size_t i = 0; i <= Rules::kMostRules; ++i) toml += "[[rule]]\nsilence = true\n";
  EXPECT_THAT(read_rules(toml, "t").error().at(0).what, HasSubstr("more than 1024 rules"));
  toml.clear();
  for (size_t i = 0; i <= Rules::kMostPatterns; ++i) toml += "[[rule]]\nsilence = true\npattern = 'a'\n";
  EXPECT_THAT(read_rules(toml, "t").error().at(0).what, HasSubstr("more than 256 patterns"));
  toml = "[[rule]]\nanswer = '" + std::string(13'000, 'x') + "'";
  EXPECT_THAT(read_rules(toml, "t").error().at(0).what, HasSubstr("13000 bytes are too long"));
}

// Every ```toml block of docs/formats/rules.md.
TEST(RulesReader, TakesTheExamplesOfItsPage) {
  const auto page = std::filesystem::path(__FILE__).parent_path() / "../../docs/formats/rules.md";
  std::ifstream in(page);
  std::string line, example;
  size_t examples = 0;
  for (bool inside = false; std::getline(in, line);) {
    if (line == "```toml") {
      inside = true;
    } else if (line == "```" && inside) {
      const auto read = read_rules(example, "example");
      EXPECT_TRUE(read) << read.error().front().to_string();
      ++examples;
      inside = false;
      example.clear();
    } else if (inside) {
      example += line + "\n";
    }
  }
  EXPECT_EQ(examples, 3u);
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

RC_GTEST_PROP(RulesReader, StandsAnyText, (const std::string& toml)) {
  const auto read = read_rules("[[rule]]\nanswer = '" + toml, "t");
  if (!read) RC_ASSERT(!read.error().empty() && read.error().size() <= kMostRuleErrors);
}

}  // namespace
}  // namespace portolan::respond
