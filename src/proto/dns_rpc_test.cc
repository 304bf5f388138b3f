// SPDX-License-Identifier: Apache-2.0
// DNS and ONC RPC: golden bytes in both styles, tables of requests and of malformed ones.
#include <rapidcheck/gtest.h>

#include "proto/dns/message.h"
#include "proto/dns/server.h"
#include "proto/rpc/server.h"
#include "proto/testing/packer.h"
#include "proto/testing/script.h"
#include "proto/text.h"

namespace portolan::proto::dns_rpc_test {
namespace {

using namespace testing;

Stage over_udp(const Server& server, Style style = Style::kModern) {
  Stage stage(server);
  stage.persona.style = style;
  stage.ends.transport = Transport::kUdp;
  return stage;
}

Stage over_tcp(const Server& server, Style style = Style::kModern) {
  Stage stage(server);
  stage.persona.style = style;
  return stage;
}

Stage over_ipv6(Stage stage) {
  stage.ends.client = addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 9));
  stage.ends.server = addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 7));
  return stage;
}

// ---- DNS

const std::string kQuestion = dns_name("www.example.org");

// The header of an answer, its question and what follows it.
std::string dns_answer(uint16_t flags, uint16_t answers, uint16_t authorities, uint16_t type, const std::string& rest,
                       const std::string& question = kQuestion, uint16_t klass = 1) {
  return be(0x1234, 2) + be(flags, 2) + be(1, 2) + be(answers, 2) + be(authorities, 2) + be(0, 2) + question +
         be(type, 2) + be(klass, 2) + rest;
}
std::string dns_record(uint16_t owner, uint16_t type, const std::string& data, uint16_t klass = 1) {
  return be(owner, 2) + be(type, 2) + be(klass, 2) + be(3600, 4) + be(data.size(), 2) + data;
}

constexpr uint16_t kFine = 0x8580;           // QR AA RD RA
constexpr uint16_t kZone = 0xc000 + 12 + 4;  // "example.org" in the question
const std::string kSoaData = bytes_from("03 'ns1' c0 10 0a 'hostmaster' c0 10") + be(2024031501, 4) + be(3600, 4) +
                             be(900, 4) + be(604800, 4) + be(300, 4);

TEST(Dns, AnswersByType) {
  struct Case {
    uint16_t type;
    std::string answer;
  };
  const std::vector<Case> cases = {
      {1, dns_answer(kFine, 1, 0, 1, dns_record(0xc00c, 1, bytes_from("c6 33 64 07")))},
      {28, dns_answer(kFine, 0, 1, 28, dns_record(kZone, 6, kSoaData))},
      {12, dns_answer(kFine, 1, 0, 12, dns_record(0xc00c, 12, dns_name("mx1.example.org")))},
      {15, dns_answer(kFine, 1, 0, 15, dns_record(0xc00c, 15, be(10, 2) + bytes_from("04 'mail' c0 10")))},
      {16, dns_answer(kFine, 1, 0, 16, dns_record(0xc00c, 16, "\x0ev=spf1 mx -all"))},
      {255, dns_answer(kFine, 1, 0, 255, dns_record(0xc00c, 13, std::string("\7RFC8482\0", 9)))},
      {2, dns_answer(kFine, 0, 1, 2, dns_record(kZone, 6, kSoaData))},
      {33, dns_answer(kFine, 0, 1, 33, dns_record(kZone, 6, kSoaData))},
      {252, dns_answer(0x8185, 0, 0, 252, "")},
  };
  for (const Case& c : cases) {
    const std::string query = dns_query("www.example.org", c.type);
    EXPECT_EQ(hex_of(over_udp(kDns).play(query).said), hex_of(c.answer)) << c.type;
    EXPECT_EQ(over_tcp(kDns).play(with_length(query)).said, with_length(c.answer)) << c.type;
  }
  EXPECT_EQ(over_ipv6(over_udp(kDns)).play(dns_query("www.example.org", 28)).said,
            dns_answer(kFine, 1, 0, 28,
                       dns_record(0xc00c, 28, bytes_from("20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07"))));
  EXPECT_EQ(over_ipv6(over_udp(kDns)).play(dns_query("www.example.org", 1)).said,
            dns_answer(kFine, 0, 1, 1, dns_record(kZone, 6, kSoaData)));
}

