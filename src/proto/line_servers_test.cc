// SPDX-License-Identifier: Apache-2.0
// FTP, SMTP, POP3, IMAP and Telnet: what clients say and what they get.
#include <rapidcheck/gtest.h>

#include "proto/ftp/server.h"
#include "proto/imap/server.h"
#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/pop3/server.h"
#include "proto/sasl.h"
#include "proto/smtp/server.h"
#include "proto/telnet/server.h"
#include "proto/testing/script.h"

namespace portolan::proto::line_servers_test {
namespace {

using namespace testing;

TEST(Lines, EndWithLfAndMayHaveACr) {
  EXPECT_EQ(first_line(bytes_of("USER a\r\nPASS")).text, "USER a");
  EXPECT_EQ(first_line(bytes_of("USER a\r\nPASS")).size, 8u);
  EXPECT_EQ(first_line(bytes_of("USER a\n")).text, "USER a");
  EXPECT_EQ(first_line(bytes_of("\n")).text, "");
  EXPECT_EQ(first_line(bytes_of("USER a\r")).size, 0u);
  EXPECT_EQ(first_line({}).size, 0u);
}

TEST(Lines, OneThatIsTooLongIsForeignHoweverItIsCut) {
  const std::string exact = std::string(9, 'a') + "\n";
  EXPECT_EQ(first_line(bytes_of(exact), 10).size, 10u);
  const std::string over = std::string(10, 'a') + "\n";
  EXPECT_TRUE(first_line(bytes_of(over), 10).foreign);
  EXPECT_TRUE(first_line(bytes_of(over).first(10), 10).foreign);
  EXPECT_FALSE(first_line(bytes_of(over).first(9), 10).foreign);
}

TEST(Lines, BytesThatAreNoTextAreForeignAtOnce) {
  for (const char c : std::string("\0\x01\x03\x16\x7f\x80\xff", 7)) {
    const auto byte = static_cast<uint8_t>(c);
    EXPECT_TRUE(first_line(std::array<uint8_t, 1>{byte}).foreign) << int{byte};
  }
}

TEST(Lines, AreSaidWithNameAndPrintableWord) {
  std::array<uint8_t, 64> room;
  FactList facts;
  Answer out({room}, facts);
  Persona persona;
  persona.host_name = "h";
  say(out, persona, "<%h|%w|%x%", "a\r\n%hb");
  EXPECT_EQ(text_of(out.written()), "<h|a??%hb|");
}

TEST(Lines, SayAddresses) {
  std::array<uint8_t, 64> room;
  FactList facts;
  Answer out({room}, facts);
  say_address(out, addr::IpAddress::v4(0xc0000201));
  out.text(" ");
  say_address(out, addr::IpAddress::v6(base::make_u128(0x20010db800000000, 0xffff)));
  EXPECT_EQ(text_of(out.written()), "192.0.2.1 2001:db8:0:0:0:0:0:ffff");
}

TEST(Sasl, DecodesBase64UpToWhatIsNone) {
  EXPECT_EQ(Decoded("").text(), "");
  EXPECT_EQ(Decoded("Zg==").text(), "f");
  EXPECT_EQ(Decoded("Zm8=").text(), "fo");
  EXPECT_EQ(Decoded("Zm9vYmFy").text(), "foobar");
  EXPECT_EQ(Decoded("Zm9v!YmFy").text(), "foo");
  EXPECT_EQ(Decoded(std::string(4096, 'A')).text().size(), Decoded::kMost);
}

TEST(Picks, AHostKeepsItsBannerAndHostsDiffer) {
  std::map<std::string, int> banners;
  for (uint64_t variety = 0; variety < 200; ++variety) {
    Stage stage(kFtp);
    stage.persona.variety = variety;
    const std::string said = stage.play("").said;
    EXPECT_EQ(said, stage.play("").said);
    ++banners[said];
  }
  EXPECT_EQ(banners.size(), 6u);
}

TEST(Ftp, TakesNamesAndPasswordsAndLetsNobodyIn) {
  const Stage stage(kFtp);
  const Row table[] = {
      {"greeting", "", "220~\r\n"},
      {"login",
       "USER root\r\nPASS toor\r\n",
       "220~\r\n331 ~\r\n530 Login~\r\n",
       {{"ftp_user", "root"}, {"ftp_password", "toor"}}},
      {"small letters, LF alone, a password with spaces",
       "user a\npass b c\n",
       "220~331~530~\r\n",
       {{"ftp_user", "a"}, {"ftp_password", "b c"}}},
      {"empty password", "USER a\r\nPASS\r\n", "220~331~530~\r\n", {{"ftp_user", "a"}, {"ftp_password", ""}}},
      {"three times",
       "USER a\r\nPASS 1\r\nUSER a\r\nPASS 2\r\nUSER a\r\nPASS 3\r\nNOOP\r\n",
       "220~530~530~530~\r\n",
       {{"ftp_user", "a"}, {"ftp_password", "1"}},
       true},
      {"password first", "PASS x\r\n", "220~\r\n5~\r\n"},
      {"SYST", "SYST\r\n", "220~\r\n215 UNIX Type: L8\r\n"},
      {"FEAT", "FEAT\r\n", "220~\r\n211-~\r\n211 ~\r\n"},
      {"AUTH", "AUTH TLS\r\n", "220~\r\n5~\r\n"},
      {"unknown", "FROB x\r\n", "220~\r\n500 ~\r\n"},
      {"no login", "LIST\r\nRETR x\r\n", "220~\r\n530 ~\r\n530 ~\r\n"},
      {"QUIT", "QUIT\r\nNOOP\r\n", "220~\r\n221~\r\n", {}, true},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Ftp, EveryDialectAnswersWithTheSameCodes) {
  for (uint64_t variety = 0; variety < 40; ++variety) {
    Stage stage(kFtp);
    stage.persona.variety = variety;
    const std::string said = stage.play("USER u\r\nPASS p\r\nFEAT\r\nBLAH\r\nLIST\r\nQUIT\r\n").said;
    EXPECT_TRUE(fits(said, "220~\r\n331 ~\r\n530 ~\r\n211-~\r\n211 ~\r\n500 ~\r\n530 ~\r\n221~\r\n")) << said;
  }
}

TEST(Smtp, TakesEnvelopesAndNoMail) {
  const Stage stage(kSmtp);
  const Row table[] = {
      {"greeting", "", "220 mx1.example.org ESMTP~\r\n"},
      {"EHLO",
       "EHLO client.example\r\n",
       "220~\r\n250-mx1.example.org\r\n~250-AUTH PLAIN LOGIN\r\n~\r\n250 CHUNKING\r\n",
       {{"smtp_helo", "client.example"}}},
      {"never a relay",
       "HELO x\r\nMAIL FROM:<a@b.example> SIZE=5\r\nRCPT TO:<c@d.example>\r\nDATA\r\nQUIT\r\n",
       "220~\r\n250 mx1.example.org\r\n250 2.1.0 Ok\r\n550 5.7.1 <c@d.example>: Relay access denied\r\n554 ~\r\n221 "
       "~\r\n",
       {{"smtp_helo", "x"}, {"smtp_mail_from", "a@b.example"}, {"smtp_rcpt_to", "c@d.example"}},
       true},
      {"nor a mailbox",
       "MAIL FROM:<>\r\nRCPT TO: <root@MX1.example.org>\r\nRSET\r\nRCPT TO:<x>\r\n",
       "220~\r\n250 2.1.0 Ok\r\n550 5.1.1 ~\r\n250 2.0.0 Ok\r\n503 ~\r\n",
       {{"smtp_mail_from", ""}, {"smtp_rcpt_to", "root@MX1.example.org"}}},
      {"AUTH LOGIN",
       "AUTH LOGIN\r\ndXNlcg==\r\ncGFzcw==\r\n",
       "220~\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n535 ~\r\n",
       {{"smtp_user", "user"}, {"smtp_password", "pass"}}},
      {"AUTH LOGIN at once",
       "AUTH LOGIN dXNlcg==\r\n*\r\nNOOP\r\n",
       "220~\r\n334 UGFzc3dvcmQ6\r\n501 ~\r\n250 ~\r\n",
       {{"smtp_user", "user"}}},
      {"AUTH PLAIN",
       "AUTH PLAIN AHVzZXIAcGFzcw==\r\n",
       "220~\r\n535 ~\r\n",
       {{"smtp_user", "user"}, {"smtp_password", "pass"}}},
      {"AUTH PLAIN in two",
       "AUTH PLAIN\r\nAHVzZXIAcGFzcw==\r\n",
       "220~\r\n334 \r\n535 ~\r\n",
       {{"smtp_user", "user"}, {"smtp_password", "pass"}}},
      {"other mechanisms", "AUTH CRAM-MD5\r\nAUTH\r\n", "220~\r\n535 ~\r\n501 ~\r\n"},
      {"syntax", "EHLO\r\nMAIL x\r\nMAIL FROM:\r\nMAIL FROM:<a\r\nVRFY\r\nFROB\r\n",
       "220~\r\n501 ~\r\n501 ~\r\n501 ~\r\n501 ~\r\n501 ~\r\n502 ~\r\n"},
      {"VRFY", "VRFY root\r\n", "220~\r\n252 2.0.0 root\r\n", {{"smtp_verify", "root"}}},
      {"a browser", "GET / HTTP/1.1\r\nHost: x\r\n", "220~\r\n221 ~\r\n", {}, true},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Smtp, EndsAfterTooManyErrors) {
  std::string client;
  for (int i = 0; i < 30; ++i) client += "X\r\n";
  const Played played = Stage(kSmtp).play(client);
  EXPECT_TRUE(played.closes);
  EXPECT_TRUE(fits(played.said, "220~421 4.7.0 ~\r\n"));
  EXPECT_LT(played.said.size(), 1200u);
}

TEST(Pop3, TakesNamesAndPasswordsAndLetsNobodyIn) {
  const Stage stage(kPop3);
  const Row table[] = {
      {"login",
       "USER u\r\nPASS p q\r\n",
       "+OK ~ready.\r\n+OK\r\n-ERR [AUTH] Authentication failed.\r\n",
       {{"pop3_user", "u"}, {"pop3_password", "p q"}}},
      {"capabilities", "CAPA\r\n", "+OK ~ready.\r\n+OK\r\n~\r\n.\r\n"},
      {"no name", "PASS p\r\nSTAT\r\nSTLS\r\nUSER\r\n", "+OK~\r\n-ERR~\r\n-ERR~\r\n-ERR~\r\n-ERR~\r\n"},
      {"AUTH",
       "AUTH\r\nAUTH PLAIN\r\nAHVzZXIAcGFzcw==\r\nAUTH LOGIN\r\n*\r\nAUTH X\r\n",
       "+OK~\r\n+OK\r\nPLAIN\r\nLOGIN\r\n.\r\n+ \r\n-ERR~\r\n+ ~\r\n-ERR~\r\n-ERR~\r\n",
       {{"pop3_user", "user"}, {"pop3_password", "pass"}}},
      {"AUTH LOGIN",
       "AUTH LOGIN\r\ndXNlcg==\r\ncGFzcw==\r\n",
       "+OK~\r\n+ ~\r\n+ ~\r\n-ERR~\r\n",
       {{"pop3_user", "user"}, {"pop3_password", "pass"}}},
      {"APOP", "APOP u c4c9334bac560ecc979e58001b3e22fb\r\n", "+OK~\r\n-ERR~\r\n", {{"pop3_user", "u"}}},
      {"QUIT", "QUIT\r\n", "+OK~\r\n+OK Logging out\r\n", {}, true},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Imap, TakesNamesAndPasswordsAndLetsNobodyIn) {
  const Stage stage(kImap);
  const Facts login = {{"imap_user", "user"}, {"imap_password", "pass"}};
  const Row table[] = {
      {"capability", "a1 CAPABILITY\r\na2 NOOP\r\n",
       "* OK [CAPABILITY IMAP4rev1 ~] ~\r\n* CAPABILITY IMAP4rev1 ~\r\na1 OK ~\r\na2 OK ~\r\n"},
      {"atoms", "a LOGIN user pass\r\n", "* OK~\r\na NO [AUTHENTICATIONFAILED] ~\r\n", login},
      {"quoted", "a LOGIN \"user\" \"pass\"\r\n", "* OK~\r\na NO ~\r\n", login},
      {"quoted with an escape",
       "a LOGIN \"u\\\"r\" \"p w\"\r\n",
       "* OK~\r\na NO ~\r\n",
       {{"imap_user", "u\\\"r"}, {"imap_password", "p w"}}},
      {"literals", "a LOGIN {4}\r\nuser {4}\r\npass\r\n", "* OK~\r\n+ OK\r\n+ OK\r\na NO ~\r\n", login},
      {"literals at once", "a LOGIN {4+}\r\nuser {4+}\r\npass\r\nb NOOP\r\n", "* OK~\r\na NO ~\r\nb OK ~\r\n", login},
      {"one literal", "a LOGIN \"user\" {4}\r\npass\r\n", "* OK~\r\n+ OK\r\na NO ~\r\n", login},
      {"a literal that is too big", "a LOGIN {99999}\r\n", "* OK~\r\na BAD ~\r\n", {}, true},
      {"a literal of another command", "a SELECT {3}\r\nbox\r\nb NOOP\r\n", "* OK~\r\n+ OK\r\na BAD ~\r\nb OK ~\r\n"},
      {"PLAIN", "a AUTHENTICATE PLAIN\r\nAHVzZXIAcGFzcw==\r\n", "* OK~\r\n+ \r\na NO ~\r\n", login},
      {"PLAIN at once", "a AUTHENTICATE PLAIN AHVzZXIAcGFzcw==\r\n", "* OK~\r\na NO ~\r\n", login},
      {"AUTH LOGIN", "a authenticate login\r\ndXNlcg==\r\ncGFzcw==\r\n", "* OK~\r\n+ ~\r\n+ ~\r\na NO ~\r\n", login},
      {"given up", "a AUTHENTICATE PLAIN\r\n*\r\n", "* OK~\r\n+ \r\na BAD ~\r\n"},
      {"ID", "a ID (\"name\" \"x\")\r\n", "* OK~\r\n* ID ~\r\na OK ~\r\n", {{"imap_client", "(\"name\" \"x\")"}}},
      {"bad", "\r\nx\r\n01234567890123456 NOOP\r\na FROB\r\na LOGIN\r\na STARTTLS\r\n",
       "* OK~\r\n* BAD ~\r\n* BAD ~\r\n* BAD ~\r\na BAD ~\r\na BAD ~\r\na BAD ~\r\n"},
      {"three times",
       "a LOGIN u p\r\nb LOGIN u p\r\nc LOGIN u p\r\n",
       "* OK~\r\na NO ~\r\nb NO ~\r\nc NO ~\r\n* BYE ~\r\n",
       {{"imap_user", "u"}, {"imap_password", "p"}},
       true},
      {"logout", "0123456789abcdef LOGOUT\r\n", "* OK~\r\n* BYE ~\r\n0123456789abcdef OK ~\r\n", {}, true},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Telnet, AsksThreeTimesAndNegotiates) {
  const Stage stage(kTelnet);
  const std::string hello = bytes_from("ff fd 18 ff fd 1f") + "~mx1.example.org login: ";
  const std::string will_echo = bytes_from("ff fb 01");
  const std::string wont_echo = bytes_from("ff fc 01");
  const std::string failed = wont_echo + "\r\n\r\nLogin incorrect\r\n";
  const std::string again = failed + "mx1.example.org login: ";
  const Facts login = {{"telnet_user", "root"}, {"telnet_password", "xc3511"}};
  const Row table[] = {
      {"CR LF", "root\r\nxc3511\r\n", hello + will_echo + "Password: " + again, login},
      {"CR NUL", std::string("root\r\0xc3511\r\0", 14), hello + will_echo + "Password: " + again, login},
      {"LF", "root\nxc3511\n", hello + will_echo + "Password: " + again, login},
      {"CR", "root\rxc3511\r", hello + will_echo + "Password: " + again, login},
      {"no name", "\r\n\r\n", hello + "mx1.example.org login: mx1.example.org login: "},
      {"three times",
       "a\n1\nb\n2\nc\n3\nd\n",
       hello + will_echo + "Password: " + again + will_echo + "Password: " + again + will_echo + "Password: " + failed,
       {{"telnet_user", "a"}, {"telnet_password", "1"}},
       true},
      {"terminal type",
       bytes_from("ff fb 18 ff fb 18 ff fb 1f ff fa 1f 00 50 00 18 ff f0 ff fa 18 00 'xterm' ff f0"),
       hello + bytes_from("ff fa 18 01 ff f0"),
       {{"telnet_terminal", "xterm"}}},
      {"what is not wanted", bytes_from("ff fd 03 ff fb 20 ff fe 01 ff fc 18 ff f1"),
       hello + bytes_from("ff fc 03 ff fe 20")},
      {"commands in a line",
       bytes_from("'ro' ff fd 03 'o' ff ff 't' 0d 0a"),
       hello + bytes_from("ff fc 03") + will_echo + "Password: ",
       {{"telnet_user", "roo\xfft"}}},
      {"acknowledged echo", "root\r\n" + bytes_from("ff fd 01") + "xc3511\r\n" + bytes_from("ff fe 01"),
       hello + will_echo + "Password: " + again, login},
      {"IAC inside a subnegotiation",
       bytes_from("ff fa 18 00 'a' ff ff 'b' ff f0"),
       hello,
       {{"telnet_terminal",
         "a\xff\xff"
         "b"}}},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(LineServers, LeaveOtherProtocolsToOthers) {
  const std::string hello = bytes_from("16 03 01 00 05 01 00 00 01 00");
  for (const Server* server : {&kFtp, &kSmtp, &kPop3, &kImap, &kTelnet}) {
    EXPECT_TRUE(Stage(*server).play(hello).foreign) << server->name;
    EXPECT_TRUE(Stage(*server).play(std::string(5000, 'a')).foreign) << server->name;
    EXPECT_TRUE(Stage(*server).play_bytewise(std::string(5000, 'a')).foreign) << server->name;
  }
}

TEST(LineServers, AreRecognised) {
  struct {
    const Server* server;
    std::string first;
    Match match;
    uint16_t port = 9999;
  } const table[] = {
      {&kFtp, "USER root\r\n", Match::kYes},
      {&kFtp, "USER root\r\n", Match::kNo, 110},
      {&kFtp, "US", Match::kMore},
      {&kFtp, "AUTH TLS\r\n", Match::kYes},
      {&kFtp, "AUTH TLSX", Match::kNo},
      {&kSmtp, "ehlo x", Match::kYes},
      {&kSmtp, "HELP\r\n", Match::kNo},
      {&kPop3, "CAPA\r", Match::kYes},
      {&kPop3, "USER x\r\n", Match::kYes, 110},
      {&kPop3, "USER x\r\n", Match::kNo},
      {&kImap, "a001 LOGIN x y", Match::kYes},
      {&kImap, "a001 LOG", Match::kMore},
      {&kImap, "A", Match::kMore},
      {&kImap, "GET / HTTP/1.1", Match::kNo},
      {&kImap, " LOGIN ", Match::kNo},
      {&kImap, "0123456789abc", Match::kNo},
      {&kTelnet, bytes_from("ff fd 03"), Match::kYes},
      {&kTelnet, bytes_from("ff"), Match::kMore},
      {&kTelnet, bytes_from("ff d8 ff"), Match::kNo},
      {&kTelnet, "root\r\n", Match::kNo},
  };
  for (const auto& row : table) {
    EXPECT_EQ(Stage(*row.server, row.port).recognize(row.first), row.match) << row.server->name << ' ' << row.first;
  }
}

TEST(LineServers, GreetAlsoThoseWhoSpokeFirst) {
  for (const Server* server : {&kFtp, &kSmtp, &kPop3, &kImap, &kTelnet}) {
    Stage stage(*server);
    const std::string client = server == &kImap ? "a NOOP\r\n" : "NOOP\r\n";
    const Played greeted = stage.play(client);
    stage.greets = false;
    EXPECT_EQ(stage.play(client).said, greeted.said) << server->name;
  }
}

}  // namespace
}  // namespace portolan::proto::line_servers_test
