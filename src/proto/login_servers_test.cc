// SPDX-License-Identifier: Apache-2.0
// MySQL, VNC and RDP, which greet and refuse, in golden bytes; and BER.
#include <rapidcheck/gtest.h>

#include "proto/ber.h"
#include "proto/mysql/server.h"
#include "proto/rdp/server.h"
#include "proto/testing/script.h"
#include "proto/text.h"
#include "proto/vnc/server.h"

namespace portolan::proto::login_servers_test {
namespace {

using namespace testing;

TEST(Mysql, GreetsAndDeniesAccess) {
  Stage stage(kMysql);
  const std::string version = "5.5.5-10.11.6-MariaDB-0+deb12u1";
  while (stage.play("").said.find(version) == std::string::npos) ++stage.persona.variety;
  const Played hello = stage.play("");
  const std::string scramble = bytes_from(hello.facts.at("mysql_scramble"));
  ASSERT_EQ(scramble.size(), 20u);
  EXPECT_EQ(hello.said.substr(0, 4), bytes_from("63 00 00 00"));
  EXPECT_EQ(hello.said.size(), 4u + 0x63);
  const size_t at = 4 + 1 + version.size() + 1;
  EXPECT_EQ(hello.said.substr(5, version.size() + 1), version + std::string(1, '\0'));
  EXPECT_EQ(hello.said.substr(at + 4), scramble.substr(0, 8) +
                                           bytes_from("00 fe f7 2d 02 00 ff 81 15 00 00 00 00 00 00 1d 00 00 00") +
                                           scramble.substr(8) + bytes_from("00 'mysql_native_password' 00"));

  const std::string response(20, 'R');
  const std::string login = bytes_from("55 00 00 01 8d a6 0f 00 00 00 00 01 2d") + std::string(23, '\0') +
                            bytes_from("'root' 00 14") + response + bytes_from("'shop' 00 'mysql_native_password' 00");
  ASSERT_EQ(login.size(), 4u + 0x55);
  Facts facts = hello.facts;
  facts.insert({{"mysql_user", "root"},
                {"mysql_response", std::string(40, '5')},
                {"mysql_database", "shop"},
                {"mysql_plugin", "mysql_native_password"}});
  for (size_t i = 0; i < 40; i += 2) facts["mysql_response"][i + 1] = '2';
  const std::string denied = "Access denied for user 'root'@'192.0.2.9' (using password: YES)";
  expect_row(stage, {"login", login, "~" + bytes_from("48 00 00 02 ff 15 04 '#28000'") + denied, facts, true});
  EXPECT_EQ(stage.recognize(login), Match::kYes);
}

TEST(Mysql, KnowsOldClientsAndMalformedOnes) {
  const Stage stage(kMysql);
  const auto user = [&](std::string_view notation) {
    const Played played = stage.play(bytes_from(notation));
    return played.foreign ? "foreign" : played.left != 0 ? "waits" : played.facts.at("mysql_user");
  };
  EXPECT_EQ(user("0e 00 00 01 05 00 00 00 01 'old' 00 'abcde'"), "old");
  EXPECT_EQ(user("20 00 00 01 00 02 00 00"), "waits");
  EXPECT_EQ(user("04 00 00 01 00 02 00 00"), "");
  EXPECT_EQ(user("03 00 00 01 00 02 00"), "foreign");
  EXPECT_EQ(user("04 00 00 00 00 02 00 00"), "foreign");
  EXPECT_EQ(user("'GET /'"), "foreign");
  EXPECT_EQ(stage.recognize("GET"), Match::kNo);
  EXPECT_EQ(stage.recognize(bytes_from("16 03 01 01")), Match::kNo);
}

TEST(Vnc, ChallengesInEveryVersion) {
  const Stage stage(kVnc);
  const std::string hello = "RFB 003.008\n";
  const std::string response(16, 'x');
  const std::string challenge = bytes_from(stage.play(hello + bytes_from("02")).facts.at("vnc_challenge"));
  ASSERT_EQ(challenge.size(), 16u);
  const auto facts = [&](std::string version, bool answered) {
    Facts all = {{"vnc_version", std::move(version)}, {"vnc_challenge", hex_of(challenge)}};
    std::erase(all["vnc_challenge"], ' ');
    if (answered) all["vnc_response"] = "78787878787878787878787878787878";
    return all;
  };
  const Row table[] = {
      {"3.8", hello + bytes_from("02") + response,
       hello + bytes_from("01 02") + challenge + bytes_from("00 00 00 01 00 00 00 15 'Authentication failed'"),
       facts("003.008", true), true},
      {"3.7", "RFB 003.007\n" + bytes_from("02") + response,
       hello + bytes_from("01 02") + challenge + bytes_from("00 00 00 01"), facts("003.007", true), true},
      {"3.3", "RFB 003.003\n" + response, hello + bytes_from("00 00 00 02") + challenge + bytes_from("00 00 00 01"),
       facts("003.003", true), true},
      {"Apple", "RFB 003.889\n" + bytes_from("02"), hello + bytes_from("01 02") + challenge, facts("003.889", false)},
      {"another type",
       hello + bytes_from("01"),
       hello + bytes_from("01 02 00 00 00 01 00 00 00 1b") + "Security ~",
       {{"vnc_version", "003.008"}},
       true},
  };
  for (const Row& row : table) expect_row(stage, row);
  EXPECT_TRUE(stage.play("GET / HTTP").foreign);
  EXPECT_TRUE(stage.play("RFB 003.008 ").foreign);
  Stage other = stage;
  ++other.ends.client_port;
  EXPECT_NE(other.play(hello + bytes_from("02")).said, stage.play(hello + bytes_from("02")).said);
}

TEST(Rdp, ConfirmsAndFails) {
  const Stage stage(kRdp);
  const std::string cookie = "Cookie: mstshash=hello\r\n";
  const std::string request =
      bytes_from("03 00 00 2b 26 e0 00 00 00 00 00") + cookie + bytes_from("01 00 08 00 03 00 00 00");
  const std::string confirmed = bytes_from("03 00 00 13 0e d0 00 00") + "~" + bytes_from("00 02 1f 08 00 02 00 00 00");
  const Facts facts = {{"rdp_cookie", "hello"}, {"rdp_protocols", "3"}};
  const std::string ultimatum = bytes_from("03 00 00 09 02 f0 80 21 80");
  std::string core = bytes_from("01 c0 d8 00 04 00 08 00 00 05 20 03 01 ca 03 aa 09 04 00 00 28 0a 00 00");
  for (const char c : std::string("WORKSTATION")) core += std::string{c, '\0'};
  core += std::string(10, '\0');
  const std::string initial = bytes_from("03 00 00 42 02 f0 80 7f 65 00") + core;
  ASSERT_EQ(initial.size(), 0x42u);
  const Row table[] = {
      {"CredSSP", request, confirmed, facts},
      {"TLS",
       bytes_from("03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 01 00 00 00"),
       bytes_from("03 00 00 13 0e d0 00 00") + "~" + bytes_from("00 02 1f 08 00 01 00 00 00"),
       {{"rdp_protocols", "1"}}},
      {"a token",
       bytes_from("03 00 00 1f 1a e0 00 00 00 00 00 'tsv://x' 0d 0a 'abc' 01 00 08 00 01 00 00 00").substr(0, 0x1f),
       bytes_from("03 00 00 0b 06 d0 00 00") + "~" + bytes_from("00")},
      {"standard", bytes_from("03 00 00 0b 06 e0 00 00 00 00 00"),
       bytes_from("03 00 00 0b 06 d0 00 00") + "~" + bytes_from("00")},
      {"TLS fails", request + bytes_from("16 03 01 00 03 01 02 03"), confirmed + bytes_from("15 03 01 00 02 02 50"),
       facts, true},
      {"standard security ends",
       bytes_from("03 00 00 0b 06 e0 00 00 00 00 00") + initial,
       bytes_from("03 00 00 0b 06 d0 00 00") + "~" + bytes_from("00") + ultimatum,
       {{"rdp_client_name", "WORKSTATION"}},
       true},
  };
  for (const Row& row : table) expect_row(stage, row);
  for (const char* malformed : {"04", "03 00 00 0b 06 d0 00 00 00 00 00", "03 00 00 0c 06 e0 00 00 00 00 00",
                                "03 00 00 05 00 e0 00 00 00 00 00"}) {
    EXPECT_TRUE(stage.play(bytes_from(malformed)).foreign) << malformed;
    EXPECT_NE(stage.recognize(bytes_from(malformed)), Match::kYes) << malformed;
  }
}

TEST(Ber, RefusesMalformed) {
  for (const char* malformed :
       {"", "30", "30 01", "1f 01 00", "30 80 00 00", "30 85 01 01 01 01 01", "30 84 01 00 00 00"}) {
    const std::string bytes = bytes_from(malformed);
    BerReader in(bytes_of(bytes));
    EXPECT_TRUE(in.next().whole.empty());
    EXPECT_FALSE(in.ok()) << malformed;
  }
}

RC_GTEST_PROP(Ber, WhatIsWrittenReadsBack, (int64_t number, const std::string& text)) {
  const std::string large(*rc::gen::inRange<size_t>(0, 70000), 'x');
  std::vector<uint8_t> room(large.size() + text.size() + 64);
  base::Writer out(room);
  BerWriter w(out);
  const size_t outer = w.open(ber::kSequence);
  w.integer(number);
  const size_t inner = w.open(ber::kSet);
  w.element(ber::kOctets, bytes_of(text));
  w.element(ber::kOctets, bytes_of(large));
  w.close(inner);
  w.null();
  w.close(outer);
  RC_ASSERT(out.ok());
  BerReader in(out.written());
  BerReader sequence = in.inside(ber::kSequence);
  RC_ASSERT(in.ok() && in.empty());
  RC_ASSERT(sequence.integer() == number);
  BerReader set = sequence.inside(ber::kSet);
  RC_ASSERT(text_of(set.next(ber::kOctets)) == text);
  RC_ASSERT(text_of(set.next(ber::kOctets)) == large);
  RC_ASSERT(set.ok() && set.empty());
  RC_ASSERT(sequence.peek() == ber::kNull);
}

TEST(Ber, IntegersAreMinimal) {
  const auto written = [](int64_t v) {
    std::array<uint8_t, 16> room;
    base::Writer out(room);
    BerWriter(out).integer(v);
    return hex_of(text_of(out.written()));
  };
  EXPECT_EQ(written(0), "02 01 00");
  EXPECT_EQ(written(127), "02 01 7f");
  EXPECT_EQ(written(128), "02 02 00 80");
  EXPECT_EQ(written(-1), "02 01 ff");
  EXPECT_EQ(written(-129), "02 02 ff 7f");
  EXPECT_EQ(written(INT64_MIN), "02 08 80 00 00 00 00 00 00 00");
}

RC_GTEST_PROP(Ber, NothingIsWrittenBehindTheRoom, (const std::string& text)) {
  std::vector<uint8_t> room(*rc::gen::inRange<size_t>(0, text.size() + 12));
  base::Writer out(room);
  BerWriter w(out);
  const size_t a = w.open(ber::kSequence);
  const size_t b = w.open(ber::kSequence);
  w.element(ber::kOctets, bytes_of(text));
  w.close(b);
  w.close(a);
  RC_ASSERT(out.size() <= room.size());
}

}  // namespace
}  // namespace portolan::proto::login_servers_test