TEST(Dns, TheZoneItselfHasServers) {
  const std::string question = dns_name("example.org");
  EXPECT_EQ(over_udp(kDns).play(dns_query("example.org", 2)).said,
            dns_answer(kFine, 2, 0, 2,
                       dns_record(0xc00c, 2, bytes_from("03 'ns1' c0 0c")) +
                           dns_record(0xc00c, 2, bytes_from("03 'ns2' c0 0c")),
                       question));
  EXPECT_EQ(over_udp(kDns).play(dns_query("", 6)).said.substr(6, 2), be(1, 2)) << "and so does the root";
}

TEST(Dns, ChaosTellsTheVersion) {
  const std::string said = over_udp(kDns).play(dns_query("VERSION.bind", 16, 3)).said;
  EXPECT_EQ(said.substr(0, 12), dns_answer(kFine, 1, 0, 16, "").substr(0, 12));
  EXPECT_NE(said.find_first_of("0123456789", 40), std::string::npos);
  EXPECT_EQ(over_udp(kDns).play(dns_query("id.server", 16, 3)).said,
            dns_answer(kFine, 1, 0, 16, dns_record(0xc00c, 16, "\x0fmx1.example.org", 3), dns_name("id.server"), 3));
  EXPECT_EQ(over_udp(kDns).play(dns_query("version.bind", 1, 3)).said.substr(2, 2), be(0x8185, 2)) << "refused";
  EXPECT_EQ(over_udp(kDns).play(dns_query("version.bind", 16, 4)).said.substr(2, 2), be(0x8185, 2)) << "refused";
}

TEST(Dns, SpeaksEdns) {
  const std::string said = over_udp(kDns).play(dns_query("www.example.org", 1, 1, 4096)).said;
  EXPECT_EQ(said.substr(10, 2), be(1, 2));
  EXPECT_EQ(said.substr(said.size() - 11), bytes_from("00 00 29 04 d0 00 00 00 00 00 00"));
  std::string later = dns_query("www.example.org", 1, 1, 4096);
  later[later.size() - 5] = 1;  // version
  const std::string refused = over_udp(kDns).play(later).said;
  EXPECT_EQ(refused.substr(2, 2), be(0x8180, 2));
  EXPECT_EQ(refused.substr(refused.size() - 11), bytes_from("00 00 29 04 d0 01 00 00 00 00 00")) << "BADVERS";
}

TEST(Dns, SaysSoWhenItMayNotSayAll) {
  for (const uint16_t edns : {uint16_t{0}, uint16_t{4096}}) {
    const std::string query = dns_query("www.example.org", 1, 1, edns);
    Stage stage = over_udp(kDns);
    stage.limit = query.size();
    std::string truncated = query;
    truncated[2] = '\x87', truncated[3] = '\x80';  // QR AA TC RD, RA
    if (edns != 0) truncated.replace(truncated.size() - 8, 2, be(1232, 2));
    EXPECT_EQ(hex_of(stage.play(query).said), hex_of(truncated));
    stage.limit = query.size() - 1;
    EXPECT_LE(stage.play(query).said.size(), stage.limit);
    stage.limit = 12;
    EXPECT_EQ(stage.play(query).said, bytes_from("12 34 83 00 00 00 00 00 00 00 00 00"));
  }
}

TEST(Dns, RefusesInAHeader) {
  const auto answer = [](std::string_view header) { return over_udp(kDns).play(bytes_from(header)).said; };
  EXPECT_EQ(answer("12 34 01 00 00 00 00 00 00 00 00 00"), bytes_from("12 34 81 01 00 00 00 00 00 00 00 00"))
      << "no question";
  EXPECT_EQ(answer("00 00 10 00 00 00 00 00 00 00 00 00"), bytes_from("00 00 90 04 00 00 00 00 00 00 00 00"))
      << "status";
  EXPECT_EQ(answer("12 34 00 00 00 02 00 00 00 00 00 00 00 00 01 00 01 00 00 01 00 01"),
            bytes_from("12 34 80 01 00 00 00 00 00 00 00 00"))
      << "two questions";
}

TEST(Dns, TellsWhatWasAsked) {
  EXPECT_EQ(over_udp(kDns).play(dns_query("www.example.org", 28, 1, 1400)).facts,
            (Facts{{"dns_name", "www.example.org"}, {"dns_type", "AAAA"}, {"dns_edns_size", "1400"}}));
  EXPECT_EQ(over_udp(kDns).play(dns_query("a b\xff", 65280, 3)).facts,
            (Facts{{"dns_name", "a\\032b\\255"}, {"dns_type", "TYPE65280"}, {"dns_class", "3"}}));
  EXPECT_EQ(over_udp(kDns).play(dns_query("", 1)).facts, (Facts{{"dns_name", "."}, {"dns_type", "A"}}));
}

