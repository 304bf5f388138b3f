// SPDX-License-Identifier: Apache-2.0
// STUN, SSH and Gh0st: golden bytes in both styles, tables of requests and of malformed ones.
#include <gtest/gtest.h>

#include "proto/gh0st/server.h"
#include "proto/ssh/kex_init.h"
#include "proto/ssh/server.h"
#include "proto/stun/message.h"
#include "proto/stun/server.h"
#include "proto/testing/packer.h"
#include "proto/testing/script.h"
#include "proto/text.h"

namespace portolan::proto::stun_ssh_test {
namespace {

using namespace testing;

Stage masscanned(const Server& server, Transport transport = Transport::kTcp) {
  Stage stage(server);
  stage.persona.style = Style::kMasscanned;
  stage.greets = false;
  stage.ends.transport = transport;
  return stage;
}

Stage over_udp(const Server& server) {
  Stage stage(server);
  stage.ends.transport = Transport::kUdp;
  return stage;
}

Stage over_ipv6(Stage stage) {
  stage.ends.client = addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 9));
  stage.ends.server = addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 7));
  return stage;
}

// ---- STUN

const std::string kTransaction = "\x21\x12\xa4\x42transaction!";

TEST(Stun, TellsTheClientItsAddress) {
  Stage stage = over_udp(kStun);
  stage.limit = 32;  // room for the address alone
  // 40000 ^ 2112, 192.0.2.9 ^ 2112a442
  EXPECT_EQ(stage.play(stun_request("")).said,
            bytes_from("01 01 00 0c") + kTransaction + bytes_from("00 20 00 08 00 01 bd 52 e1 12 a6 4b"));
  Stage six = over_ipv6(stage);
  six.limit = 44;
  EXPECT_EQ(six.play(stun_request("")).said,
            bytes_from("01 01 00 18") + kTransaction +
                bytes_from("00 20 00 14 00 02 bd 52 01 13 a9 fa 74 72 61 6e 73 61 63 74 69 6f 6e 28"));
}

TEST(Stun, SaysWhatItIsIfThereIsRoom) {
  const std::string said = over_udp(kStun).play(stun_request("")).said;
  EXPECT_NE(said.find("Coturn-4."), std::string::npos);
  EXPECT_EQ(said.size() % 4, 0u);
  EXPECT_EQ(said.substr(2, 2), be(said.size() - 20, 2));
  Stage tight = over_udp(kStun);
  tight.limit = said.size() - 1;
  EXPECT_EQ(tight.play(stun_request("")).said.find("Coturn"), std::string::npos);
}

TEST(Stun, FingerprintsItsAnswerWhenTheRequestHasOne) {
  const std::string said = over_udp(kStun).play(stun_request(stun_attribute(0x8028, "crc!"))).said;
  EXPECT_EQ(said.substr(2, 2), be(said.size() - 20, 2));
  EXPECT_EQ(said.substr(said.size() - 8, 4), bytes_from("80 28 00 04"));
  const std::string_view before = std::string_view(said).substr(0, said.size() - 8);
  EXPECT_EQ(said.substr(said.size() - 4), be(stun::fingerprint_of(bytes_of(before)), 4));
}

// RFC 5769, 2.1: a request whose FINGERPRINT is published.
TEST(Stun, FingerprintIsThePublishedOne) {
  const std::string request =
      bytes_from("00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae 80 22 00 10") + "STUN test client" +
      bytes_from("00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36 00 06 00 09") + "evtj:h6vY" +
      bytes_from("20 20 20 00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2");
  ASSERT_EQ(request.size(), 100u);
  EXPECT_EQ(stun::fingerprint_of(bytes_of(request)), 0xe57a3bcfu);
  const Played played = over_udp(kStun).play(request + bytes_from("80 28 00 04 e5 7a 3b cf"));
  EXPECT_EQ(played.facts, (Facts{{"stun_software", "STUN test client"}, {"stun_username", "evtj:h6vY"}}));
  EXPECT_EQ(played.said.substr(0, 2), be(0x0101, 2));
}

