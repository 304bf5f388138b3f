// SPDX-License-Identifier: Apache-2.0
// What holds for every server of the registry: any bytes are stood, no cut matters, nothing told is undeclared, and no
// answer over UDP is a request.
#include <rapidcheck/gtest.h>

#include <set>

#include "proto/dialogue.h"
#include "proto/testing/script.h"
#include "proto/text.h"

namespace portolan::proto::all_servers_test {
namespace {

using namespace testing;

struct Sample {
  std::string_view server;
  Transport transport;
  std::string bytes;
};

std::string padded(std::string_view notation, size_t size) {
  std::string bytes = bytes_from(notation);
  bytes.resize(size, 'p');
  return bytes;
}

// Requests of every kind that the services know; over UDP each is answered.
const std::vector<Sample>& samples() {
  constexpr Transport kTcp = Transport::kTcp, kUdp = Transport::kUdp;
  static const std::vector<Sample> all = {
      {"ftp", kTcp, "USER root\r\nPASS toor\r\nFEAT\r\nLIST\r\n"},
      {"smtp", kTcp, "EHLO x\r\nAUTH PLAIN\r\nAHVzZXIAcGFzcw==\r\nMAIL FROM:<a>\r\nRCPT TO:<b@c>\r\n"},
      {"pop3", kTcp, "CAPA\r\nUSER u\r\nPASS p\r\nAUTH LOGIN\r\ndXNlcg==\r\n"},
      {"imap", kTcp, "a LOGIN {4}\r\nuser {4+}\r\npass\r\nb AUTHENTICATE PLAIN\r\nAHVzZXIAcGFzcw==\r\n"},
      {"telnet", kTcp, bytes_from("ff fb 18 'root' 0d 0a ff fa 18 00 'vt100' ff f0 'x' 0d 00 'y' 0a")},
      {"vnc", kTcp, "RFB 003.008\n\x02" + std::string(16, 'x')},
      {"mysql", kTcp,
       bytes_from("2a 00 00 01 85 a6 0f 00 00 00 00 01 2d") + std::string(23, '\0') +
           bytes_from("'root' 00 04 'abcd'")},
      {"redis", kTcp,
       "*2\r\n$4\r\nINFO\r\n$3\r\nall\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nPING\r\n*1\r\n$3\r\nFOO\r\n"},
      {"memcached", kTcp, "stats\r\nset k 0 0 1\r\nx\r\nget k\r\nversion\r\n"},
      {"memcached", kTcp, bytes_from("80 0b 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00")},
      {"memcached", kUdp, bytes_from("00 01 00 00 00 01 00 00 'version' 0d 0a")},
      {"memcached", kUdp, bytes_from("00 01 00 00 00 01 00 00 'stats' 0d 0a")},
      {"memcached", kUdp, bytes_from("00 01 00 00 00 01 00 00 'get a' 0d 0a")},
      {"mqtt", kTcp,
       bytes_from("10 0e 00 04 'MQTT' 05 02 00 3c 00 00 01 'a' 32 08 00 01 't' 12 34 00 'hi' 82 07 00 01 00 00 01 '#' "
                  "01 c0 00")},
      {"ldap", kTcp,
       bytes_from("30 0c 02 01 01 60 07 02 01 03 04 00 80 00 30 25 02 01 03 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 "
                  "01 00 01 01 00 87 0b 'objectclass' 30 00")},
      {"ldap", kUdp,
       bytes_from("30 25 02 01 03 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b 'objectclass' 30 00")},
      {"rdp", kTcp,
       bytes_from("03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 00 00 00 00 03 00 00 0b 02 f0 80 7f 65 00 00 00")},
      {"ntp", kUdp, bytes_from("23") + std::string(47, '\0')},
      {"snmp", kUdp,
       bytes_from("30 26 02 01 01 04 06 'public' a0 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "01 00 05 00")},
      {"snmp", kUdp,
       bytes_from("30 26 02 01 00 04 06 'public' a1 19 02 01 07 02 01 00 02 01 00 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "07 00 05 00")},
      {"snmp", kUdp,
       bytes_from("30 26 02 01 01 04 06 'public' a5 19 02 01 07 02 01 00 02 01 10 30 0e 30 0c 06 08 2b 06 01 02 01 01 "
                  "01 00 05 00")},
      {"snmp", kUdp,
       bytes_from("30 3e 02 01 03 30 11 02 04 11 22 33 44 02 03 00 ff e3 04 01 04 02 01 03 04 10 30 0e 04 00 02 01 00 "
                  "02 01 00 04 00 04 00 04 00 30 14 04 00 04 00 a0 0e 02 04 55 66 77 08 02 01 00 02 01 00 30 00")},
      {"ssdp", kUdp, "M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n"},
      {"sip", kTcp,
       "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP b;rport\r\nFrom: c\r\nTo: d\r\nCall-ID: e\r\nCSeq: 1 "
       "OPTIONS\r\nContent-Length: 2\r\n\r\nab"},
      {"sip", kUdp,
       "REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP b\r\nFrom: c\r\nTo: d\r\nCall-ID: e\r\nCSeq: 1 REGISTER\r\n\r\n"},
      {"mdns", kUdp,
       bytes_from(
           "00 00 00 00 00 01 00 00 00 00 00 00 09 '_services' 07 '_dns-sd' 04 '_udp' 05 'local' 00 00 0c 00 01")},
      {"mdns", kUdp, bytes_from("12 34 00 00 00 01 00 00 00 00 00 00 03 'mx1' 05 'local' 00 00 01 00 01")},
      {"tftp", kUdp, bytes_from("00 01 'x' 00 'octet' 00")},
      {"tftp", kUdp, bytes_from("00 02 'x' 00 'octet' 00")},
      {"quic", kUdp, padded("c3 00 00 00 01 08 'destinat' 04 'sour' 00 44 9e", 1200)},
  };
  return all;
}

Stage stage_of(const Sample& sample) {
  Stage stage(*find_server(sample.server));
  stage.ends.transport = sample.transport;
  return stage;
}

TEST(AllServers, HaveNamesAndFactsOfTheirOwn) {
  std::set<std::string_view> names, facts;
  for (const Server* server : servers()) {
    EXPECT_TRUE(names.insert(server->name).second) << server->name;
    EXPECT_TRUE(server->tcp || server->udp) << server->name;
    EXPECT_NE(server->serve, nullptr) << server->name;
    EXPECT_EQ(find_server(server->name), server);
    for (const FactName& fact : server->facts) {
      EXPECT_TRUE(facts.insert(fact.name).second) << fact.name;
      EXPECT_FALSE(fact.meaning.empty()) << fact.name;
    }
  }
  EXPECT_EQ(find_server("no such"), nullptr);
}

TEST(AllServers, TellOnlyTheFactsThatTheyDeclare) {
  for (const Sample& sample : samples()) {
    const Server& server = *find_server(sample.server);
    for (const auto& [name, value] : stage_of(sample).play(sample.bytes).facts) {
      const auto same = [&](const FactName& fact) { return fact.name == name; };
      EXPECT_TRUE(std::any_of(server.facts.begin(), server.facts.end(), same)) << name;
    }
  }
}

TEST(AllServers, TakeAConversationHoweverItIsCut) {
  for (const Sample& sample : samples()) {
    if (sample.transport == Transport::kUdp) continue;
    SCOPED_TRACE(sample.server);
    const Stage stage = stage_of(sample);
    const Played whole = stage.play(sample.bytes);
    EXPECT_FALSE(whole.foreign);
    EXPECT_FALSE(whole.said.empty());
    EXPECT_EQ(whole.left, 0u);
    expect_same_for_every_cut(stage, sample.bytes, whole);
  }
}

// Of several that know the same bytes the first plays, and all before it must have said no by 64 bytes.
TEST(AllServers, KnowTheirOwnAndLeaveTheRest) {
  for (const Sample& sample : samples()) {
    const std::string first =
        sample.transport == Transport::kTcp ? sample.bytes.substr(0, kMostToRecognize) : sample.bytes;
    if (sample.server == "mysql" || sample.server == "rdp")
      continue;  // the port's, or shorter than they are told apart by
    const Ends ends = stage_of(sample).ends;
    std::string_view knower;
    for (const Server* server : servers()) {
      const bool speaks = sample.transport == Transport::kTcp ? server->tcp : server->udp;
      if (!speaks || server->recognize == nullptr || !knower.empty()) continue;
      const Match match = server->recognize(bytes_of(first), ends);
      EXPECT_NE(match, Match::kMore) << sample.server << " is held up by " << server->name;
      if (match == Match::kYes) knower = server->name;
    }
    EXPECT_EQ(knower, sample.server);
  }
}

bool is_request(std::string_view bytes, uint16_t port) {
  Ends ends;
  ends.transport = Transport::kUdp;
  ends.server_port = port;
  for (const Server* server : servers()) {
    if (server->udp && server->recognize != nullptr && server->recognize(bytes_of(bytes), ends) == Match::kYes)
      return true;
  }
  return false;
}

// Sent to any port of a program like us, it is met with silence.
void expect_unanswered(std::string_view said) {
  if (said.empty()) return;
  std::set<uint16_t> ports = {9999};
  for (const Server* server : servers()) ports.insert(server->ports.begin(), server->ports.end());
  Stage stage(*find_server("ntp"));
  stage.ends.transport = Transport::kUdp;
  std::vector<uint8_t> room(stage.room);
  for (const uint16_t port : ports) {
    stage.ends.server_port = port;
    FactList facts;
    Answer out(room, facts);
    const Server* const knower = answer_datagram(stage.persona, stage.ends, Stage::kWall, bytes_of(said), out);
    EXPECT_TRUE(out.written().empty()) << port << ' ' << knower->name << ": " << hex_of(said);
  }
}

TEST(AllServers, NeverAnswerARequestWithARequest) {
  for (const Sample& sample : samples()) {
    if (sample.transport == Transport::kTcp) continue;
    SCOPED_TRACE(sample.server);
    Stage stage = stage_of(sample);
    EXPECT_TRUE(is_request(sample.bytes, stage.ends.server_port));
    for (const size_t limit : {Answer::kNoLimit, sample.bytes.size()}) {
      stage.limit = limit;
      const std::string said = stage.play(sample.bytes).said;
      EXPECT_FALSE(said.empty());
      expect_unanswered(said);
    }
  }
}

// A sample with some bytes changed, left out or repeated.
std::string mutated(const Sample& sample) {
  std::string bytes = sample.bytes;
  const int changes = *rc::gen::inRange(0, 6);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
        break;
      case 1:
        bytes.erase(at, *rc::gen::inRange<size_t>(1, 9));
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, *rc::gen::inRange<size_t>(1, 9)));
        break;
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

Sample any_sample() { return *rc::gen::elementOf(samples()); }
Sample any_sample(Transport transport) {
  return *rc::gen::suchThat(rc::gen::elementOf(samples()), [=](const Sample& s) { return s.transport == transport; });
}

RC_GTEST_PROP(AllServers, StandAnyBytesInAnyRoom, ()) {
  const Sample sample = any_sample();
  Stage stage = stage_of(sample);
  stage.room = *rc::gen::element<size_t>(0, 1, 7, 40, 200, 16384);
  stage.persona.variety = *rc::gen::arbitrary<uint64_t>();
  stage.greets = *rc::gen::arbitrary<bool>();
  const Played played = stage.play(mutated(sample));
  RC_ASSERT(played.said.size() <= stage.room);
}

RC_GTEST_PROP(AllServers, DoNotMindHowChangedBytesAreCut, ()) {
  const Sample sample = any_sample(Transport::kTcp);
  const Stage stage = stage_of(sample);
  const std::string bytes = mutated(sample);
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size() + 1);
  const Played whole = stage.play(bytes);
  RC_ASSERT(stage.play({bytes.substr(0, cut), bytes.substr(cut)}) == whole);
  RC_ASSERT(stage.play_bytewise(bytes) == whole);
}

RC_GTEST_PROP(AllServers, NeverAnswerAChangedRequestWithARequest, ()) {
  const Sample sample = any_sample(Transport::kUdp);
  Stage stage = stage_of(sample);
  const std::string bytes = mutated(sample);
  if (stage.recognize(bytes) != Match::kYes) return;
  expect_unanswered(stage.play(bytes).said);
  stage.limit = bytes.size();
  const Played within = stage.play(bytes);
  if (within.ok) RC_ASSERT(within.said.size() <= bytes.size());
}

// What a server has begun to know it goes on to know or not: no later byte makes a "no" a "yes".
RC_GTEST_PROP(AllServers, RecogniseByPrefixes, ()) {
  const Sample sample = any_sample(Transport::kTcp);
  const std::string bytes = mutated(sample).substr(0, kMostToRecognize);
  for (const Server* server : servers()) {
    if (!server->tcp || server->recognize == nullptr) continue;
    const Stage stage(*server, 9999);
    Match last = Match::kMore;
    for (size_t size = 0; size <= bytes.size(); ++size) {
      const Match match = stage.recognize(bytes.substr(0, size));
      if (last != Match::kMore) RC_ASSERT(match == last);
      last = match;
    }
  }
}

}  // namespace
}  // namespace portolan::proto::all_servers_test