TEST(Dns, TakesOnlyWholeQueries) {
  const std::string good = dns_query("www.example.org", 1);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(over_udp(kDns).recognize(good.substr(0, size)), Match::kNo) << size;
  }
  EXPECT_EQ(over_udp(kDns).recognize(good + "x"), Match::kNo) << "more than it says";
  std::string response = good;
  response[2] |= '\x80';
  EXPECT_EQ(over_udp(kDns).recognize(response), Match::kNo);
  EXPECT_TRUE(over_tcp(kDns).play(with_length(response)).foreign);
}

// Every pointer that leads forward, to itself, into the header, or round in a circle.
TEST(Dns, ReadsNamesThatPointBackwardsOnly) {
  const std::string header = bytes_from("12 34 01 00 00 02 00 00 00 00 00 00");
  const std::string first = dns_name("a.b") + be(1, 2) + be(1, 2);
  const auto recognized = [&](std::string_view second) {
    return over_udp(kDns).recognize(header + first + bytes_from(second) + be(1, 2) + be(1, 2));
  };
  EXPECT_EQ(recognized("c0 0c"), Match::kYes);
  EXPECT_EQ(recognized("01 'x' c0 0e"), Match::kYes);
  for (const std::string_view bad :
       {"c0 15", "c0 16", "c0 17", "c0 00", "c0 0b", "01 'x' c0 15", "ff ff", "80 0c", "40 'x'", "c0"}) {
    EXPECT_EQ(recognized(bad), Match::kNo) << bad;
  }
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "\1a";
  const std::string one = bytes_from("12 34 01 00 00 01 00 00 00 00 00 00");
  EXPECT_EQ(over_udp(kDns).recognize(one + longest + zeros(1) + be(1, 2) + be(1, 2)), Match::kYes) << "255 bytes";
  EXPECT_EQ(over_udp(kDns).recognize(one + longest + "\1b" + zeros(1) + be(1, 2) + be(1, 2)), Match::kNo);
}

TEST(Dns, MasscannedKnowsAddressesAlone) {
  const Stage stage = over_udp(kDns, Style::kMasscanned);
  const std::string record = kQuestion + be(1, 2) + be(1, 2) + be(43200, 4) + be(4, 2) + bytes_from("c6 33 64 07");
  EXPECT_EQ(stage.play(dns_query("www.example.org", 1)).said, dns_answer(0x8500, 1, 0, 1, record));
  EXPECT_EQ(stage.play(dns_query("www.example.org", 1, 1, 1232)).said, dns_answer(0x8500, 1, 0, 1, record)) << "EDNS";
  EXPECT_EQ(over_ipv6(stage).play(dns_query("www.example.org", 1)).said,
            dns_answer(0x8500, 1, 0, 1, kQuestion + be(1, 2) + be(1, 2) + be(43200, 4) + be(0, 2)));
  EXPECT_EQ(stage.play(dns_query("www.example.org", 28)).said, "");
  EXPECT_EQ(stage.play(dns_query("www.example.org", 1, 3)).said, "");
  const std::string nothing = bytes_from("12 34 00 00 00 00 00 00 00 00 00 00");
  EXPECT_EQ(stage.play(nothing).said, bytes_from("12 34 84 00 00 00 00 00 00 00 00 00"));
  const std::string root = bytes_from("00 00 01 00 01");
  EXPECT_EQ(stage.play(bytes_from("12 34 28 00 00 02 00 00 00 00 00 00") + root + root).said,
            bytes_from("12 34 ac 00 00 02 00 02 00 00 00 00") + root + root + root +
                bytes_from("00 00 a8 c0 00 04 c6 33 64 07") + root + bytes_from("00 00 a8 c0 00 04 c6 33 64 07"));
}

RC_GTEST_PROP(Dns, TruncatesToAnyLimit, (uint8_t limit)) {
  const auto type = *rc::gen::element<uint16_t>(1, 2, 6, 12, 15, 16, 28, 33, 255);
  const std::string query = dns_query("www.example.org", type, 1, *rc::gen::element<uint16_t>(0, 512, 4096));
  Stage stage = over_udp(kDns);
  stage.limit = limit;
  const Played played = stage.play(query);
  RC_ASSERT(played.said.size() <= std::max<size_t>(limit, 12));
  RC_ASSERT(limit < 12 || played.ok);
}

