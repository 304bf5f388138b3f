// SPDX-License-Identifier: Apache-2.0
#include "proto/dialogue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "proto/testing/requests.h"
#include "proto/text.h"

namespace portolan::proto::dialogue_test {
namespace {

using namespace testing;

constexpr base::Nanos kWall = Stage::kWall;
constexpr uint16_t kStrangePort = 9999;

struct Scene {
  Persona persona{.style = Style::kModern, .host_name = "mx1.example.org", .variety = 5, .secret = {1, 2}};
  Ends ends{.client = addr::IpAddress::v4(0xc0000209),
            .server = addr::IpAddress::v4(0xc6336407),
            .client_port = 40000,
            .server_port = kStrangePort,
            .transport = Transport::kTcp};
};

Scene scene_of(Style style, uint16_t port = kStrangePort) {
  Scene scene;
  scene.persona.style = style;
  scene.ends.server_port = port;
  return scene;
}

struct Heard {
  std::string said;
  std::string_view server;
  bool closes = false;
  bool ok = true;
  bool operator==(const Heard&) const = default;
};

// A conversation as the responder turns it: each piece of the client's is a segment.
class Talk {
 public:
  explicit Talk(const Scene& scene, uint32_t blocks = 1)
      : scene_(scene), pool_(blocks), dialogue_(scene_.persona, scene_.ends, kWall, pool_) {}

  void open() {
    step([&](Answer& out) { dialogue_.on_open(kWall, out); });
  }
  void hear(std::string_view bytes) {
    step([&](Answer& out) { dialogue_.on_bytes(kWall, bytes_of(bytes), out); });
  }
  void fall_silent() {
    step([&](Answer& out) { dialogue_.on_silence(kWall, out); });
  }
  Heard heard() const { return {said_, dialogue_.server() != nullptr ? dialogue_.server()->name : "", closes_, ok_}; }
  const Dialogue& dialogue() const { return dialogue_; }
  const std::string& said() const { return said_; }
  size_t blocks_left() const { return pool_.left(); }

 private:
  template <class Act>
  void step(Act&& act) {
    Answer out(room_, facts_);
    act(out);
    said_.append(out.written().begin(), out.written().end());
    closes_ = closes_ || out.closes();
    ok_ = ok_ && out.ok();
  }

