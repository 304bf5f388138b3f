// SPDX-License-Identifier: Apache-2.0
// The ClientHello, from bytes that real clients have sent to fingerprints that others have published.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck/gtest.h>

#include "base/cursor.h"
#include "base/random.h"
#include "proto/testing/captured_hellos.h"
#include "proto/testing/stage.h"
#include "proto/tls/client_hello.h"
#include "proto/tls/fingerprint.h"
#include "proto/tls/server.h"

namespace portolan::proto::tls::hello_test {
namespace {

using testing::bytes_from;
using testing::CapturedHello;
using testing::kCapturedHellos;
using State = HelloBytes::State;
using Buffer = std::vector<uint8_t>;

constexpr size_t kRoom = 16384;

Buffer buffer_of(std::string_view text) { return {text.begin(), text.end()}; }
Buffer captured(const CapturedHello& c) { return buffer_of(bytes_from(c.hex)); }

HelloBytes assemble(const Buffer& stream, Buffer& room) {
  room.assign(kRoom, 0xee);
  return assemble_hello(stream, room);
}

// The handshake message of a captured record, in records of `size` bytes each.
Buffer in_records_of(const Buffer& record, size_t size) {
  Buffer out;
  for (size_t at = kRecordHeader; at < record.size(); at += size) {
    const size_t n = std::min(size, record.size() - at);
    const Buffer header = {22, 3, 1, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)};
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), record.begin() + static_cast<ptrdiff_t>(at), record.begin() + static_cast<ptrdiff_t>(at + n));
  }
  return out;
}

// A body with the lists given, GREASE and all; for clients that cannot be run here.
struct Recipe {
  uint16_t version = 0x0303;
  std::vector<uint16_t> ciphers;
  std::vector<std::pair<uint16_t, std::string>> extensions;  // type and body
};
Buffer body_of(const Recipe& recipe) {
  Buffer out(4096);
  base::Writer w(out);
  w.be16(recipe.version);
  w.zeros(32);
  w.u8(0);
  w.be16(static_cast<uint16_t>(2 * recipe.ciphers.size()));
  for (const uint16_t c : recipe.ciphers) w.be16(c);
  w.be16(0x0100);
  size_t size = 0;
  for (const auto& [type, body] : recipe.extensions) size += 4 + body.size();
  w.be16(static_cast<uint16_t>(size));
  for (const auto& [type, body] : recipe.extensions) {
    w.be16(type);
    w.be16(static_cast<uint16_t>(body.size()));
    w.bytes({reinterpret_cast<const uint8_t*>(body.data()), body.size()});
  }
  EXPECT_TRUE(w.ok());
  out.resize(w.size());
  return out;
}

TEST(Hello, TellsOfRealClientsWhatOthersTell) {
  for (const CapturedHello& c : kCapturedHellos) {
    const Buffer stream = captured(c);
    Buffer room;
    const HelloBytes bytes = assemble(stream, room);
    ASSERT_EQ(bytes.state, State::kWhole) << c.client;
    const auto hello = ClientHello::check(bytes.body);
    ASSERT_TRUE(hello) << c.client;
    EXPECT_EQ(ja3(*hello), c.ja3) << c.client << ": " << ja3_text(*hello);
    EXPECT_EQ(ja4(*hello), c.ja4) << c.client;
    EXPECT_EQ(hello->server_name(), c.server_name) << c.client;
    EXPECT_EQ(alpn_text(*hello), c.alpn) << c.client;
  }
}