TEST(Stun, RefusesAttributesThatMustBeUnderstood) {
  const std::string said =
      over_udp(kStun).play(stun_request(stun_attribute(0x7f01, "x") + stun_attribute(0x7f02, ""))).said;
  EXPECT_EQ(said.substr(0, 20), be(0x0111, 2) + be(said.size() - 20, 2) + kTransaction);
  EXPECT_EQ(said.substr(20, 8), bytes_from("00 09 00 15 00 00 04 14"));
  EXPECT_EQ(said.substr(48, 8), bytes_from("00 0a 00 04 7f 01 7f 02"));
  // There is one address to answer from.
  EXPECT_EQ(over_udp(kStun).play(stun_request(stun_attribute(3, be(6, 4)))).said.substr(0, 2), be(0x0111, 2));
}

TEST(Stun, ClassicClientsAreToldInTheClear) {
  const std::string transaction = "abcdtransaction!";
  EXPECT_EQ(over_udp(kStun).play(stun_request("", "abcd")).said,
            bytes_from("01 01 00 24") + transaction + bytes_from("00 01 00 08 00 01 9c 40 c0 00 02 09") +
                bytes_from("00 04 00 08 00 01 0d 96 c6 33 64 07") + bytes_from("00 05 00 08 00 01 0d 97 c6 33 64 07"));
}

uint16_t answering_port(const Stage& stage, const std::string& request) {
  std::vector<uint8_t> room(500);
  FactList facts;
  Answer out(room, facts);
  Session session(stage.persona, stage.ends, Stage::kWall);
  kStun.serve(session, bytes_of(request), out);
  return out.port();
}

TEST(Stun, AnswersFromTheNextPortWhenAsked) {
  for (const Stage& stage : {over_udp(kStun), masscanned(kStun, Transport::kUdp)}) {
    EXPECT_EQ(answering_port(stage, stun_request(stun_attribute(3, be(2, 4)), "abcd")), 3479);
    EXPECT_EQ(answering_port(stage, stun_request(stun_attribute(3, be(0, 4)), "abcd")), 0);
  }
}

TEST(Stun, MasscannedTellsMappedAddressAlone) {
  EXPECT_EQ(masscanned(kStun, Transport::kUdp).play(stun_request("")).said,
            bytes_from("01 01 00 0c") + kTransaction + bytes_from("00 01 00 08 00 01 9c 40 c0 00 02 09"));
  EXPECT_EQ(over_ipv6(masscanned(kStun, Transport::kUdp)).play(stun_request("")).said,
            bytes_from("01 01 00 18") + kTransaction +
                bytes_from("00 01 00 14 00 02 9c 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 09"));
}

// One such datagram stops masscanned.
TEST(Stun, StandsLongRequestsWithBadAttributes) {
  const std::vector<std::string> bad = {bytes_from("7f 01 ff ff") + std::string(300, 'x'), std::string(256, '\xff'),
                                        stun_attribute(3, "x") + std::string(256, '\0'),
                                        stun_attribute(0x8022, std::string(300, 's')) + bytes_from("00"),
                                        std::string(257, '\0')};
  for (const std::string& attributes : bad) {
    const std::string request = stun_request(attributes);
    EXPECT_EQ(over_udp(kStun).recognize(request), Match::kYes);
    EXPECT_EQ(over_udp(kStun).play(request).said, "");
    EXPECT_EQ(masscanned(kStun, Transport::kUdp).play(request).said.size(), 32u);
    EXPECT_EQ(Stage(kStun).play(request).said, "");
  }
}

TEST(Stun, OnlyRequestsAreKnown) {
  for (const uint64_t type : {0x0101u, 0x0111u, 0x0011u, 0x0003u, 0x4001u, 0x0002u}) {
    EXPECT_EQ(over_udp(kStun).recognize(be(type, 2) + stun_request("").substr(2)), Match::kNo) << type;
  }
  EXPECT_EQ(over_udp(kStun).recognize(be(1, 2) + be(4, 2) + kTransaction), Match::kNo) << "cut";
  EXPECT_EQ(over_udp(kStun).recognize(stun_request("", "abcd") + "x"), Match::kNo) << "no cookie, and too long";
}