  Scene scene_;
  std::vector<uint8_t> room_ = std::vector<uint8_t>(16384);
  base::BufferPool pool_;
  Dialogue dialogue_;
  FactList facts_;
  std::string said_;
  bool closes_ = false;
  bool ok_ = true;
};

Heard hear_stream(const Scene& scene, const std::vector<std::string_view>& pieces) {
  Talk talk(scene);
  for (const std::string_view piece : pieces) talk.hear(piece);
  return talk.heard();
}

struct HeardDatagram {
  std::string said;
  std::string_view server;
};

HeardDatagram hear_datagram(const Scene& scene, std::string_view bytes, size_t limit = Answer::kNoLimit) {
  std::vector<uint8_t> room(16384);
  FactList facts;
  Answer out(room, facts, limit);
  Ends ends = scene.ends;
  ends.transport = Transport::kUdp;
  const Server* const server = answer_datagram(scene.persona, ends, kWall, bytes_of(bytes), out);
  return {std::string(out.written().begin(), out.written().end()), server != nullptr ? server->name : ""};
}

constexpr std::array kStyles = {Style::kModern, Style::kMasscanned};

void expect_same_for_all_cuts(const Scene& scene, const std::string_view bytes, const Heard& whole) {
  for (size_t a = 1; a < bytes.size(); ++a) {
    ASSERT_EQ(hear_stream(scene, {bytes.substr(0, a), bytes.substr(a)}).said, whole.said) << "cut at " << a;
    for (size_t b = a + 1; b < bytes.size(); ++b) {
      const Heard heard = hear_stream(scene, {bytes.substr(0, a), bytes.substr(a, b - a), bytes.substr(b)});
      if (!(heard == whole)) FAIL() << "cut at " << a << " and " << b << ": " << heard.said;
    }
  }
  std::vector<std::string_view> letters;
  for (size_t i = 0; i < bytes.size(); ++i) letters.push_back(bytes.substr(i, 1));
  ASSERT_EQ(hear_stream(scene, letters).said, whole.said) << "byte by byte";
}

TEST(Dialogue, ARequestIsTheSameHoweverItIsCut) {
  for (const Style style : kStyles) {
    const Scene scene = scene_of(style);
    for (const Request& request : stream_requests()) {
      SCOPED_TRACE(request.bytes);
      const Heard whole = hear_stream(scene, {request.bytes});
      EXPECT_EQ(whole.server, request.server);
      // masscanned has no silence for these but where it says so: DNS status, SMB dialects that it does not know.
      EXPECT_FALSE(whole.said.empty());
      EXPECT_TRUE(whole.ok);
      expect_same_for_all_cuts(scene, request.bytes, whole);
    }
  }
}

TEST(Dialogue, ADatagramIsAnsweredInBothStyles) {
  for (const Style style : kStyles) {
    for (const Request& request : datagram_requests()) {
      const HeardDatagram heard = hear_datagram(scene_of(style), request.bytes);
      EXPECT_EQ(heard.server, request.server) << hex_of(request.bytes);
      // masscanned knows DNS for A alone.
      const bool silent = style == Style::kMasscanned && request.bytes == dns_query("example.org", 255, 1, 1232);
      EXPECT_EQ(heard.said.empty(), silent) << hex_of(request.bytes);
    }
  }
}

// So their order cannot matter.
TEST(Dialogue, NoOtherServerTakesTheRequestForItsOwn) {
  const auto expect_alone = [](const Request& request, Transport transport) {
    Ends ends = scene_of(Style::kModern).ends;
    ends.transport = transport;
    const size_t most = transport == Transport::kTcp ? kMostToRecognize : SIZE_MAX;
    for (const Server* server : servers()) {
      if (!(transport == Transport::kTcp ? server->tcp : server->udp) || server->recognize == nullptr) continue;
      const Match match = server->recognize(bytes_of(std::string_view(request.bytes).substr(0, most)), ends);
      // "get / HTTP/1.1" asks memcached for two keys; HTTP, which needs more to be sure, comes before it.
      if (server->name == "memcached" && request.bytes.starts_with("get /")) continue;
      EXPECT_EQ(match == Match::kYes, server->name == request.server) << server->name << " " << hex_of(request.bytes);
    }
  };
  for (const Request& request : stream_requests()) expect_alone(request, Transport::kTcp);
  for (const Request& request : datagram_requests()) expect_alone(request, Transport::kUdp);
}

TEST(Dialogue, OnlyReflexiveServersAnswerAnAnswer) {
  for (const Style style : kStyles) {
    for (const Request& request : datagram_requests()) {
      const std::string answer = hear_datagram(scene_of(style), request.bytes).said;
      if (answer.empty()) continue;
      for (const Style other : kStyles) {
        for (const uint16_t port : {uint16_t{53}, uint16_t{111}, uint16_t{3478}, uint16_t{5353}, kStrangePort}) {
          const HeardDatagram again = hear_datagram(scene_of(other, port), answer);
          if (again.said.empty()) continue;
          EXPECT_TRUE(find_server(again.server)->reflexive) << request.server << " -> " << again.server;
        }
      }
    }
  }
}

TEST(Dialogue, UnderMasscannedOnlyWhatItKnowsIsPlayed) {
  for (const Server* server : servers()) {
    const bool known =
        std::set<std::string_view>{"http", "stun", "ssh", "gh0st", "rpc", "smb", "dns"}.contains(server->name);
    EXPECT_EQ(server->masscanned, known) << server->name;
  }
  EXPECT_EQ(hear_stream(scene_of(Style::kModern), {"PING\r\n"}).server, "redis");
  Talk talk(scene_of(Style::kMasscanned));
  talk.hear("PING\r\n");
  EXPECT_EQ(talk.dialogue().server(), nullptr);
  EXPECT_TRUE(talk.dialogue().foreign());
}

TEST(Dialogue, GreetsAtOnceOnAPortWhereServersDo) {
  Talk talk(scene_of(Style::kModern, 22));
  talk.open();
  EXPECT_EQ(talk.said().substr(0, 16), "SSH-2.0-OpenSSH_");
  EXPECT_EQ(talk.heard().server, "ssh");
  const std::string greeting = talk.said();
  talk.fall_silent();
  EXPECT_EQ(talk.said(), greeting);
}

TEST(Dialogue, GreetsAfterASilenceAnywhereElse) {
  std::set<std::string_view> greeters;
  for (uint16_t port = 20000; port < 20100; ++port) {
    Talk talk(scene_of(Style::kModern, port)), again(scene_of(Style::kModern, port));
    talk.open();
    EXPECT_EQ(talk.said(), "");
    talk.fall_silent();
    again.fall_silent();
    EXPECT_NE(talk.said(), "");
    EXPECT_EQ(talk.heard(), again.heard()) << "the same port is the same service";
    greeters.insert(talk.heard().server);
  }
  EXPECT_GT(greeters.size(), 3u);
}

TEST(Dialogue, NobodyGreetsWhereClientsSpeakFirst) {
  for (const uint16_t port : {uint16_t{80}, uint16_t{445}, uint16_t{53}}) {
    Talk talk(scene_of(Style::kModern, port));
    talk.open();
    talk.fall_silent();
    EXPECT_EQ(talk.said(), "") << port;
  }
}

TEST(Dialogue, MasscannedIsSilentUntilTheClientSpeaks) {
  for (const uint16_t port : {uint16_t{22}, kStrangePort}) {
    Talk talk(scene_of(Style::kMasscanned, port));
    talk.open();
    talk.fall_silent();
    EXPECT_EQ(talk.said(), "");
    talk.hear("SSH-2.0-x\r\n");
    EXPECT_EQ(talk.said(), "SSH-2.0-1\r\n");
  }
}

TEST(Dialogue, WhoHasGreetedGivesTheFloorToWhoKnowsTheClient) {
  Talk talk(scene_of(Style::kModern, 22));
  talk.open();
  talk.hear("GET / HT");
  talk.hear("TP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(talk.heard().server, "http");
  EXPECT_NE(talk.said().find("401 Unauthorized"), std::string::npos);
  // But not after it has been talked with.
  Talk other(scene_of(Style::kModern, 22));
  other.open();
  other.hear("SSH-2.0-x\r\n");
  const size_t before = other.said().size();
  other.hear("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(other.said().substr(before).find("401"), std::string::npos);
}

TEST(Dialogue, WhatFitsBestIsServedWhenTheClientWaits) {
  // A telnet negotiation, and a prefix of nothing else.
  Talk talk(scene_of(Style::kModern));
  talk.hear("\r\n");
  EXPECT_EQ(talk.heard().server, "");
  talk.fall_silent();
  EXPECT_FALSE(talk.dialogue().foreign()) << "it may still become a request";
  talk.hear("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(talk.heard().server, "http");
}

TEST(Dialogue, TakesWhatNobodyKnowsAndSaysNothing) {
  Talk talk(scene_of(Style::kModern));
  talk.hear(std::string(100, '\xaa'));
  EXPECT_TRUE(talk.dialogue().foreign());
  talk.hear("GET / HTTP/1.0\r\n\r\n");
  talk.fall_silent();
  EXPECT_EQ(talk.said(), "");
  EXPECT_EQ(talk.blocks_left(), 1u);
}

TEST(Dialogue, AMessageThatDoesNotFitABlockIsForeignHoweverItIsCut) {
  const std::string huge = be(20000, 4) + "\xfeSMB" + std::string(20000 - 4, 'x');
  for (const size_t piece : {huge.size(), size_t{1000}, size_t{16384}, size_t{16385}}) {
    Talk talk(scene_of(Style::kModern));
    for (size_t at = 0; at < huge.size(); at += piece) talk.hear(std::string_view(huge).substr(at, piece));
    EXPECT_TRUE(talk.dialogue().foreign()) << piece;
    EXPECT_EQ(talk.said(), "");
    EXPECT_EQ(talk.blocks_left(), 1u) << "the block is given back";
  }
}

TEST(Dialogue, SaysWhenNoBlockIsLeft) {
  Talk talk(scene_of(Style::kModern), 0);
  talk.hear("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(talk.dialogue().pool_empty());
  Talk lucky(scene_of(Style::kModern), 0);
  lucky.hear("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(lucky.dialogue().pool_empty()) << "a whole request needs none";
  EXPECT_NE(lucky.said(), "");
}

TEST(Dialogue, BlocksAreHeldOnlyWhileBytesWait) {
  Talk talk(scene_of(Style::kModern));
  talk.hear("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(talk.blocks_left(), 0u);
  talk.hear("st: a\r\n\r\n");
  EXPECT_EQ(talk.blocks_left(), 1u);
}

TEST(Dialogue, NothingIsServedAfterTheServerHasClosed) {
  Talk talk(scene_of(Style::kModern));
  talk.hear("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(talk.heard().closes);
  const std::string once = talk.said();
  talk.hear("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(talk.said(), once);
  EXPECT_EQ(once.find("HTTP/1.1", 1), std::string::npos);
}

TEST(AnswerDatagram, ThePortBreaksATie) {
  const std::string query = dns_query("host.local", 1);
  EXPECT_EQ(hear_datagram(scene_of(Style::kModern, 53), query).server, "dns");
  EXPECT_EQ(hear_datagram(scene_of(Style::kModern, 5353), query).server, "mdns");
}

TEST(AnswerDatagram, IsSilentToGarbage) {
  for (const std::string_view bytes : {"", "x", "\xff\xff\xff\xff", "SSH", "HTTP/1.1 200 OK\r\n\r\n"}) {
    EXPECT_EQ(hear_datagram(scene_of(Style::kModern), bytes).server, "") << bytes;
  }
}

// Any bytes, in any cuts, come to the same; a request is put in front often enough that servers are reached.
RC_GTEST_PROP(Dialogue, AnyBytesAreTheSameHoweverTheyAreCut, ()) {
  const auto& requests = stream_requests();
  std::string bytes;
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
    bytes += requests[*rc::gen::inRange<size_t>(0, requests.size())].bytes;
  const auto noise = *rc::gen::arbitrary<std::vector<uint8_t>>();
  const auto at = *rc::gen::inRange<size_t>(0, bytes.size() + 1);
  bytes.insert(at, std::string(noise.begin(), noise.end()));
  const Scene scene = scene_of(Style::kModern, *rc::gen::element<uint16_t>(22, 80, 445, kStrangePort));
  const Heard whole = hear_stream(scene, {bytes});
  std::vector<std::string_view> pieces;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    pieces.push_back(rest.substr(0, *rc::gen::inRange<size_t>(1, 40)));
    rest.remove_prefix(pieces.back().size());
  }
  RC_ASSERT(hear_stream(scene, pieces).said == whole.said);
}

}  // namespace
}  // namespace portolan::proto::dialogue_test
