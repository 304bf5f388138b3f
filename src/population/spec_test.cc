// SPDX-License-Identifier: Apache-2.0
#include "population/spec.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace portolan::population::spec_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using ::testing::HasSubstr;

constexpr const char* kToml = R"(# a small network
seed = 7
live = 0.25
networks = ["10.0.0.0/8", "2001:db8::/64"]
tarpit = "1%"
closed = 0.5

[tcp]
open = { "22" = 0.3, 80 = 0.5, "8000-8009" = 1, "*" = 0.001 }
rejected = 0.1

[udp]
open.53 = 0.5

[personalities]
linux = 3
windows = 1

[weather]
loss = 0.02
delay = "5ms..40ms"
icmp-errors = 1000
syn-ack-repeats = 2

[[host]]
address = "10.0.0.5"
personality = "windows"
name = "files.example"
open = [22, 80, "8000-8001"]
rest = "silent"
services = { "80" = "ssh" }

[[host]]
address = "2001:db8::7"
kind = "tarpit"
echo = false
)";

TEST(Spec, BothFormsSayTheSame) {
  const auto toml = read_toml_population(kToml, "net.toml");
  ASSERT_TRUE(toml.has_value()) << toml.error()[0].to_string();
  const auto line = read_inline_population(
      "seed=7,live=0.25,networks=10.0.0.0/8+2001:db8::/64,tarpit=1%,closed=0.5,"
      "tcp=22:0.3+80:0.5+8000-8009:1+*:0.001,tcp-rejected=0.1,udp=53:0.5,personalities=linux:3+windows:1,"
      "loss=0.02,delay=5ms..40ms,icmp-errors=1000,syn-ack-repeats=2",
      "--population");
  ASSERT_TRUE(line.has_value()) << line.error()[0].to_string();
  EXPECT_EQ(toml->weather(), line->weather());
  EXPECT_EQ(toml->weather().delay_max, 40 * base::kMillisecond);
  EXPECT_EQ(toml->weather().icmp_errors_per_second, 1000u);
  EXPECT_EQ(0, memcmp(&toml->parts().shares, &line->parts().shares, sizeof(HostShares)));
  EXPECT_EQ(0, memcmp(toml->parts().tcp.get(), line->parts().tcp.get(), sizeof(PortTable)));
  EXPECT_EQ(0, memcmp(toml->parts().udp.get(), line->parts().udp.get(), sizeof(PortTable)));
}

