// SPDX-License-Identifier: Apache-2.0
// SMB: golden bytes in both styles, tables of requests and of malformed ones.
#include <gtest/gtest.h>

#include "proto/smb/ntlm.h"
#include "proto/smb/server.h"
#include "proto/smb/spnego.h"
#include "proto/testing/packer.h"
#include "proto/testing/script.h"
#include "proto/text.h"

namespace portolan::proto::smb_test {
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

// ---- SMB

std::string smb1_header(uint8_t command, uint32_t status, uint8_t flags, uint16_t flags2, uint16_t uid = 0x3333) {
  return "\xffSMB" + be(command, 1) + le(status, 4) + be(flags, 1) + le(flags2, 2) + zeros(12) + le(0x1111, 2) +
         le(0x2222, 2) + le(uid, 2) + le(0x4444, 2);
}
std::string smb2_header(uint16_t command, uint32_t status, uint64_t session = 0) {
  return "\xfeSMB" + le(64, 2) + le(0, 2) + le(status, 4) + le(command, 2) + le(1, 2) + le(1, 4) + le(0, 4) + le(7, 8) +
         le(0xfeff, 8) + le(session, 8) + zeros(16);
}
const uint64_t kNow = 133444736000000000;  // Stage::kWall, 100 ns since 1601
const std::string kNtlmOid = bytes_from("06 0a 2b 06 01 04 01 82 37 02 02 0a");

// Built by hand from MS-NLMP and RFC 4178, apart from the program's own writers.
const std::string kMasscannedChallenge =
    bytes_from("a1 81 9c 30 81 99 a0 03 0a 01 01 a1 0c") + kNtlmOid + bytes_from("a2 81 83 04 81 80") +
    std::string("NTLMSSP\0", 8) + le(2, 4) + le(8, 2) + le(8, 2) + le(56, 4) + bytes_from("15 82 8a e2") +
    bytes_from("24 91 a8 f6 f3 89 2d 34") + zeros(8) + le(64, 2) + le(64, 2) + le(64, 4) +
    bytes_from("0a 00 61 4a 00 00 00 0f") + utf16("WIN1") + le(2, 2) + le(8, 2) + utf16("WIN1") + le(1, 2) + le(8, 2) +
    utf16("WIN1") + le(4, 2) + le(8, 2) + utf16("WIN1") + le(3, 2) + le(8, 2) + utf16("WIN1") + le(7, 2) + le(8, 2) +
    le(132887520000000000, 8) + zeros(4);

std::string masscanned_offer() {
  std::array<uint8_t, smb::kMostToken> room;
  base::Writer out(room);
  smb::put_masscanned_offer(out);
  return std::string(text_of(out.written()));
}

TEST(Smb, MasscannedOfferHasThePublishedForm) {
  const std::string offer = masscanned_offer();
  ASSERT_EQ(offer.size(), 320u);
  EXPECT_EQ(
      offer.substr(0, 56),
      bytes_from("60 82 01 3c 06 06 2b 06 01 05 05 02 a0 82 01 30 30 82 01 2c a0 1a 30 18 06 0a 2b 06 01 04 01 82 37 "
                 "02 02 1e") +
          kNtlmOid + bytes_from("a2 82 01 0c 04 82 01 08"));
  const std::string nego = offer.substr(56, 112), meta = offer.substr(168);
  EXPECT_EQ(nego.substr(0, 24), "NEGOEXTS" + le(1, 4) + le(0, 4) + le(96, 4) + le(112, 4));
  EXPECT_EQ(nego.substr(72, 24), zeros(8) + le(96, 4) + le(1, 4) + zeros(8));
  EXPECT_EQ(meta.substr(0, 24), "NEGOEXTS" + le(3, 4) + le(1, 4) + le(64, 4) + le(152, 4));
  EXPECT_EQ(meta.substr(24, 16), nego.substr(24, 16)) << "the same conversation";
  EXPECT_EQ(meta.substr(40, 24), nego.substr(96, 16) + le(64, 4) + le(88, 4));
  EXPECT_EQ(meta.substr(64, 10), bytes_from("30 56 a0 54 30 52 30 27 80 25"));
  EXPECT_EQ(meta.substr(meta.size() - 24), "Token Signing Public Key");
}

TEST(Smb, MasscannedNegotiatesInItsWay) {
  const Stage stage = over_tcp(kSmb, Style::kMasscanned);
  const auto first = [](uint16_t dialect) {
    return nbt(smb1_header(0x72, 0, 0x98, 0xc807) + be(17, 1) + le(dialect, 2) + be(3, 1) + le(50, 2) + le(50, 2) +
               le(65536, 4) + le(65536, 4) + le(0, 4) + le(0x8001e3fc, 4) + le(kNow, 8) + le(60, 2) + be(0, 1) +
               le(336, 2) + zeros(16) + masscanned_offer());
  };
  EXPECT_EQ(first(0).size(), 409u);
  EXPECT_EQ(hex_of(stage.play(nbt(smb1_negotiate({"LANMAN1.0", "NT LM 0.12", "SMB 2.002", "SMB 2.???"}))).said),
            hex_of(first(1)));
  EXPECT_EQ(stage.play(nbt(smb1_negotiate({"LANMAN1.0", "SMB 2.002", "SMB 2.???"}))).said, first(2));
  EXPECT_EQ(stage.play(nbt(smb1_negotiate({"SMB 2.002"}))).said, first(0));
  EXPECT_EQ(stage.play(nbt(smb1_negotiate({"LANMAN1.0"}))).said, first(0));
  EXPECT_EQ(stage.play(nbt(smb1(0x72, "", "\2NT LM 0.12"))).said, "") << "the list is not exact";

  const auto second = [](uint16_t dialect) {
    return nbt(smb2_header(0, 0) + le(65, 2) + le(1, 2) + le(dialect, 2) + le(1, 2) + std::string(16, 'g') + le(1, 4) +
               le(65536, 4) + le(65536, 4) + le(65536, 4) + le(kNow, 8) + le(kNow, 8) + le(0x80, 2) + le(0x140, 2) +
               le(0, 4) + masscanned_offer());
  };
  EXPECT_EQ(second(0).size(), 452u);
  EXPECT_EQ(hex_of(stage.play(nbt(smb2_negotiate({0x0311, 0x0302, 0x0210}))).said), hex_of(second(0x0210)));
  EXPECT_EQ(stage.play(nbt(smb2_negotiate({0x0311}))).said, second(0x0311));
  EXPECT_EQ(stage.play(nbt(smb2_negotiate({0x0310, 0x02ff}))).said, second(0x02ff));
  EXPECT_EQ(stage.play(nbt(smb2_negotiate({0x0999}))).said, "");
  EXPECT_EQ(over_udp(kSmb, Style::kMasscanned).play(nbt(smb2_negotiate({0x0202}))).said, second(0x0202));
}

TEST(Smb, MasscannedLeavesItAtTheChallenge) {
  ASSERT_EQ(kMasscannedChallenge.size(), 159u);
  const Stage stage = over_tcp(kSmb, Style::kMasscanned);
  const std::string windows = utf16("Windows 4.0") + zeros(2);
  EXPECT_EQ(hex_of(stage.play(nbt(smb1_session_setup(ntlm_negotiate()))).said),
            hex_of(nbt(smb1_header(0x73, 0, 0x98, 0xc807) + be(4, 1) + le(0xff, 2) + le(0x44, 2) + le(0, 2) +
                       le(159, 2) + le(159 + 48, 2) + kMasscannedChallenge + windows + windows)));
  EXPECT_EQ(hex_of(stage.play(nbt(smb2_session_setup(ntlm_authenticate("u", "d", "w"), 5))).said),
            hex_of(nbt(smb2_header(1, 0, 5) + le(9, 2) + le(0, 2) + le(0x48, 2) + le(159, 2) + kMasscannedChallenge)));
  EXPECT_EQ(stage.play(nbt(smb2(3, zeros(8)))).said, "");
  EXPECT_EQ(stage.play(nbt(smb1(0x75, "", ""))).said, "");
}

struct Fields {
  uint32_t status;
  uint16_t dialect;
  uint16_t contexts;
};
Fields smb2_fields(const std::string& said) {
  base::Reader reader(bytes_of(said));
  reader.skip(4 + 8);
  const uint32_t status = base::to_be(reader.be32());
  reader.skip(52 + 4);
  const uint16_t dialect = base::to_be(reader.be16());
  return {status, dialect, base::to_be(reader.be16())};
}

TEST(Smb, ChoosesTheHighestDialectInCommon) {
  struct Case {
    std::vector<uint16_t> offered;
    uint16_t chosen;
  };
  for (const Case& c : std::vector<Case>{{{0x0202}, 0x0202},
                                         {{0x0202, 0x0210}, 0x0210},
                                         {{0x0300, 0x0210}, 0x0300},
                                         {{0x0202, 0x0210, 0x0300, 0x0302}, 0x0302},
                                         {{0x0202, 0x0210, 0x0300, 0x0302, 0x0311}, 0x0311},
                                         {{0x0311, 0x0310}, 0x0311}}) {
    const Played played = over_tcp(kSmb).play(nbt(smb2_negotiate(c.offered)));
    const Fields fields = smb2_fields(played.said);
    EXPECT_EQ(fields.status, 0u);
    EXPECT_EQ(fields.dialect, c.chosen);
    EXPECT_EQ(fields.contexts, c.chosen == 0x0311 ? 2 : 0);
    EXPECT_EQ(played.said.substr(0, 4), be(played.said.size() - 4, 4));
  }
  EXPECT_EQ(smb2_fields(over_tcp(kSmb).play(nbt(smb2_negotiate({0x0310}))).said).status, 0xc00000bbu);
}

TEST(Smb, AgreesOnHashAndCipherFor311) {
  const std::string said = over_tcp(kSmb).play(nbt(smb2_negotiate({0x0311}))).said;
  const size_t at = 4 + base::to_be(base::load_be32(bytes_of(said).data() + 4 + 64 + 60));
  EXPECT_EQ((at - 4) % 8, 0u);
  EXPECT_EQ(said.substr(at, 14), le(1, 2) + le(38, 2) + zeros(4) + le(1, 2) + le(32, 2) + le(1, 2));
  EXPECT_EQ(said.substr(at + 48), le(2, 2) + le(4, 2) + zeros(4) + le(1, 2) + le(2, 2)) << "AES-128-GCM";
}

TEST(Smb, OffersSmb2ToWhoBeginsWithSmb1) {
  EXPECT_EQ(
      smb2_fields(over_tcp(kSmb).play(nbt(smb1_negotiate({"NT LM 0.12", "SMB 2.002", "SMB 2.???"}))).said).dialect,
      0x02ff);
  EXPECT_EQ(smb2_fields(over_tcp(kSmb).play(nbt(smb1_negotiate({"NT LM 0.12", "SMB 2.002"}))).said).dialect, 0x0202);
  const std::string neither = over_tcp(kSmb).play(nbt(smb1_negotiate({"LANMAN1.0"}))).said;
  EXPECT_EQ(neither, nbt(smb1_header(0x72, 0, 0x88, 0xc801) + be(1, 1) + le(0xffff, 2) + le(0, 2)));
}

TEST(Smb, ChallengesAndTakesDownWhoAnswers) {
  const std::string hello = nbt(smb2_negotiate({0x0202, 0x0311}));
  const Row row = {"a log-on",
                   hello + nbt(smb2_session_setup(ntlm_negotiate())) +
                       nbt(smb2_session_setup(ntlm_authenticate("al\xe9", "CORP", "BOX"), 9)),
                   "~NTLMSSP~" + nbt(smb2_header(1, 0xc000006d, 9) + le(9, 2) + zeros(7)),
                   {{"smb_dialects", "0202,0311"},
                    {"smb_dialect", "3.1.1"},
                    {"smb_user", "al\xc3\xa9"},
                    {"smb_domain", "CORP"},
                    {"smb_workstation", "BOX"}}};
  expect_row(over_tcp(kSmb), row);
  const std::string challenge = over_tcp(kSmb).play(nbt(smb2_session_setup(ntlm_negotiate()))).said;
  EXPECT_EQ(smb2_fields(challenge).status, 0xc0000016u);
  Stage other = over_tcp(kSmb);
  other.persona.secret = {5, 6};
  EXPECT_NE(other.play(nbt(smb2_session_setup(ntlm_negotiate()))).said, challenge) << "the challenge is the host's own";
}

TEST(Smb, LogsOnOverSmb1AsWell) {
  EXPECT_TRUE(
      fits(over_tcp(kSmb).play(nbt(smb1_session_setup(ntlm_negotiate()))).said, "~" + le(0xc0000016, 4) + "~NTLMSSP~"));
  const Played old = over_tcp(kSmb).play(
      nbt(smb1(0x73, be(0xff000000, 4) + zeros(10) + le(24, 2) + le(24, 2) + zeros(8),
               std::string(48, 'p') + zeros(1) + utf16("bob") + zeros(2) + utf16("HOME") + zeros(2))));
  EXPECT_EQ(old.facts, (Facts{{"smb_user", "bob"}, {"smb_domain", "HOME"}}));
  EXPECT_EQ(old.said, nbt(smb1_header(0x73, 0xc000006d, 0x88, 0xc801) + zeros(3)));
  EXPECT_EQ(over_tcp(kSmb).play(nbt(smb1_session_setup(ntlm_authenticate("eve", "", "pc")))).facts,
            (Facts{{"smb_user", "eve"}, {"smb_domain", ""}, {"smb_workstation", "pc"}}));
}

TEST(Smb, OpensNetbiosSessions) {
  const std::string name = bytes_from("20") + "CKFDENECFDEFFCFGEFFCCACACACACACA" + zeros(1);
  expect_row(over_tcp(kSmb), {"a session",
                              be(0x81000044, 4) + name + name + be(0x85000000, 4) + nbt(smb2_negotiate({0x0202})),
                              bytes_from("82 00 00 00") + "~",
                              {{"smb_called", "*SMBSERVER"}, {"smb_dialects", "0202"}, {"smb_dialect", "2.0.2"}}});
}

TEST(Smb, IsSilentToResponsesAndToWhatIsCut) {
  for (const Style style : {Style::kModern, Style::kMasscanned}) {
    for (const std::string& request : {smb1_negotiate({"NT LM 0.12"}), smb2_negotiate({0x0202, 0x0311})}) {
      std::string response = request;
      response[0] == '\xff' ? response[9] |= '\x80' : response[16] |= '\1';
      EXPECT_EQ(over_tcp(kSmb, style).play(nbt(response)).said, "");
      // What is cut is not answered, or as far as it is a message; whatever it is, nothing is read behind it.
      for (size_t size = 0; size < request.size(); ++size) {
        EXPECT_TRUE(over_tcp(kSmb, style).play(nbt(request.substr(0, size))).ok);
        EXPECT_EQ(over_tcp(kSmb, style).play(request.substr(0, size)).said, "") << size;
      }
      EXPECT_NE(over_tcp(kSmb, style).play(request).said, "") << "bare";
    }
  }
}

TEST(Smb, StandsOffsetsThatLeadAnywhere) {
  for (const uint64_t at : {0u, 1u, 63u, 87u, 88u, 89u, 0xffffu}) {
    for (const uint64_t size : {0u, 1u, 40u, 0xffffu}) {
      const std::string body =
          le(25, 2) + zeros(10) + le(at, 2) + le(size, 2) + zeros(8) + ntlm_authenticate("u", "d", "w");
      EXPECT_EQ(over_tcp(kSmb).play(nbt(smb2(1, body))).said.substr(4, 4), "\xfeSMB") << at << " " << size;
    }
  }
  std::string message = ntlm_authenticate("u", "d", "w");
  for (size_t at = 12; at < 52; ++at) {
    std::string bent = message;
    bent[at] = '\xff';
    EXPECT_EQ(smb2_fields(over_tcp(kSmb).play(nbt(smb2_session_setup(bent))).said).status >> 30, 3u) << at;
  }
}

TEST(Smb, ReadsUtf16) {
  const auto read = [](std::string_view notation) {
    return std::string(smb::from_utf16(bytes_of(bytes_from(notation))).text());
  };
  EXPECT_EQ(read("'a' 00 e9 00 ac 20 3d d8 00 de"), "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(read("00 dc 'b' 00 00 d8"), "?b?");
  EXPECT_EQ(read("00 d8 'b' 00 'c' 00 'd'"), "?c");
}

}  // namespace
}  // namespace portolan::proto::smb_test