// JA3's own examples (github.com/salesforce/ja3), JA4's own (FoxIO), and a Chrome 143 as a public fingerprinting page
// shows it, with GREASE put in where Chrome does.
TEST(Hello, TellsThePublishedFingerprints) {
  const std::string groups = bytes_from("0006 0017 0018 0019");
  const Recipe old{.version = 769,
                   .ciphers = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
                   .extensions = {{0, ""}, {10, groups}, {11, bytes_from("01 00")}}};
  const Recipe bare{.version = 769, .ciphers = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}, .extensions = {}};
  const std::vector<uint16_t> chrome = {0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030,
                                        0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  const std::string algorithms = bytes_from("0012 1a1a 0403 0804 0401 0503 0805 0501 0806 0601");
  const std::string h2 = bytes_from("000c 02 'h2' 08 'http/1.1'");
  const std::string versions = bytes_from("06 9a9a 0304 0303");
  const auto chrome_with = [&](const std::vector<uint16_t>& types) {
    Recipe recipe{.ciphers = chrome, .extensions = {{0x3a3a, ""}}};
    for (const uint16_t t : types) {
      recipe.extensions.emplace_back(t, t == 10   ? bytes_from("000a 2a2a 11ec 001d 0017 0018")
                                        : t == 11 ? bytes_from("01 00")
                                        : t == 13 ? algorithms
                                        : t == 16 ? h2
                                        : t == 43 ? versions
                                                  : "");
    }
    recipe.extensions.emplace_back(0xfafa, std::string(1, '\0'));
    return recipe;
  };
  const Recipe chrome143 = chrome_with({45, 51, 16, 65037, 23, 17613, 0, 11, 10, 43, 65281, 35, 18, 5, 13, 27});
  const Recipe foxio = chrome_with({0, 5, 10, 11, 13, 16, 18, 21, 23, 27, 35, 43, 45, 51, 0x4469, 0xff01});
  struct Case {
    const char* what;
    Recipe recipe;
    std::string ja3, ja4;
  };
  const std::vector<Case> cases = {
      {"JA3 with all fields", old, "ada70206e40642a3e4461f35503241d5", ""},
      {"JA3 without extensions", bare, "de350869b8c85de67a350c8d186f11e6", ""},
      {"Chrome 143", chrome143, "98487aa16281980e7d1120d399efb6a4", "t13d1516h2_8daaf6152771_d8a2da3f94cd"},
      {"JA4's own example", foxio, "", "t13d1516h2_8daaf6152771_e5627efa2ab1"},
  };
  for (const Case& c : cases) {
    const Buffer body = body_of(c.recipe);
    const auto hello = ClientHello::check(body);
    ASSERT_TRUE(hello) << c.what;
    EXPECT_TRUE(c.ja3.empty() || ja3(*hello) == c.ja3) << c.what << ": " << ja3_text(*hello);
    EXPECT_TRUE(c.ja4.empty() || ja4(*hello) == c.ja4) << c.what << ": " << ja4(*hello);
  }
}

TEST(Hello, WritesTheFirstPartOfJa4ByItsRules) {
  struct Case {
    std::string alpn;  // body of the extension
    uint16_t version;
    std::string versions;
    char carrier;
    std::string begins;
  };
  const std::vector<Case> cases = {
      {bytes_from("0003 02 'h2'"), 0x0303, "", 't', "t12i0102h2_"},
      {bytes_from("0002 01 'x'"), 0x0302, "", 't', "t11i0102xx_"},
      {bytes_from("0003 02 ab cd"), 0x0301, "", 't', "t10i0102ad_"},
      {bytes_from("0002 01 ab"), 0x0300, "", 't', "ts3i0102ab_"},
      {bytes_from("0004 03 'h' 2d 'a'"), 0x0002, "", 't', "ts2i0102ha_"},
      {bytes_from("0003 02 'h' 2d"), 0xfefd, "", 'd', "dd2i01026d_"},
      {bytes_from("0001 00"), 0x0307, "", 't', "t00i010200_"},
      {bytes_from("0009 02"), 0x0303, bytes_from("04 0302 0301"), 'q', "q11i010200_"},
  };
  for (const Case& c : cases) {
    const Buffer body =
        body_of({.version = c.version, .ciphers = {0x002f}, .extensions = {{16, c.alpn}, {43, c.versions}}});
    const auto hello = ClientHello::check(body);
    ASSERT_TRUE(hello) << c.begins;
    EXPECT_EQ(ja4(*hello, c.carrier).substr(0, c.begins.size()), c.begins);
  }
  const Buffer nothing = body_of({.ciphers = {}, .extensions = {}});
  EXPECT_EQ(ja4(*ClientHello::check(nothing)), "t12i000000_000000000000_000000000000");
  const Buffer many = body_of({.ciphers = std::vector<uint16_t>(200, 0x002f), .extensions = {{0, ""}}});
  EXPECT_EQ(ja4(*ClientHello::check(many)).substr(0, 10), "t12d990100");
}