// ---- RPC

constexpr uint32_t kXid = 0x5a5a0001;
std::string rpc_reply(uint32_t accept, const std::string& result = {}) {
  return be(kXid, 4) + be(1, 4) + be(0, 4) + zeros(8) + be(accept, 4) + result;
}
std::string mapping(uint32_t version, uint32_t transport) {
  return be(1, 4) + be(100000, 4) + be(version, 4) + be(transport, 4) + be(111, 4);
}
std::string binding(uint32_t version, std::string_view netid, std::string_view address = "198.51.100.7.0.111") {
  return be(1, 4) + be(100000, 4) + be(version, 4) + xdr(netid) + xdr(address) + xdr("superuser");
}
std::string place(uint32_t program, uint32_t version, std::string_view netid) {
  return be(program, 4) + be(version, 4) + xdr(netid) + xdr("") + xdr("");
}

struct RpcCase {
  std::string call;
  std::string reply;
};

void expect_replies(Style style, const std::vector<RpcCase>& cases) {
  for (const RpcCase& c : cases) {
    EXPECT_EQ(hex_of(over_udp(kRpc, style).play(c.call).said), hex_of(c.reply)) << hex_of(c.call);
    const std::string framed = c.reply.empty() ? "" : record(c.reply);
    EXPECT_EQ(hex_of(over_tcp(kRpc, style).play(record(c.call)).said), hex_of(framed)) << hex_of(c.call);
  }
}

