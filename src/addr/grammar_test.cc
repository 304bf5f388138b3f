// SPDX-License-Identifier: Apache-2.0
#include "addr/grammar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace portolan::addr::grammar_test {
namespace {

using base::u128;

struct Reading {
  const char* text;
  const char* as;  // to_string() of the item
};

TEST(Grammar, Targets) {
  const Reading readings[] = {
      {"10.0.0.1", "10.0.0.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"},
      {"10.0.0.1-10.0.0.1", "10.0.0.1"},
      {"10.0.0.0/8", "10.0.0.0-10.255.255.255"},
      {"10.0.0.5/24", "10.0.0.0-10.0.0.255"},
      {"10.0.0.5/32", "10.0.0.5"},
      {"0.0.0.0/0", "0.0.0.0-255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"2001:DB8::A", "2001:db8::a"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:192.0.2.33", "1:2:3:4:5:6:c000:221"},
      {"2001:db8::/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"[2001:db8::]/127", "2001:db8::-2001:db8::1"},
      {"::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f"},
      {"[2001:db8::1]-[2001:db8::f]", "2001:db8::1-2001:db8::f"},
      {"10.0.0.1:80", "10.0.0.1:80/tcp"},
      {"10.0.0.1:0", "10.0.0.1:0/tcp"},
      {"10.0.0.1:53/udp", "10.0.0.1:53/udp"},
      {"[2001:db8::1]:443", "[2001:db8::1]:443/tcp"},
      {"[2001:db8::1]:3868/sctp", "[2001:db8::1]:3868/sctp"},
      {"localhost", "localhost"},
      {"www.Example.com.", "www.Example.com."},
      {"a-1.b_2.example:8080", "a-1.b_2.example:8080/tcp"},
      {"1-2-3.example.com:53/udp", "1-2-3.example.com:53/udp"},
      {"3com.example", "3com.example"},
  };
  for (const Reading& r : readings) {
    const auto item = parse_target(r.text);
    ASSERT_TRUE(item.has_value()) << r.text << ": " << item.error().to_string();
    EXPECT_EQ(to_string(*item), r.as) << r.text;
  }
}

struct Mistake {
  const char* text;
  size_t offset;
  const char* what;  // a part of the message
  const char* cure;  // a part of the cure
};

TEST(Grammar, MistakesInTargets) {
  const Mistake mistakes[] = {
      {"", 0, "missing", "192.0.2.1"},
      {"10.0.0.0/", 0, "prefix length is missing", "10.0.0.0/24"},
      {"10.0.0.0/33", 9, "33 is above 32", "0 to 32"},
      {"10.0.0.0/08", 9, "leading zero", "write 8"},
      {"10.0.0.0/-1", 0, "", ""},
      {"10.0.0.0/255.255.255.0", 9, "is a mask", "10.0.0.0/24"},
      {"10.0.0.0/24:80", 11, "port follows a range", "-p"},
      {"10.0.0.0/tcp", 9, "not a prefix length", "-p"},
      {"2001:db8::/129", 11, "129 is above 128", "0 to 128"},
      {"2001:db8::/", 0, "prefix length is missing", "2001:db8::/64"},
      {"10.0.0.5-10.0.0.1", 0, "reversed", "10.0.0.1-10.0.0.5"},
      {"10.0.0.1-5", 9, "not an address", "10.0.0.1-10.0.0.5"},
      {"10.0.0.1-", 9, "address is missing", "192.0.2.1"},
      {"-10.0.0.1", 0, "address is missing", "192.0.2.1"},
      {"-", 0, "address is missing", "192.0.2.1"},
      {"10.0.0.1-10.0.0.3-10.0.0.9", 16, "not a number", "four numbers"},
      {"10.0.0.1-10.0.0.9:80", 17, "port follows a range", "-p"},
      {"10.0.0.1-2001:db8::1", 0, "mixes IPv4 and IPv6", "a range of each"},
      {"10.0.0", 0, "3 of 4 numbers", "10.0.0.0/24"},
      {"10", 0, "1 of 4 numbers", "10.0.0.0/8"},
      {"10.0/16", 0, "2 of 4 numbers", "10.0.0.0/16"},
      {"10.0.0.1.2", 0, "has 5 numbers", "four numbers"},
      {"10.0.0.256", 7, "256 is above 255", "0 to 255"},
      {"999999999999999999999999.0.0.1", 0, "above 255", "0 to 255"},
      {"010.0.0.1", 0, "leading zero", "write 10"},
      {"10.0.0.00", 7, "leading zero", "write 0"},
      {"10.0.0.*", 7, "'*' is not a number", "192.0.2.0/24"},
      {"10..0.1", 0, "empty place", "four numbers"},
      {"10.0.0.1.", 0, "empty place", "four numbers"},
      {"10.0.0.1:", 9, "port is missing", ":80"},
      {"10.0.0.1:70000", 9, "70000 is above 65535", "0 to 65535"},
      {"10.0.0.1:080", 9, "leading zero", "write 80"},
      {"10.0.0.1:http", 9, "not one port", "-p"},
      {"10.0.0.1:80-90", 9, "not one port", "-p"},
      {"10.0.0.1:80/icmp", 12, "not a protocol", "/tcp, /udp or /sctp"},
      {"10.0.0.1:80/", 12, "not a protocol", "/tcp"},
      {"fe80::1%eth0", 7, "names a zone", "fe80::1 and name the interface"},
      {"[fe80::1%eth0]:80", 8, "names a zone", "fe80::1"},
      {"::ffff:192.0.2.1", 0, "IPv4-mapped", "write 192.0.2.1"},
      {"::ffff:c000:201", 0, "IPv4-mapped", "write 192.0.2.1"},
      {"1:2:3:4:5:6:7:8:9", 16, "no more than eight", "2001:db8::1"},
      {"1:2:3:4:5:6:7", 0, "has 7 groups", "2001:db8::1"},
      {"1::2::3", 0, "'::' twice", "2001:db8::1"},
      {":::", 0, "no group", "2001:db8::1"},
      {"1:2:3:4:5:6:7:8::", 0, "groups beside", "2001:db8::1"},
      {"12345::", 0, "not a group", "2001:db8::1"},
      {"2001:db8::g", 10, "not a group", "2001:db8::1"},
      {"1:2:3:4:5:6:7:", 0, "ends in ':'", "2001:db8::1"},
      {"::1.2.3", 2, "3 of 4", ""},
      {"::1.2.3.4:5", 2, "not at the end", "2001:db8::1"},
      {"1:2:3:4:5:6:7:1.2.3.4", 14, "no more than eight", "2001:db8::1"},
      {"[2001:db8::1", 0, "no ']'", "[2001:db8::1]"},
      {"[2001:db8::1]x", 13, "stands after", "':port'"},
      {"[2001:db8::1]:", 14, "port is missing", ":80"},
      {"[10.0.0.1]", 0, "not an IPv6 address", "IPv6 only"},
      {"[]", 0, "not an IPv6 address", "IPv6 only"},
      {"10.0.0.1\xe2\x80\x93"
       "10.0.0.5",
       8, "typographic dash (U+2013)", "write '-'"},
      {"10.0.0.1\x96"
       "10.0.0.5",
       8, "typographic dash", "write '-'"},
      {"10.0.0.1;10.0.0.2", 7, "not a number", "four numbers"},
      {"ex\xc3\xa4mple.com", 2, "byte 0xc3", "ASCII"},
      {"example..com", 0, "empty part", "host name"},
      {"-example.com", 0, "neither", "host name"},
      {"example.123", 0, "neither", "host name"},
      {"exa!mple", 0, "neither", "host name"},
      {"example.com/24", 11, "no prefix length", "example.com"},
      {"example.com:http", 12, "not one port", "-p"},
  };
  for (const Mistake& m : mistakes) {
    const auto item = parse_target(m.text);
    ASSERT_FALSE(item.has_value()) << m.text << " was read as " << to_string(*item);
    const TextError& e = item.error();
    if (*m.what == '\0') continue;
    EXPECT_EQ(e.offset, m.offset) << m.text << ": " << e.to_string();
    EXPECT_NE(e.what.find(m.what), std::string::npos) << m.text << ": " << e.to_string();
    EXPECT_NE(e.cure.find(m.cure), std::string::npos) << m.text << ": " << e.to_string();
    EXPECT_LE(e.offset + e.length, std::string_view(m.text).size()) << m.text;
  }
}

TEST(Grammar, ListsOfTargets) {
  const auto items = parse_targets(" 10.0.0.1, 10.0.0.2\t10.0.0.3\n[::1]:80,example.com ");
  ASSERT_TRUE(items.has_value()) << items.error().to_string();
  EXPECT_EQ(items->size(), 5u);
  const Mistake mistakes[] = {
      {"10.0.0.1,,10.0.0.2", 9, "no target before", "remove"},
      {",10.0.0.1", 0, "no target before", "remove"},
      {"10.0.0.1,", 8, "follows the last comma", ""},
      {"", 0, "missing", "192.0.2.1"},
      {" \t ", 0, "missing", "192.0.2.1"},
      {"10.0.0.1 10.0.0.300", 16, "300 is above 255", "0 to 255"},
      {"10.0.0.1 - 10.0.0.5", 9, "missing", "192.0.2.1"},
  };
  for (const Mistake& m : mistakes) {
    const auto bad = parse_targets(m.text);
    ASSERT_FALSE(bad.has_value()) << m.text;
    EXPECT_EQ(bad.error().offset, m.offset) << m.text << ": " << bad.error().to_string();
    EXPECT_NE((bad.error().what + bad.error().cure).find(m.what), std::string::npos) << bad.error().to_string();
  }
}

std::optional<uint16_t> lookup(std::string_view name, Protocol protocol) {
  if (name == "http-alt" && protocol == Protocol::kTcp) return 8080;
  if (name == "domain") return 53;
  if (name == "gre" && protocol == Protocol::kIp) return 47;
  return std::nullopt;
}

TEST(Grammar, Ports) {
  const Reading readings[] = {
      {"80", "T:80"},
      {"0", "T:0"},
      {"80,443", "T:80,443"},
      {"80, 443 8080", "T:80,443,8080"},
      {"20-25", "T:20-25"},
      {"-", "T:1-65535"},
      {"-100", "T:1-100"},
      {"60000-", "T:60000-65535"},
      {"T:80,81,U:53,54,S:3868,80", "T:80,81,U:53,54,S:3868,80"},
      {"u:53,t:1", "U:53,T:1"},
      {"O:47,50-51", "O:47,50-51"},
      {"O:-", "O:0-255"},
      {"I:0", "I:0"},
      {"I:1", "I:1"},
      {"I:-", "I:0,1"},
      {"80,I:0-1,U:53", "T:80,I:0,1,U:53"},
      {"http-alt,U:domain", "T:8080,U:53"},
      {"O:gre", "O:47"},
  };
  for (const Reading& r : readings) {
    const auto ports = parse_ports(r.text, Protocol::kTcp, lookup);
    ASSERT_TRUE(ports.has_value()) << r.text << ": " << ports.error().to_string();
    EXPECT_EQ(to_string(*ports), r.as) << r.text;
  }
  EXPECT_EQ(to_string(*parse_ports("53,T:80", Protocol::kUdp)), "U:53,T:80");
}

TEST(Grammar, MistakesInPorts) {
  const Mistake mistakes[] = {
      {"", 0, "missing", "80,443"},
      {"70000", 0, "70000 is above 65535", "0 to 65535"},
      {"80-70000", 3, "70000 is above 65535", "0 to 65535"},
      {"80;81", 2, "';' does not separate", "80,443"},
      {"80:81", 2, "':' does not separate", "80,443"},
      {"80,,81", 3, "no port before", "remove"},
      {"80,", 2, "follows the last comma", "remove"},
      {",80", 0, "no port before", "remove"},
      {"25-20", 0, "reversed", "20-25"},
      {"-0", 0, "reversed", ""},
      {"1-2-3", 0, "more than one '-'", "20-25"},
      {"--", 0, "more than one '-'", "20-25"},
      {"080", 0, "leading zero", "write 80"},
      {"0x50", 0, "neither a number nor a service", "decimal"},
      {"http", 0, "neither a number nor a service", "decimal"},
      {"U:http-alt", 2, "known for udp", "decimal"},
      {"I:domain", 2, "known for icmp", "decimal"},
      {"O:256", 2, "256 is above 255", "0 to 255"},
      {"O:250-300", 6, "300 is above 255", "0 to 255"},
      {"I:2", 2, "2 is above 1", "timestamp"},
      {"X:80", 0, "not a prefix", "T: tcp"},
      {"T:", 2, "nothing follows the prefix", "T:1"},
      {"U: 53", 2, "nothing follows the prefix", "U:1"},
      {"20\xe2\x80\x93"
       "25",
       2, "typographic dash", "write '-'"},
      {"80\x01", 2, "byte 0x01", ""},
      {"99999999999999999999999999", 0, "above 65535", ""},
  };
  for (const Mistake& m : mistakes) {
    const auto ports = parse_ports(m.text, Protocol::kTcp, lookup);
    ASSERT_FALSE(ports.has_value()) << m.text << " was read as " << to_string(*ports);
    const TextError& e = ports.error();
    EXPECT_EQ(e.offset, m.offset) << m.text << ": " << e.to_string();
    EXPECT_NE(e.what.find(m.what), std::string::npos) << m.text << ": " << e.to_string();
    EXPECT_NE(e.cure.find(m.cure), std::string::npos) << m.text << ": " << e.to_string();
  }
}

RC_GTEST_PROP(Grammar, AddressesReadBack, (uint64_t hi, uint64_t lo, uint8_t zeros)) {
  u128 bits = base::make_u128(hi, lo);
  for (int group = 0; group < 8; ++group) {
    if ((zeros >> group & 1) != 0) bits &= ~(u128{0xffff} << (16 * group));
  }
  const IpAddress address = IpAddress::v6(bits);
  RC_PRE(!address.is_v4());
  const std::string text = address.to_string();
  const IpAddress v4 = IpAddress::v4(static_cast<uint32_t>(lo));
  RC_ASSERT(parse_address(text).value() == address);
  RC_ASSERT(parse_address("[" + text + "]").value() == address);
  RC_ASSERT(parse_address(v4.to_string()).value() == v4);
}

RC_GTEST_PROP(Grammar, PrefixesHoldTheirAddress, (uint64_t hi, uint64_t lo, uint8_t length)) {
  const IpAddress address = IpAddress::v6(base::make_u128(hi | (uint64_t{1} << 61), lo));
  const int bits = length % 129;
  const auto item = parse_target(address.to_string() + "/" + std::to_string(bits));
  RC_ASSERT(item.has_value());
  const auto range = std::get<AddressRange>(*item);
  RC_ASSERT(range.first <= address && address <= range.last);
  const u128 size = range.last.v6_bits() - range.first.v6_bits() + 1;
  RC_ASSERT(size == (bits == 0 ? 0 : u128{1} << (128 - bits)));
}

// Valid texts with a letter changed: near the border, some inside and some outside.
RC_GTEST_PROP(Grammar, WhatIsReadPrintsAndReadsBack, (uint8_t at)) {
  auto text =
      *rc::gen::elementOf(std::vector<std::string>{"10.0.0.1-10.0.0.9", "10.20.0.0/16", "2001:db8::1/64", "::1-::f",
                                                   "10.1.2.3:80/udp", "[2001:db8::1]:443", "a.example:80", "1:2::3"});
  text[at % text.size()] = *rc::gen::elementOf(std::string("0125:./-ab[]"));
  const auto item = parse_target(text);
  RC_CLASSIFY(item.has_value());
  if (item) RC_ASSERT((parse_target(to_string(*item)).value() == *item));
}

}  // namespace
}  // namespace portolan::addr::grammar_test