TEST(Spec, NamedHostsAreAsTheyAreWritten) {
  const auto p = read_toml_population(kToml, "net.toml");
  ASSERT_TRUE(p.has_value());
  const IpAddress files = IpAddress::v4(0x0a000005), tarpit = IpAddress::v6(base::make_u128(0x20010db8'00000000, 7));
  const Host h = p->host(files);
  EXPECT_EQ(h.kind, kOrdinary) << "somebody lives where a host is named";
  EXPECT_EQ(Population::personality(h).name, "windows");
  EXPECT_EQ(p->host_name(h).view(), "files.example");
  EXPECT_EQ(p->port(h, files, Protocol::kTcp, 22), kPortOpen);
  EXPECT_EQ(p->port(h, files, Protocol::kTcp, 8001), kPortOpen);
  EXPECT_EQ(p->port(h, files, Protocol::kTcp, 8002), kPortSilent);
  EXPECT_EQ(p->service(h, files, Protocol::kTcp, 80), "ssh");
  EXPECT_EQ(p->service(h, files, Protocol::kTcp, 22), "ssh");
  EXPECT_EQ(p->host(tarpit).kind, kTarpit);
  EXPECT_FALSE(p->host(tarpit).echo);
  EXPECT_EQ(p->host(IpAddress::v4(0x0a000006)).named, nullptr);
}

TEST(Spec, AWordIsALineOrAFile) {
  EXPECT_TRUE(is_inline_spec("seed=7,live=0.2"));
  EXPECT_TRUE(is_inline_spec("networks=10.0.0.0/8"));
  EXPECT_FALSE(is_inline_spec("net.toml"));
  EXPECT_FALSE(is_inline_spec("dir/a=b.toml"));
  EXPECT_FALSE(is_inline_spec(""));
}

struct Bad {
  const char* text;
  uint32_t line, column;
  const char* what;
};

void expect_refused(const ReadPopulation& read, const Bad& bad) {
  ASSERT_FALSE(read.has_value()) << bad.text;
  ASSERT_EQ(read.error().size(), 1u) << bad.text << "\n" << read.error()[0].to_string();
  const SpecError& e = read.error()[0];
  EXPECT_EQ(e.line, bad.line) << bad.text << " " << e.to_string();
  EXPECT_EQ(e.column, bad.column) << bad.text << " " << e.to_string();
  EXPECT_THAT(e.what, HasSubstr(bad.what)) << bad.text;
  EXPECT_FALSE(e.cure.empty()) << bad.text;
}

TEST(Spec, MistakesInALineAreNamed) {
  const Bad cases[] = {
      {"", 1, 1, "has no '='"},
      {"seed=7,", 1, 8, "has no '='"},
      {"seed", 1, 1, "has no '='"},
      {"sede=7", 1, 1, "no setting 'sede'"},
      {"seed=7,seed=8", 1, 8, "seed is set twice"},
      {"seed=-1", 1, 6, "seed cannot be '-1'"},
      {"seed=18446744073709551616", 1, 6, "seed cannot be"},
      {"live=1.01", 1, 6, "live cannot be '1.01'"},
      {"live=", 1, 6, "live cannot be ''"},
      {"live=nan", 1, 6, "live cannot be 'nan'"},
      {"live=101%", 1, 6, "live cannot be '101%'"},
      {"live=1/0", 1, 6, "live cannot be '1/0'"},
      {"tcp=22", 1, 5, "'22' has no ':'"},
      {"tcp=22:0.1+65536:0.1", 1, 12, "'65536' is no port"},
      {"tcp=90-80:1", 1, 5, "'90-80' is no port"},
      {"tcp=22:2", 1, 5, "tcp.open cannot be '2'"},
      {"closed=0.6,silent=0.5", 1, 12, "more than all ports"},
      {"tarpit=0.6,syn-proxy=0.5", 1, 12, "more than all hosts"},
      {"delay=40ms..5ms", 1, 7, "weather.delay cannot be"},
      {"delay=5", 1, 7, "weather.delay cannot be"},
      {"delay=2h", 1, 7, "weather.delay cannot be"},
      {"delay=61s", 1, 7, "weather.delay cannot be"},
      {"syn-ack-repeats=11", 1, 17, "syn-ack-repeats cannot be '11'"},
      {"personalities=plan9:1", 1, 15, "no personality 'plan9'"},
      {"personalities=linux:0", 1, 1, "no personality has a weight"},
      {"networks=10.0.0.0/33", 1, 10, "33"},
      {"networks=example.org", 1, 10, "networks cannot be"},
      {"networks=::/0", 1, 10, "networks cannot be"},
  };
  for (const Bad& bad : cases) expect_refused(read_inline_population(bad.text, "--population"), bad);
}

TEST(Spec, MistakesInAFileAreNamed) {
  const Bad cases[] = {
      {"seed = ", 1, 8, ""},
      {"seed = 1\nlive = 2.0", 2, 8, "live cannot be '2'"},
      {"live = [1]", 1, 8, "wrong kind"},
      {"live = 1979-05-27", 1, 8, "wrong kind"},
      {"lve = 1", 1, 1, "no key 'lve'"},
      {"loss = 0.1", 1, 1, "no key 'loss'"},
      {"tcp = 80", 1, 1, "tcp is a section"},
      {"[tcp]\nopen = 80", 2, 8, "is not a table"},
      {"[tcp]\nopne = {}", 2, 1, "no key 'tcp.opne'"},
      {"[tcp]\nopen = { ssh = 1 }", 2, 16, "'ssh' is no port"},
      {"[host]\naddress = \"10.0.0.1\"", 1, 2, "not a list of sections"},
      {"[[host]]\nopen = [1]", 1, 1, "without an address"},
      {"[[host]]\naddress = \"10.0.0\"", 2, 11, ""},
      {"[[host]]\naddress = \"10.0.0.1\"\nopen = [80, 65536]", 3, 13, "open cannot be '65536'"},
      {"[[host]]\naddress = \"10.0.0.1\"\nkind = \"ghost\"", 3, 8, "kind cannot be 'ghost'"},
      {"[[host]]\naddress = \"10.0.0.1\"\nrest = \"open\"", 3, 8, "rest cannot be 'open'"},
      {"[[host]]\naddress = \"10.0.0.1\"\nname = \"a b\"", 3, 8, "name cannot be 'a b'"},
      {"[[host]]\naddress = \"10.0.0.1\"\necho = 1", 3, 8, "echo cannot be '1'"},
      {"[[host]]\naddress = \"10.0.0.1\"\nservices = { x = \"ssh\" }", 3, 18, "'x' is no port"},
      {"[[host]]\naddress = \"10.0.0.1\"\n[[host]]\naddress = \"10.0.0.1\"", 3, 1, "described twice"},
  };
  for (const Bad& bad : cases) expect_refused(read_toml_population(bad.text, "net.toml"), bad);
}

TEST(Spec, AllMistakesAreToldAtOnceInTheirOrder) {
  const auto read = read_toml_population("live = 2.0\nseed = -1\n[weather]\nloss = 3\n", "net.toml");
  ASSERT_FALSE(read.has_value());
  std::vector<std::string> told;
  for (const SpecError& e : read.error()) told.push_back(e.to_string());
  EXPECT_THAT(told, ::testing::ElementsAre(HasSubstr("net.toml:1:8: live cannot be '2'"),
                                           HasSubstr("net.toml:2:8: seed cannot be '-1'"),
                                           HasSubstr("net.toml:4:8: weather.loss cannot be '3'")));
  EXPECT_THAT(told[0], HasSubstr("; write a share from 0 to 1"));
}

TEST(Spec, TooManyDifferentSharesOfPortsAreRefused) {
  std::string text = "tcp=1:0.1";
  for (int port = 2; port < 300; ++port) text += fmt::format("+{}:{}", port, 0.001 * port);
  expect_refused(read_inline_population(text, "x"), {text.c_str(), 1, 1, "more than 256 different shares"});
}

RC_GTEST_PROP(Spec, AnyTextIsReadOrRefused, (std::string text)) {
  const auto line = read_inline_population(text, "x");
  RC_ASSERT(line.has_value() || !line.error().empty());
  const auto toml = read_toml_population(text, "x");
  RC_ASSERT(toml.has_value() || !toml.error().empty());
}

}  // namespace
}  // namespace portolan::population::spec_test
