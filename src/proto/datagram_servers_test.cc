// SPDX-License-Identifier: Apache-2.0
// NTP, SNMP, SSDP, SIP, mDNS, TFTP, QUIC, and memcached over UDP: requests, answers, and what is never answered.
#include <rapidcheck/gtest.h>

#include "proto/mdns/names.h"
#include "proto/mdns/server.h"
#include "proto/memcached/server.h"
#include "proto/ntp/server.h"
#include "proto/quic/server.h"
#include "proto/sip/server.h"
#include "proto/snmp/server.h"
#include "proto/ssdp/server.h"
#include "proto/testing/script.h"
#include "proto/text.h"
#include "proto/tftp/server.h"

namespace portolan::proto::datagram_servers_test {
namespace {

using namespace testing;

Stage udp(const Server& server, uint16_t port = 0) {
  Stage stage(server, port);
  stage.ends.transport = Transport::kUdp;
  return stage;
}

TEST(Ntp, TellsTheTime) {
  const Stage stage = udp(kNtp);
  const std::string request = bytes_from("e3 00 06 ec") + std::string(36, '\0') + bytes_from("e9 01 02 03 04 05 06 07");
  const Played played = stage.play(request);
  ASSERT_EQ(played.said.size(), 48u);
  EXPECT_EQ(played.facts, (Facts{{"ntp_version", "4"}, {"ntp_mode", "3"}}));
  EXPECT_EQ(hex_of(played.said.substr(0, 4)), "24 02 06 e8");
  EXPECT_EQ(played.said.substr(24, 8), request.substr(40));
  // 1,700,000,000 s of Unix, and 20 us later.
  EXPECT_EQ(hex_of(played.said.substr(32, 8)), "e8 fe 6f 80 00 00 00 00");
  EXPECT_EQ(hex_of(played.said.substr(40, 8)), "e8 fe 6f 80 00 01 4f 8b");
  EXPECT_LT(base::load_be32(reinterpret_cast<const uint8_t*>(played.said.data()) + 16), 0xe8fe6f80u);
}

TEST(Ntp, KeepsTheVersionAndIgnoresWhatFollows) {
  const Stage stage = udp(kNtp);
  for (int version = 1; version <= 4; ++version) {
    std::string request(68, '\0');
    request[0] = static_cast<char>(version << 3 | 3);
    const Played played = stage.play(request);
    ASSERT_EQ(played.said.size(), 48u);
    EXPECT_EQ(played.said[0], static_cast<char>(version << 3 | 4));
  }
}

TEST(Ntp, NeverAnswersOtherModes) {
  const Stage stage = udp(kNtp);
  for (int first = 0; first < 256; ++first) {
    std::string request(48, '\0');
    request[0] = static_cast<char>(first);
    if (stage.recognize(request) != Match::kYes) continue;
    EXPECT_EQ(!stage.play(request).said.empty(), (first & 7) == 3) << first;
  }
  EXPECT_EQ(stage.play(bytes_from("17 00 03 2a 00 00 00 00")).facts, (Facts{{"ntp_version", "2"}, {"ntp_mode", "7"}}));
  EXPECT_EQ(stage.recognize(bytes_from("17 00 03 2a 00 00 00 00")), Match::kYes);
  EXPECT_EQ(udp(kNtp, 53).recognize(bytes_from("17 00 03 2a 00 00 00 00")), Match::kNo);
  EXPECT_EQ(stage.recognize(bytes_from("1b") + std::string(46, '\0')), Match::kNo);
}

TEST(Ntp, TellsPacketsFromTextAndDns) {
  const auto known = [](uint16_t port, std::string_view head) {
    std::string request = bytes_from(head);
    request.resize(48, '\0');
    return udp(kNtp, port).recognize(request) == Match::kYes;
  };
  EXPECT_TRUE(known(123, "23 00 06 ec 00 01 00 00 00 01 00 00"));  // ntpdate's
  EXPECT_TRUE(known(123, "23 10 fa 20"));
  EXPECT_TRUE(known(9999, "23 00 06 ec"));
  EXPECT_FALSE(known(9999, "23 00 01 00 00 01 00 00"));  // a DNS query
  EXPECT_FALSE(known(123, "0b 00 84 00 00 01 00 01"));   // a DNS response
  EXPECT_FALSE(known(123, "'SIP/2.0 200 OK'"));
}

const std::string kGetDescription = bytes_from(
    "30 26 02 01 01 04 06 'public' a0 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 01 00 05 00");
const std::string kGetName = bytes_from(
    "30 26 02 01 00 04 06 'public' a0 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 05 00 05 00");

std::string with(std::string bytes, size_t at, std::string_view notation) {
  const std::string put = bytes_from(notation);
  return bytes.replace(at, put.size(), put);
}
constexpr size_t kSnmpVersion = 4, kSnmpType = 13, kSnmpRepeats = 23, kSnmpArc = 36;

TEST(Snmp, AnswersTheSystemGroup) {
  const Stage stage = udp(kSnmp);
  const auto facts = [](std::string version, std::string operation, std::string name) {
    return Facts{{"snmp_version", std::move(version)},
                 {"snmp_community", "public"},
                 {"snmp_operation", std::move(operation)},
                 {"snmp_name", std::move(name)}};
  };
  const Row table[] = {
      {"get sysName", kGetName,
       bytes_from(
           "30 35 02 01 00 04 06 'public' a2 28 02 01 07 02 01 00 02 01 00 30 1d 30 1b 06 08 2b 06 01 02 01 01 05 00 "
           "04 0f 'mx1.example.org'"),
       facts("1", "get", "1.3.6.1.2.1.1.5.0")},
      {"get sysDescr", kGetDescription, "0~Linux mx1.example.org ~", facts("2c", "get", "1.3.6.1.2.1.1.1.0")},
      {"get-next", with(kGetName, kSnmpType, "a1"), "0~" + bytes_from("06 08 2b 06 01 02 01 01 06 00 04 07 'Unknown'"),
       facts("1", "get-next", "1.3.6.1.2.1.1.5.0")},
      {"version 1: no such name", with(kGetName, kSnmpArc, "63"),
       bytes_from("30 26 02 01 00 04 06 'public' a2 19 02 01 07 02 01 02 02 01 01 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "63 00 05 00"),
       facts("1", "get", "1.3.6.1.2.1.1.99.0")},
      {"version 2: no such object", with(kGetDescription, kSnmpArc, "63"),
       bytes_from("30 26 02 01 01 04 06 'public' a2 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "63 00 80 00"),
       facts("2c", "get", "1.3.6.1.2.1.1.99.0")},
      {"version 2: end of MIB", with(with(kGetDescription, kSnmpType, "a1"), kSnmpArc, "07"),
       bytes_from("30 26 02 01 01 04 06 'public' a2 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "07 00 82 00"),
       facts("2c", "get-next", "1.3.6.1.2.1.1.7.0")},
      {"set", with(kGetDescription, kSnmpType, "a3"),
       bytes_from("30 26 02 01 01 04 06 'public' a2 19 02 01 07 02 01 11 02 01 01 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "01 00 05 00"),
       facts("2c", "set", "1.3.6.1.2.1.1.1.0")},
      {"get-bulk of 3", with(with(kGetDescription, kSnmpType, "a5"), kSnmpRepeats, "03"),
       "0~" + bytes_from("02 01 01 02 00") + "~" + bytes_from("02 01 01 03 00") + "~" +
           bytes_from("06 08 2b 06 01 02 01 01 04 00 04 04 'root'"),
       facts("2c", "get-bulk", "1.3.6.1.2.1.1.1.0")},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Snmp, SaysTooBigWhenItMust) {
  Stage stage = udp(kSnmp);
  stage.limit = kGetName.size();
  EXPECT_EQ(hex_of(stage.play(kGetName).said), hex_of(with(with(kGetName, kSnmpType, "a2"), kSnmpType + 7, "01")));
  const Played second = stage.play(kGetDescription);
  EXPECT_EQ(hex_of(second.said),
            hex_of(bytes_from("30 18 02 01 01 04 06 'public' a2 0b 02 01 07 02 01 01 02 01 00 30 00")));
  EXPECT_TRUE(second.ok);
}

// A round that has come to the end is the last.
TEST(Snmp, EndsABulkAtTheEndOfTheMib) {
  const Stage stage = udp(kSnmp);
  const std::string bulk = with(with(with(kGetDescription, kSnmpType, "a5"), kSnmpRepeats, "10"), kSnmpArc, "06");
  EXPECT_TRUE(
      fits(stage.play(bulk).said, "0~" + bytes_from("30 1d 30 0d 06 08 2b 06 01 02 01 01 07 00 02 01 48 30 0c 06 "
                                                    "08 2b 06 01 02 01 01 07 00 82 00")));
}

TEST(Snmp, AnswersOneBulkRoundWhenTwoDoNotFit) {
  Stage stage = udp(kSnmp);
  const std::string bulk = with(with(kGetDescription, kSnmpType, "a5"), kSnmpRepeats, "10");
  const size_t whole = stage.play(bulk).said.size();
  stage.limit = whole - 1;
  const Played fewer = stage.play(bulk);
  EXPECT_TRUE(fewer.ok);
  EXPECT_LT(fewer.said.size(), whole);
  EXPECT_GT(fewer.said.size(), whole / 2);
}

TEST(Snmp, IsSilentToStrangersAndResponses) {
  const Stage stage = udp(kSnmp);
  std::string other = kGetName;
  other.replace(other.find("public"), 6, "secret");
  EXPECT_EQ(stage.play(other).said, "");
  EXPECT_EQ(stage.play(other).facts.at("snmp_community"), "secret");
  for (const char* type : {"a2", "a4", "a6", "a7", "a8", "30"}) {
    EXPECT_EQ(stage.recognize(with(kGetName, kSnmpType, type)), Match::kNo) << type;
    EXPECT_TRUE(stage.play(with(kGetName, kSnmpType, type)).foreign) << type;
  }
  EXPECT_EQ(stage.recognize(with(kGetName, kSnmpType, "a5")), Match::kNo);  // no get-bulk in version 1
  EXPECT_EQ(stage.recognize(with(kGetName, kSnmpVersion, "02")), Match::kNo);
  EXPECT_EQ(stage.recognize(kGetName), Match::kYes);
}

const std::string kDiscovery = bytes_from(
    "30 3e 02 01 03 30 11 02 04 11 22 33 44 02 03 00 ff e3 04 01 04 02 01 03 04 10 30 0e 04 00 02 01 00 02 01 00 04 00 "
    "04 00 "
    "04 00 30 14 04 00 04 00 a0 0e 02 04 55 66 77 08 02 01 00 02 01 00 30 00");

TEST(Snmp, IsDiscoveredInVersion3) {
  const Stage stage = udp(kSnmp);
  ASSERT_EQ(kDiscovery.size(), 64u);
  const Played played = stage.play(kDiscovery);
  EXPECT_EQ(played.facts, (Facts{{"snmp_version", "3"}}));
  const std::string engine = bytes_from("80 00 1f 88 80");
  const std::string unknown_engine = bytes_from("30 0f 06 0a 2b 06 01 06 03 0f 01 01 04 00 41 01 01");
  EXPECT_TRUE(fits(played.said, "0~" + bytes_from("02 01 03 30") + "~" + bytes_from("02 04 11 22 33 44") + "~" +
                                    bytes_from("04 01 00 02 01 03") + "~" + engine + "~" + engine + "~" +
                                    bytes_from("a8") + "~" + bytes_from("02 04 55 66 77 08 02 01 00 02 01 00") + "~" +
                                    unknown_engine))
      << hex_of(played.said);
  EXPECT_EQ(stage.recognize(kDiscovery), Match::kYes);
  EXPECT_EQ(stage.recognize(played.said), Match::kNo);
  EXPECT_EQ(stage.recognize(with(kDiscovery, 20, "00")), Match::kNo);
}

TEST(Ssdp, AnswersSearchesForWhatItIs) {
  Stage stage = udp(kSsdp);
  const auto search = [](std::string man, std::string target) {
    return "M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: " + man + "\r\nMX: 1\r\nST: " + target +
           "\r\n\r\n";
  };
  const std::string quoted = "\"ssdp:discover\"";
  const Played played = stage.play(search(quoted, "ssdp:all"));
  EXPECT_TRUE(fits(
      played.said,
      "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nEXT:\r\nLOCATION: http://198.51.100.7:5000/rootDesc.xml\r\n"
      "SERVER: ~\r\nST: upnp:rootdevice\r\nUSN: uuid:~-~-4~-~-~::upnp:rootdevice\r\n\r\n"))
      << played.said;
  EXPECT_EQ(played.facts, (Facts{{"ssdp_target", "ssdp:all"}}));
  const std::string gateway = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
  EXPECT_TRUE(fits(stage.play(search(quoted, gateway)).said, "HTTP/1.1 200 OK\r\n~ST: " + gateway + "\r\n~"));
  EXPECT_EQ(stage.play(search(quoted, "urn:dial-multiscreen-org:service:dial:1")).said, "");
  EXPECT_EQ(stage.play(search("ssdp:discover", "ssdp:all")).said, "");
  stage.limit = 100;
  EXPECT_FALSE(stage.play(search(quoted, "ssdp:all")).ok);
  EXPECT_EQ(stage.recognize("NOTIFY * HTTP/1.1\r\n"), Match::kNo);
  EXPECT_EQ(stage.recognize(played.said), Match::kNo);
}

std::string sip(const std::string& method, const std::string& more = "", const std::string& body = "") {
  return method + " sip:100@198.51.100.7 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport\r\n" +
         "Via: SIP/2.0/UDP 10.0.0.2\r\nMax-Forwards: 70\r\nf: \"a\" <sip:a@b>;tag=1\r\nTo: <sip:100@198.51.100.7>\r\n" +
         "Call-ID: 42@10.0.0.1\r\nCSeq: 1 " + method + "\r\nUser-Agent: friendly-scanner\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Sip, AnswersEachMethodAsItMust) {
  const Facts common = {{"sip_uri", "sip:100@198.51.100.7"},
                        {"sip_from", "\"a\" <sip:a@b>;tag=1"},
                        {"sip_to", "<sip:100@198.51.100.7>"},
                        {"sip_user_agent", "friendly-scanner"}};
  const auto facts = [&](std::string method) {
    Facts all = common;
    all["sip_method"] = std::move(method);
    return all;
  };
  const auto answer = [](const std::string& status, const std::string& method) {
    return "SIP/2.0 " + status +
           "\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport=40000;received=192.0.2.9\r\nVia: SIP/2.0/UDP "
           "10.0.0.2\r\n"
           "From: \"a\" <sip:a@b>;tag=1\r\nTo: <sip:100@198.51.100.7>;tag=as~\r\nCall-ID: 42@10.0.0.1\r\nCSeq: 1 " +
           method + "\r\n~Content-Length: 0\r\n\r\n";
  };
  Facts authorized = facts("REGISTER");
  authorized["sip_authorization"] = "Digest username=\"100\"";
  const Row table[] = {
      {"OPTIONS", sip("OPTIONS"), answer("200 OK", "OPTIONS"), facts("OPTIONS")},
      {"REGISTER", sip("REGISTER"), answer("401 Unauthorized", "REGISTER"), facts("REGISTER")},
      {"REGISTER with credentials", sip("REGISTER", "Authorization: Digest username=\"100\"\r\n"),
       answer("403 Forbidden", "REGISTER"), authorized},
      {"INVITE with a body", sip("INVITE", "", "v=0\r\n\r\n"), answer("404 Not Found", "INVITE"), facts("INVITE")},
      {"BYE", sip("BYE"), answer("481 ~", "BYE"), facts("BYE")},
      {"unknown", sip("FROB"), answer("501 Not Implemented", "FROB"), facts("FROB")},
      {"ACK", sip("ACK"), "", facts("ACK")},
      {"no Via",
       "OPTIONS sip:a SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
       "",
       {{"sip_method", "OPTIONS"}, {"sip_uri", "sip:a"}, {"sip_from", ""}, {"sip_to", ""}}},
  };
  for (const Row& row : table) {
    expect_row(udp(kSip), row);
    Stage tcp(kSip);
    expect_row(tcp, row);
  }
  const std::string challenged = udp(kSip).play(sip("REGISTER")).said;
  EXPECT_NE(challenged.find("WWW-Authenticate: Digest algorithm=MD5, realm=\"asterisk\", nonce=\""), std::string::npos);
  expect_row(Stage(kSip), {"two in one", "\r\n\r\n" + sip("OPTIONS") + sip("BYE"),
                           answer("200 OK", "OPTIONS") + answer("481 ~", "BYE"), facts("OPTIONS")});
}

TEST(Sip, LeavesOutWhatDoesNotFit) {
  Stage stage = udp(kSip);
  const std::string request = sip("REGISTER");
  stage.limit = request.size();
  const Played played = stage.play(request);
  EXPECT_TRUE(played.ok);
  EXPECT_TRUE(fits(played.said, "SIP/2.0 403 Forbidden\r\n~")) << played.said;
}

TEST(Sip, RefusesMalformedAndResponses) {
  const Stage stage = udp(kSip);
  for (const char* malformed : {"OPTIONS sip:a SIP/2.0\r\n", "OPTIONS sip:a SIP/3.0\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n",
                                "OPTIONS\r\n\r\n", "OPTIONS sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n"}) {
    EXPECT_TRUE(stage.play(malformed).foreign) << malformed;
  }
  EXPECT_EQ(stage.recognize("SIP/2.0 200 OK\r\n"), Match::kNo);
  EXPECT_EQ(stage.recognize("OPTIONS sip:nm SIP/2.0"), Match::kYes);
  EXPECT_EQ(stage.recognize("OPTIONS * HTTP/1.1"), Match::kNo);
  EXPECT_EQ(stage.recognize("OPTIONS si"), Match::kMore);
}

std::string question(std::string_view name, uint16_t type, uint16_t flags = 0) {
  std::vector<uint8_t> room(300);
  base::Writer out(room);
  out.be16(0xabcd), out.be16(flags), out.be16(1), out.be16(0), out.be32(0);
  mdns::Name(name).write(out);
  out.be16(type), out.be16(1);
  return std::string(text_of(out.written()));
}

TEST(Mdns, AnswersForItsHostAndServices) {
  Stage legacy = udp(kMdns);
  const std::string host = bytes_from("03 'mx1' 05 'local' 00");
  EXPECT_EQ(hex_of(legacy.play(question("MX1.local", 1)).said),
            hex_of(bytes_from("ab cd 84 00 00 01 00 01 00 00 00 00 03 'MX1' 05 'local' 00 00 01 00 01 "
                              "03 'MX1' 05 'local' 00 00 01 00 01 00 00 00 0a 00 04 c6 33 64 07")));
  Stage native = legacy;
  native.ends.client_port = 5353;
  EXPECT_EQ(hex_of(native.play(question("mx1.local", 255)).said),
            hex_of(bytes_from("00 00 84 00 00 00 00 01 00 00 00 00") + host +
                   bytes_from("00 01 80 01 00 00 00 78 00 04 c6 33 64 07")));
  EXPECT_EQ(native.play(question("mx1.local", 28)).said, "");
  const std::string directory = native.play(question("_services._dns-sd._udp.local", 12)).said;
  EXPECT_EQ(directory.substr(6, 2), bytes_from("00 02"));
  EXPECT_NE(directory.find("\x04_ssh\x04_tcp\x05local"), std::string::npos);
  EXPECT_TRUE(fits(native.play(question("_ssh._tcp.local", 12)).said,
                   "~" + bytes_from("03 'mx1' 04 '_ssh' 04 '_tcp' 05 'local' 00")));
  EXPECT_TRUE(
      fits(native.play(question("mx1._ssh._tcp.local", 33)).said, "~" + bytes_from("00 00 00 00 00 16") + host));
  EXPECT_TRUE(fits(native.play(question("mx1._ssh._tcp.local", 16)).said, "~" + bytes_from("00 00 00 78 00 01 00")));
  EXPECT_EQ(native.play(question("other.local", 1)).said, "");
  EXPECT_EQ(native.play(question("mx1.local", 1)).facts, (Facts{{"mdns_name", "mx1.local"}}));
}

TEST(Mdns, KnowsQueriesOnly) {
  const Stage stage = udp(kMdns);
  EXPECT_EQ(stage.recognize(question("mx1.local", 1)), Match::kYes);
  EXPECT_EQ(stage.recognize(question("mx1.local", 1, 0x8400)), Match::kNo);
  EXPECT_EQ(stage.recognize(question("mx1.local", 1, 0x2800)), Match::kNo);
  EXPECT_EQ(udp(kMdns, 53).recognize(question("mx1.local", 1)), Match::kNo);
  const char* const kHead = "ab cd 00 00 00 01 00 00 00 00 00 00 ";
  for (const char* malformed : {"", "c0 0c 00 01 00 01", "c0 0d 00 01 00 01", "05 'ab' 00 00 01", "80 00 00 01 00 01",
                                "01 'a' 00 00 01", "01 'a' c0 0e 00 01 00 01"}) {
    EXPECT_EQ(stage.recognize(bytes_from(std::string(kHead) + malformed)), Match::kNo) << malformed;
  }
}

TEST(Tftp, HasNoFileAndTakesNone) {
  Stage stage = udp(kTftp);
  const std::string read = bytes_from("00 01 'boot.cfg' 00 'octet' 00");
  expect_row(stage, {"read",
                     read,
                     bytes_from("00 05 00 01 'File not found' 00"),
                     {{"tftp_operation", "read"}, {"tftp_file", "boot.cfg"}, {"tftp_mode", "octet"}}});
  expect_row(stage, {"write, with options",
                     bytes_from("00 02 'x' 00 'NETASCII' 00 'tsize' 00 '0' 00"),
                     bytes_from("00 05 00 02 'Access violation' 00"),
                     {{"tftp_operation", "write"}, {"tftp_file", "x"}, {"tftp_mode", "NETASCII"}}});
  stage.limit = read.size();
  expect_row(stage, {"no longer than asked",
                     read,
                     bytes_from("00 05 00 01 00"),
                     {{"tftp_operation", "read"}, {"tftp_file", "boot.cfg"}, {"tftp_mode", "octet"}}});
  for (const char* other :
       {"00 03 00 01 'data'", "00 04 00 01 00 00", "00 05 00 01 'File not found' 00", "00 06 'blksize' 00 '8' 00",
        "00 01 'boot.cfg' 00 'octet'", "00 01 00 'octet' 00", "00 01 'x' 00 'frob' 00", "00 01"}) {
    EXPECT_EQ(stage.recognize(bytes_from(other)), Match::kNo) << other;
    EXPECT_TRUE(stage.play(bytes_from(other)).foreign) << other;
  }
}

TEST(Quic, NegotiatesVersionsAndNeverAnswersThat) {
  const Stage stage = udp(kQuic);
  std::string initial = bytes_from("c3 00 00 00 01 08 'destinat' 04 'sour' 00 44 9e");
  initial.resize(1200, 'p');
  const Played played = stage.play(initial);
  EXPECT_EQ(played.facts, (Facts{{"quic_version", "00000001"}}));
  ASSERT_EQ(played.said.size(), 7u + 12 + 12);
  EXPECT_EQ(played.said[0] & 0xc0, 0xc0);
  EXPECT_EQ(hex_of(played.said.substr(1, 18)), hex_of(bytes_from("00 00 00 00 04 'sour' 08 'destinat'")));
  for (size_t i = 19; i < 23; ++i) EXPECT_EQ(played.said[i] & 0x0f, 0x0a);
  EXPECT_EQ(hex_of(played.said.substr(23)), "ff 00 00 1d 51 30 35 30");
  EXPECT_EQ(hex_of(stage.play(with(initial, 1, "ff 00 00 1d")).said.substr(23)), "51 30 35 30");
  EXPECT_EQ(stage.recognize(initial), Match::kYes);
  EXPECT_EQ(stage.recognize(initial.substr(0, 1199)), Match::kNo);
  EXPECT_EQ(stage.recognize(with(initial, 0, "43")), Match::kNo);
  EXPECT_EQ(stage.recognize(with(initial, 1, "00 00 00 00")), Match::kNo);
  EXPECT_EQ(stage.recognize(with(initial, 5, "15")), Match::kNo);
}

TEST(MemcachedOverUdp, TellsAVersionAndNothingLonger) {
  const Stage stage = udp(kMemcached);
  const std::string frame = bytes_from("12 34 00 00 00 01 00 00");
  EXPECT_TRUE(fits(stage.play(frame + "version\r\n").said, frame + "VERSION 1.~\r\n"));
  EXPECT_EQ(stage.play(frame + "stats\r\n").said, frame + "ERROR\r\n");
  EXPECT_EQ(stage.play(frame + "get a b c d\r\n").said, frame + "END\r\n");
  EXPECT_EQ(stage.play(frame + "set a 0 0 1\r\nx\r\n").said, frame + "ERROR\r\n");
  EXPECT_EQ(stage.recognize(frame + "stats\r\n"), Match::kYes);
  EXPECT_EQ(stage.recognize(frame + "ERROR\r\n"), Match::kNo);
  EXPECT_EQ(stage.recognize(with(frame, 4, "00 02") + "stats\r\n"), Match::kNo);
  EXPECT_EQ(stage.recognize("stats\r\n"), Match::kNo);
}

}  // namespace
}  // namespace portolan::proto::datagram_servers_test
