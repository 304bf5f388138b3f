// SPDX-License-Identifier: Apache-2.0
#include "respond/rules_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace portolan::respond::rules_reader_test {
namespace {

using ::testing::HasSubstr;

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

RC_GTEST_PROP(RulesReader, StandsAnyText, (const std::string& toml)) {
  const auto read = read_rules("[[rule]]\nanswer = '" + toml, "t");
  if (!read) RC_ASSERT(!read.error().empty() && read.error().size() <= kMostRuleErrors);
}

}  // namespace
}  // namespace portolan::respond::rules_reader_test