TEST(Rpc, RepliesAsRpcbindDoes) {
  const std::string here = xdr("198.51.100.7.0.111");
  expect_replies(
      Style::kModern,
      {
          {rpc_call(100000, 2, 0), rpc_reply(0)},
          {rpc_call(100000, 4, 0), rpc_reply(0)},
          {rpc_call(100000, 1, 0), rpc_reply(2, be(2, 4) + be(4, 4))},
          {rpc_call(100000, 0x1977c, 0), rpc_reply(2, be(2, 4) + be(4, 4))},
          {rpc_call(100003, 3, 0), rpc_reply(1)},
          {rpc_call(100000, 2, 1, zeros(16)), rpc_reply(0, be(0, 4))},
          {rpc_call(100000, 2, 3, be(100000, 4) + be(2, 4) + be(17, 4) + be(0, 4)), rpc_reply(0, be(111, 4))},
          {rpc_call(100000, 2, 3, be(100003, 4) + be(3, 4) + be(6, 4) + be(0, 4)), rpc_reply(0, be(0, 4))},
          {rpc_call(100000, 3, 3, place(100000, 4, "udp")), rpc_reply(0, here)},
          {rpc_call(100000, 4, 3, place(100003, 3, "tcp")), rpc_reply(0, xdr(""))},
          {rpc_call(100000, 4, 9, place(100000, 4, "tcp")), rpc_reply(0, here)},
          {rpc_call(100000, 4, 9, place(100000, 5, "tcp")), rpc_reply(0, xdr(""))},
          {rpc_call(100000, 3, 9, place(100000, 4, "tcp")), rpc_reply(3)},
          {rpc_call(100000, 3, 3), rpc_reply(4)},
          {rpc_call(100000, 2, 5, zeros(16)), ""},
          {rpc_call(100000, 2, 6), rpc_reply(3)},
          {rpc_call(100000, 3, 6), rpc_reply(0, be(1'700'000'000, 4))},
          {rpc_call(100000, 2, 77), rpc_reply(3)},
          {rpc_call(100000, 2, 4), rpc_reply(0, mapping(4, 6) + mapping(4, 17) + mapping(3, 6) + mapping(3, 17) +
                                                    mapping(2, 6) + mapping(2, 17) + be(0, 4))},
          {rpc_call(100000, 4, 4),
           rpc_reply(0, binding(4, "tcp") + binding(4, "udp") + binding(3, "tcp") + binding(3, "udp") +
                            binding(2, "tcp") + binding(2, "udp") + be(0, 4))},
      });
  std::string old = rpc_call(100000, 2, 0);
  old[11] = 1;  // RPC version
  expect_replies(Style::kModern, {{old, be(kXid, 4) + be(1, 4) + be(1, 4) + be(0, 4) + be(2, 4) + be(2, 4)}});
}

TEST(Rpc, MasscannedHasItsOwnErrors) {
  const auto dump = [](std::string_view netid) {
    return binding(2, netid) + binding(3, netid) + binding(4, netid) + be(0, 4);
  };
  std::string old = rpc_call(100000, 2, 0);
  old[11] = 9;  // RPC version: not looked at
  expect_replies(Style::kMasscanned,
                 {
                     {rpc_call(100003, 1, 0), rpc_reply(2, be(2, 4) + be(4, 4))},
                     {rpc_call(100003, 5, 9), rpc_reply(2, be(2, 4) + be(4, 4))},
                     {rpc_call(100003, 3, 0), rpc_reply(0)},
                     {rpc_call(100003, 3, 1), rpc_reply(1)},
                     {old, rpc_reply(0)},
                     {rpc_call(100000, 2, 3), rpc_reply(0, be(111, 4))},
                     {rpc_call(100000, 3, 3), rpc_reply(0, xdr("198.51.100.7.0.111"))},
                     {rpc_call(100000, 2, 4), rpc_reply(0, mapping(2, 6) + mapping(3, 6) + mapping(4, 6) + be(0, 4))},
                     {rpc_call(100000, 4, 4), rpc_reply(0, dump("tcp"))},
                     {rpc_call(100000, 4, 7), rpc_reply(5)},
                 });
  EXPECT_EQ(over_ipv6(over_udp(kRpc, Style::kMasscanned)).play(rpc_call(100000, 3, 4)).said,
            rpc_reply(0, binding(2, "tcp6", "2001:db8::7.0.111") + binding(3, "tcp6", "2001:db8::7.0.111") +
                             binding(4, "tcp6", "2001:db8::7.0.111") + be(0, 4)));
}

TEST(Rpc, MasscannedRepeatsTheFirstReply) {
  const std::string first = record(rpc_call(100000, 2, 0)), later = record(rpc_call(100000, 2, 4, "", 7));
  EXPECT_EQ(over_tcp(kRpc, Style::kMasscanned).play({first, later}).said, record(rpc_reply(0)) + record(rpc_reply(0)));
}

TEST(Rpc, PutsFragmentsTogether) {
  const std::string call = rpc_call(100000, 2, 3, be(100000, 4) + be(2, 4) + be(6, 4) + be(0, 4));
  const std::string reply = record(rpc_reply(0, be(111, 4)));
  for (size_t cut = 0; cut <= call.size(); ++cut) {
    const std::string two = record(call.substr(0, cut), false) + record(call.substr(cut));
    EXPECT_EQ(over_tcp(kRpc).play(two + two).said, reply + reply) << cut;
  }
  std::string tiny;
  for (const char c : call) tiny += record(std::string(1, c), false);
  EXPECT_EQ(over_tcp(kRpc).play(tiny + record("")).said, reply);
  EXPECT_EQ(over_tcp(kRpc).play(call).said, rpc_reply(0, be(111, 4))) << "no mark, none in the answer";
}

TEST(Rpc, TellsWhoCalls) {
  const std::string credential =
      be(1, 4) + be(28, 4) + be(1, 4) + xdr("box") + be(1000, 4) + be(1000, 4) + be(1, 4) + be(5, 4);
  EXPECT_EQ(over_udp(kRpc).play(rpc_call(100005, 3, 1, "", kXid, credential)).facts, (Facts{{"rpc_program", "100005"},
                                                                                            {"rpc_version", "3"},
                                                                                            {"rpc_procedure", "1"},
                                                                                            {"rpc_machine", "box"},
                                                                                            {"rpc_uid", "1000"}}));
}

TEST(Rpc, IsSilentToWhatIsNoCall) {
  const std::string call = rpc_call(100000, 2, 4);
  for (size_t size = 0; size < call.size(); ++size) {
    EXPECT_EQ(over_udp(kRpc).recognize(call.substr(0, size)), Match::kNo) << size;
    EXPECT_EQ(over_udp(kRpc).play(call.substr(0, size)).said, "");
    EXPECT_EQ(over_tcp(kRpc).play(record(call.substr(0, size))).said, "");
  }
  std::string reply = call;
  reply[7] = 1;
  EXPECT_EQ(over_udp(kRpc).recognize(reply), Match::kNo);
  const std::string huge = be(0, 4) + be(0xfffffff0, 4);
  EXPECT_EQ(over_udp(kRpc).play(rpc_call(100000, 2, 0, "", kXid, huge)).said, "");
}

}  // namespace
}  // namespace portolan::proto::dns_rpc_test