TEST(Hello, IsTheSameInWhateverRecordsItComesAndNotBeforeItIsWhole) {
  const CapturedHello& c = kCapturedHellos[0];
  const Buffer record = captured(c);
  Buffer room;
  for (size_t size = 1; size <= record.size(); ++size) {
    const Buffer stream = in_records_of(record, size);
    const HelloBytes whole = assemble(stream, room);
    ASSERT_EQ(whole.state, State::kWhole) << size;
    EXPECT_TRUE(std::equal(whole.body.begin(), whole.body.end(), record.begin() + 9, record.end())) << size;
    if (size % 7 != 1) continue;
    for (size_t cut = 0; cut < stream.size(); ++cut) {
      const Buffer part(stream.begin(), stream.begin() + static_cast<ptrdiff_t>(cut));
      ASSERT_EQ(assemble(part, room).state, State::kMore) << size << " " << cut;
    }
  }
}

TEST(Hello, LeavesOutWhatFollowsIt) {
  Buffer stream = captured(kCapturedHellos[1]);
  const size_t size = stream.size();
  stream.resize(size + 100, 0x17);
  Buffer room;
  const HelloBytes bytes = assemble(stream, room);
  EXPECT_EQ(bytes.state, State::kWhole);
  EXPECT_EQ(bytes.body.size(), size - 9);
}

TEST(Hello, RefusesRecordsThatHoldNone) {
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"an alert", "15 0301 0002 0228"},
      {"application data", "17 0303 0001 00"},
      {"another major", "16 0401 0004 01000000"},
      {"an empty record", "16 0301 0000"},
      {"a long record", "16 0301 4001"},
      {"a ServerHello", "16 0301 0004 02000000"},
      {"a long message", "16 0301 0004 01003ffd"},
      {"longer still", "16 0301 0004 01ffffff"},
      {"then an alert", "16 0301 0004 01000010 15 0301"},
      {"then an empty record", "16 0301 0004 01000010 16 0301 0000"},
  };
  Buffer room;
  for (const auto& [what, bytes] : cases) {
    EXPECT_EQ(assemble(buffer_of(bytes_from(bytes)), room).state, State::kBad) << what;
  }
  EXPECT_EQ(assemble(buffer_of(bytes_from("16 0301 0004 01003ffc")), room).state, State::kMore) << "the longest";
}

TEST(Hello, RefusesLengthsThatContradictEachOther) {
  const std::string head = "0303" + std::string(64, '0');
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"nothing", ""},
      {"no session", head},
      {"a long session", head + "21" + std::string(66, '0') + "0002002f 0100"},
      {"a session past the end", head + "20 00"},
      {"ciphers past the end", head + "00 0004 002f"},
      {"odd ciphers", head + "00 0003 002f00 0100"},
      {"no compressions", head + "00 0002 002f 00"},
      {"compressions past the end", head + "00 0002 002f 02 00"},
      {"half a length of extensions", head + "00 0002 002f 0100 00"},
      {"extensions past the end", head + "00 0002 002f 0100 0005 00000000"},
      {"bytes after the extensions", head + "00 0002 002f 0100 0004 00000000 00"},
      {"an extension past the end", head + "00 0002 002f 0100 0005 0000000200"},
      {"half an extension", head + "00 0002 002f 0100 0002 0000"},
  };
  for (const auto& [what, bytes] : cases) EXPECT_FALSE(ClientHello::check(buffer_of(bytes_from(bytes)))) << what;
  EXPECT_TRUE(ClientHello::check(buffer_of(bytes_from(head + "00 0002 002f 0100"))));
  EXPECT_TRUE(ClientHello::check(buffer_of(bytes_from(head + "00 0002 002f 0100 0000"))));
}