// ---- SSH

const std::vector<std::string> kOffer = {"curve25519-sha256,ext-info-c",
                                         "ssh-ed25519,rsa-sha2-256",
                                         "aes128-ctr",
                                         "aes256-ctr",
                                         "hmac-sha2-256",
                                         "hmac-sha1",
                                         "none,zlib",
                                         "none",
                                         "",
                                         ""};
const std::string kClient = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n";
const Facts kOfferFacts = {{"ssh_client", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"},
                           {"ssh_kex", "curve25519-sha256,ext-info-c"},
                           {"ssh_host_keys", "ssh-ed25519,rsa-sha2-256"},
                           {"ssh_ciphers", "aes128-ctr"},
                           {"ssh_macs", "hmac-sha2-256"},
                           {"ssh_compression", "none,zlib"},
                           // of "curve25519-sha256,ext-info-c;aes128-ctr;hmac-sha2-256;none,zlib", by md5sum(1)
                           {"ssh_hassh", "ca16bc239f26deec8907d35f61d8c29f"}};
const std::string kOurBanner = "SSH-2.0-OpenSSH_~\r\n";
const std::string kDisconnect3 =
    bytes_from("00 00 00 2c 0b 01 00 00 00 03 00 00 00 13") + "Key exchange failed" + zeros(4 + 11);

TEST(Ssh, GoesAsFarAsTheKeyExchange) {
  const Facts client = {{"ssh_client", kOfferFacts.at("ssh_client")}};
  const std::vector<Row> rows = {
      {"a banner", kClient, kOurBanner + "~" + zeros(5) + "~", client},
      {"a bare line end", "SSH-2.0-x\n", kOurBanner + "~", {{"ssh_client", "SSH-2.0-x"}}},
      {"the algorithms", kClient + ssh_kex_init(kOffer), kOurBanner + "~", kOfferFacts},
      {"the exchange", kClient + ssh_kex_init(kOffer) + ssh_packet("\x1e" + std::string(36, 'k')),
       kOurBanner + "~" + kDisconnect3, kOfferFacts, true},
      {"packets without weight, then the client parts",
       kClient + ssh_packet("\x02" + be(0, 4)) + ssh_packet("\x04" + zeros(9)) + ssh_packet("\x01" + zeros(12)),
       kOurBanner + "~", client, true},
      {"version 1",
       "SSH-1.5-old\r\n",
       kOurBanner + "Protocol major versions differ.\r\n",
       {{"ssh_client", "SSH-1.5-old"}},
       true},
      {"a corrupt packet", kClient + "GET / HTTP/1.0\r\n\r\n", kOurBanner + "~Packet corrupt~", client, true},
      {"a cut KEXINIT", kClient + ssh_packet("\x14" + std::string(30, 'x')), kOurBanner + "~Packet corrupt~", client,
       true},
      {"a KEXINIT that claims too much", kClient + ssh_packet("\x14" + std::string(16, 'c') + "\xff\xff\xff\xff"),
       kOurBanner + "~Packet corrupt~", client, true},
  };
  for (const bool greets : {true, false}) {
    for (const Row& row : rows) {
      Stage stage(kSsh);
      stage.greets = greets;
      expect_row(stage, row);
    }
  }
}

TEST(Ssh, OurOfferIsWellFormed) {
  const std::string said = Stage(kSsh).play(kClient).said;
  const std::string_view rest = std::string_view(said).substr(said.find('\n') + 1);
  const ssh::Packet packet = ssh::first_packet(bytes_of(rest));
  ASSERT_EQ(packet.kind, ssh::Packet::Kind::kWhole);
  EXPECT_EQ(packet.size, rest.size());
  const auto offer = ssh::parse_kex_init(packet.payload);
  ASSERT_TRUE(offer);
  EXPECT_NE(offer->kex.find("curve25519-sha256"), std::string_view::npos);
  EXPECT_NE(offer->host_keys.find("ssh-ed25519"), std::string_view::npos);
  Stage other(kSsh);
  other.ends.client_port = 1;
  EXPECT_NE(other.play(kClient).said, said) << "the cookie is another for another conversation";
  EXPECT_EQ(Stage(kSsh).play(kClient).said, said);
}

TEST(Ssh, PacketsAreCheckedBeforeTheyAreBelieved) {
  using Kind = ssh::Packet::Kind;
  const auto kind = [](std::string_view notation) { return ssh::first_packet(bytes_of(bytes_from(notation))).kind; };
  EXPECT_EQ(kind(""), Kind::kMore);
  EXPECT_EQ(kind("00 00 00 0c"), Kind::kMore);
  EXPECT_EQ(kind("00 00 00 0c 0a 14"), Kind::kMore);
  EXPECT_EQ(kind("00 00 00 0c 0a 14 00 00 00 00 00 00 00 00 00 00"), Kind::kWhole);
  EXPECT_EQ(kind("00 00 00 0c 0b"), Kind::kBad) << "no payload";
  EXPECT_EQ(kind("00 00 00 0c 03"), Kind::kBad) << "little padding";
  EXPECT_EQ(kind("00 00 00 0d 04"), Kind::kBad) << "no multiple of eight";
  EXPECT_EQ(kind("00 00 00 00 00"), Kind::kBad);
  EXPECT_EQ(kind("7f ff ff fc 04"), Kind::kBad);
}

TEST(Ssh, ADatagramIsAnsweredByTheBannerAlone) {
  EXPECT_TRUE(fits(over_udp(kSsh).play(kClient).said, kOurBanner));
  EXPECT_EQ(over_udp(kSsh).play("SSH-2.0").said, "");
}

TEST(Ssh, MasscannedSaysOneLine) {
  for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
    for (const std::string_view client :
         {"SSH-2.0-x\r\n", "SSH-1.99-x comment\r\n", "SSH-2.0-a\nb\rc\r\n", "SSH-2.0-\r\n"}) {
      EXPECT_EQ(masscanned(kSsh, transport).play(std::string(client)).said, "SSH-2.0-1\r\n") << client;
    }
    for (const std::string_view client : {"SSH-2.0-x\n", "SSH-2.0\r\n", "SSH-2.x-y\r\n", "SSH-2.0-x\r"}) {
      EXPECT_EQ(masscanned(kSsh, transport).play(std::string(client)).said, "") << client;
    }
  }
  EXPECT_EQ(masscanned(kSsh).play({kClient, ssh_kex_init(kOffer)}).said, "SSH-2.0-1\r\n");
}

// ---- Gh0st

TEST(Gh0st, AnswersAPacketWithTheShortest) {
  const std::string shortest = bytes_from("'Gh0st' 16 00 00 00 01 00 00 00 78 9c 63 00 00 00 01 00 01");
  const std::string longer = "Gh0st" + le(40, 4) + le(100, 4) + std::string(27, 'z');
  expect_row(Stage(kGh0st), {"one", longer, shortest, {{"gh0st_size", "40"}}});
  expect_row(Stage(kGh0st), {"two", shortest + longer, shortest + shortest, {{"gh0st_size", "22"}}});
  EXPECT_EQ(over_udp(kGh0st).play("Gh0st").said, shortest);
  for (const uint32_t size : {0u, 12u, 16385u, 0xffffffffu}) {
    EXPECT_TRUE(Stage(kGh0st).play("Gh0st" + le(size, 4) + le(1, 4) + "zz").foreign) << size;
  }
  EXPECT_EQ(masscanned(kGh0st).play(longer).said, shortest);
  EXPECT_EQ(masscanned(kGh0st, Transport::kUdp).play("Gh0stly").said, shortest);
}

}  // namespace
}  // namespace portolan::proto::stun_ssh_test
