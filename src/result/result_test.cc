// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::result::result_test {
namespace {

Observation icmp_error(bool v6, int16_t type, int16_t code) {
  Observation o;
  o.target.address = v6 ? addr::IpAddress::v6(1) : addr::IpAddress::v4(0xc000020a);
  o.responder = o.target.address;
  o.state = State::kFiltered;
  o.reason = Reason::kIcmpUnreachable;
  o.icmp_type = type;
  o.icmp_code = code;
  return o;
}

const Field& field(std::string_view wanted) {
  for (const Field& f : observation_fields()) {
    if (f.name == wanted) return f;
  }
  throw std::logic_error("no such field");
}

TEST(ReasonText, IcmpErrorsByFamilyTypeAndCode) {
  struct Row {
    bool v6;
    int16_t type, code;
    const char* word;
  };
  const Row rows[] = {
      {false, 3, 0, "net-unreach"},        {false, 3, 1, "host-unreach"},   {false, 3, 2, "proto-unreach"},
      {false, 3, 3, "port-unreach"},       {false, 3, 9, "net-prohibited"}, {false, 3, 10, "host-prohibited"},
      {false, 3, 13, "admin-prohibited"},  {false, 11, 0, "time-exceeded"}, {false, 12, 0, "param-problem"},
      {false, 3, 15, "precedence-cutoff"}, {false, 3, 16, "icmp-3-16"},     {false, 3, -1, "icmp-3--1"},
      {false, 77, 2, "icmp-77-2"},         {true, 1, 0, "no-route"},        {true, 1, 1, "admin-prohibited"},
      {true, 1, 2, "beyond-scope"},        {true, 1, 3, "addr-unreach"},    {true, 1, 4, "port-unreach"},
      {true, 1, 5, "policy-fail"},         {true, 1, 6, "reject-route"},    {true, 1, 8, "headers-too-long"},
      {true, 1, 9, "icmpv6-1-9"},          {true, 2, 0, "packet-too-big"},  {true, 3, 1, "time-exceeded"},
      {true, 4, 1, "param-problem"},       {true, 100, 3, "icmpv6-100-3"},
  };
  for (const Row& row : rows) EXPECT_EQ(reason_text(icmp_error(row.v6, row.type, row.code)), row.word);
}

TEST(ReasonText, AnErrorWithoutItsTypeIsStillNamed) {
  EXPECT_EQ(reason_text(icmp_error(false, Observation::kUnknown, Observation::kUnknown)), "dest-unreach");
}

// Formats put the word between spaces and quotes without escaping it.
RC_GTEST_PROP(ReasonText, IsOneWordForAnyMessage, (bool v6, int16_t type, int16_t code, uint8_t reason)) {
  Observation o = icmp_error(v6, type, code);
  o.reason = static_cast<Reason>(reason % 11);
  const std::string word = reason_text(o);
  RC_ASSERT(!word.empty());
  RC_ASSERT(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
}

TEST(Names, AreDistinct) {
  std::set<std::string_view> words;
  for (int i = 0; i < 4; ++i) words.insert(name(static_cast<State>(i)));
  EXPECT_EQ(words, (std::set<std::string_view>{"open", "closed", "filtered", "up"}));
  words.clear();
  for (int i = 0; i < 11; ++i) words.insert(name(static_cast<Reason>(i)));
  EXPECT_EQ(words.size(), 11u);
  EXPECT_EQ(words.count("unknown"), 0u);
}

TEST(FieldTable, NamesAreUniqueAndDescribed) {
  std::set<std::string_view> names;
  for (const Field& f : observation_fields()) {
    EXPECT_TRUE(names.insert(f.name).second) << f.name;
    EXPECT_FALSE(f.meaning.empty()) << f.name;
  }
}

TEST(FieldTable, BareObservationHasOnlyWhatIsAlwaysThere) {
  Observation o;
  std::set<std::string_view> present;
  for (const Field& f : observation_fields()) {
    if (!std::holds_alternative<std::monostate>(f.get(o))) present.insert(f.name);
  }
  EXPECT_EQ(present, (std::set<std::string_view>{"status", "reason", "ttl", "time", "proof"}));
}

RC_GTEST_PROP(FieldTable, ValuesHaveTheDeclaredType,
              (uint32_t host, int64_t rtt, int16_t type, int32_t mss, bool mac, uint8_t options)) {
  Observation o = icmp_error(false, type, type);
  o.responder = addr::IpAddress::v4(host);
  o.rtt = rtt;
  o.mss = mss;
  o.has_mac = mac;
  o.tcp_option_count = options;
  for (const Field& f : observation_fields()) {
    const FieldValue v = f.get(o);
    if (std::holds_alternative<std::monostate>(v)) continue;
    RC_ASSERT(v.index() == 1 + static_cast<size_t>(f.type));
  }
}

TEST(FieldTable, AnOptionCountBeyondTheArrayIsCut) {
  Observation o;
  o.tcp_option_count = 200;
  EXPECT_EQ(std::get<std::span<const uint8_t>>(field("tcp_options").get(o)).size(), o.tcp_options.size());
}

TEST(StatusWord, PingIsOpenAndArpIsUp) {
  Observation o;
  o.state = State::kUp;
  o.target.service.protocol = addr::Protocol::kIcmpEcho;
  EXPECT_EQ(status_word(o), "open");
  o.target.service.protocol = addr::Protocol::kArp;
  EXPECT_EQ(status_word(o), "up");
  o.target.service.protocol = addr::Protocol::kIcmpEcho;
  o.state = State::kFiltered;
  EXPECT_EQ(status_word(o), "filtered");
}

TEST(Rfc3339, KnownTimes) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(1'700'000'000'123'999'999), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(951'782'400 * base::kSecond), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(rfc3339(2'147'483'648 * base::kSecond), "2038-01-19T03:14:08.000Z");
}

}  // namespace
}  // namespace portolan::result::result_test