TEST(Hello, TakesAMalformedExtensionForAnEmptyOne) {
  const auto with = [](uint16_t type, const std::string& body) {
    return body_of({.ciphers = {1}, .extensions = {{type, bytes_from(body)}}});
  };
  for (const char* body : {"", "00", "0005 00 0003 'ab'", "0006 00 0003 'abc' 00", "0006 01 0003 'abc'", "0000"}) {
    const Buffer bytes = with(extension::kServerName, body);
    const auto hello = ClientHello::check(bytes);
    ASSERT_TRUE(hello);
    EXPECT_TRUE(hello->has_server_name());
    EXPECT_EQ(hello->server_name(), "") << body;
  }
  const Buffer other_first = with(extension::kServerName, "000b 07 0002 'no' 00 0003 'yes'");
  EXPECT_EQ(ClientHello::check(other_first)->server_name(), "yes");
  for (const char* body : {"0003 001d 00", "0004 001d", "0001 00"}) {
    const Buffer bytes = with(extension::kGroups, body);
    EXPECT_TRUE(ClientHello::check(bytes)->groups().empty()) << body;
  }
  for (const char* body : {"0003 03 'h2'", "0004 02 'h2'", "0002 02 'h2'"}) {
    const Buffer bytes = with(extension::kAlpn, body);
    EXPECT_TRUE(ClientHello::check(bytes)->alpn().empty()) << body;
  }
}

RC_GTEST_PROP(Hello, StandsAnyChangeOfItsBytes, (uint64_t seed)) {
  base::SplitMix64 random(seed);
  const auto& chosen = kCapturedHellos[random.next() % std::size(kCapturedHellos)];
  Buffer stream = in_records_of(captured(chosen), 1 + random.next() % 600);
  for (uint64_t n = random.next() % 5; n-- > 0;)
    stream[random.next() % stream.size()] = static_cast<uint8_t>(random.next());
  stream.resize(stream.size() - random.next() % (stream.size() / 4));
  stream.shrink_to_fit();
  Buffer room;
  const HelloBytes bytes = assemble(stream, room);
  if (bytes.state != State::kWhole) return;
  const Buffer exact(bytes.body.begin(), bytes.body.end());
  const auto hello = ClientHello::check(exact);
  if (!hello) return;
  RC_ASSERT(ja4(*hello).size() == 36u);
  RC_ASSERT(ja3(*hello).size() == 32u);
  RC_ASSERT(alpn_text(*hello).size() <= exact.size());
}

TEST(TlsRecognition, KnowsAHelloByItsFirstBytesAndNothingElse) {
  const testing::Stage stage(kTls);
  const std::string hello = bytes_from(kCapturedHellos[0].hex);
  const std::string ssl2 = bytes_from("80 2e 01 0002 0015 0000 0010 010080 0700c0 030080 060040 020080 040080 0500c0") +
                           std::string(16, 'c');
  for (const std::string& whole : {hello, ssl2}) {
    Match last = Match::kMore;
    for (size_t n = 0; n <= std::min(whole.size(), kMostToRecognize); ++n) {
      const Match match = stage.recognize(whole.substr(0, n));
      EXPECT_NE(match, Match::kNo) << n;
      EXPECT_TRUE(last == Match::kMore || match == Match::kYes) << n;
      last = match;
    }
    EXPECT_EQ(last, Match::kYes);
  }
  for (const char* other :
       {"16 0301 0004 02", "16 0305", "16 02", "16 0301 0000", "16 0301 4001", "16 0301 50", "17", "15", "80 00 00 28",
        "80 2e 02", "80 2e 01 01", "80 2e 01 0002 0000 0000 0010", "80 2e 01 0002 0014 0000 0010",
        "80 2e 01 0009 0015 0000 0010", "80 2f 01 0002 0015 0000 0010", "'GET / HTTP/1.1'"}) {
    EXPECT_EQ(stage.recognize(bytes_from(other)), Match::kNo) << other;
  }
}

}  // namespace
}  // namespace portolan::proto::tls::hello_test
