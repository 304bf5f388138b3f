// SPDX-License-Identifier: Apache-2.0
// TLS, against a client of OpenSSL's over memory BIOs: handshakes, what is inside, refusals, and how it ends.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "proto/testing/captured_hellos.h"
#include "proto/testing/stage.h"
#include "proto/testing/tls_client.h"
#include "proto/tls/server.h"

namespace portolan::proto::tls::tls_test {
namespace {

using namespace testing;

TEST(Tls, ShakesHandsInEveryCutOfTheBytes) {
  const auto a = authority();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (size_t cut = 1; cut < 600; cut += cut < 48 ? 1 : 37) {
      Client client({.version = version});
      Responder responder(a.get(), 443);
      carry(client, responder, cut);
      ASSERT_TRUE(client.shaken()) << cut;
      const std::string page = ask(client, responder, kGet, cut);
      ASSERT_EQ(page.substr(0, 12), "HTTP/1.1 401") << cut;
    }
  }
  EXPECT_EQ(a->alive(), 0u);
}

TEST(Tls, SpeaksEveryVersionAndTellsWhatWasAgreedOn) {
  const auto a = authority();
  struct Case {
    int version;
    const char* ciphers;
    std::string tells, cipher;
  };
  const std::vector<Case> cases = {
      {TLS1_VERSION, "AES128-SHA", "TLSv1", "AES128-SHA"},
      {TLS1_1_VERSION, "ECDHE-RSA-AES256-SHA", "TLSv1.1", "ECDHE-RSA-AES256-SHA"},
      {TLS1_2_VERSION, "AES256-GCM-SHA384", "TLSv1.2", "AES256-GCM-SHA384"},
      {TLS1_2_VERSION, nullptr, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"},
      {TLS1_3_VERSION, nullptr, "TLSv1.3", "TLS_AES_256_GCM_SHA384"},
  };
  for (const Case& c : cases) {
    Client client(
        {.version = c.version, .ciphers = c.ciphers, .alpn = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'}});
    Responder responder(a.get(), 8443);
    EXPECT_EQ(ask(client, responder, kGet).substr(0, 12), "HTTP/1.1 401") << c.tells;
    EXPECT_EQ(responder.fact("tls_version"), c.tells);
    EXPECT_EQ(responder.fact("tls_cipher"), c.cipher);
    EXPECT_EQ(responder.fact("tls_sni"), "www.example.org");
    EXPECT_EQ(responder.fact("tls_alpn"), "h2,http/1.1");
    EXPECT_EQ(responder.fact("tls_inner"), "http");
    EXPECT_EQ(responder.fact("http_method"), "GET");
    EXPECT_EQ(responder.fact("tls_ja3").size(), 32u);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
    EXPECT_FALSE(SSL_SESSION_has_ticket(SSL_get_session(client.ssl())));
    EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get_session(client.ssl())), 0u);
  }
}

TEST(Tls, ServesOneRequestAfterAnotherAndWhatIsNotHttp) {
  const auto a = authority();
  Client client({});
  Responder responder(a.get(), 443);
  const std::string two = std::string(kGet) + std::string(kGet);
  const std::string pages = ask(client, responder, two);
  EXPECT_NE(pages.find("HTTP/1.1 401", 12), std::string::npos) << pages;
  Client other({});
  Responder strange(a.get(), 443);
  EXPECT_EQ(ask(other, strange, "\xfe\xfe\xfe\xfe no protocol that anybody knows of, and long"), "");
  EXPECT_FALSE(strange.closed());
}

TEST(Tls, GreetsInsideWhereServersSpeakFirst) {
  const auto a = authority();
  struct Case {
    uint16_t port;
    std::string inner, greeting;
  };
  for (const Case& c :
       {Case{993, "imap", "* OK"}, Case{995, "pop3", "+OK"}, Case{465, "smtp", "220 "}, Case{990, "ftp", "220"}}) {
    if (find_server(c.inner) == nullptr) continue;
    Client client({});
    Responder responder(a.get(), c.port);
    EXPECT_EQ(responder.open(), "") << "TLS first";
    carry(client, responder);
    EXPECT_EQ(client.read().substr(0, c.greeting.size()), c.greeting);
    EXPECT_EQ(responder.fact("tls_inner"), c.inner);
  }
  Client client({});
  Responder responder(a.get(), 12345);
  carry(client, responder);
  EXPECT_EQ(client.read(), "");
  client.in(responder.silence());
  EXPECT_NE(client.read(), "") << "after a silence";
}

TEST(Tls, AnswersCloseNotifyAndSaysItItself) {
  const auto a = authority();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client({.version = version});
    Responder responder(a.get(), 443);
    carry(client, responder);
    SSL_shutdown(client.ssl());
    carry(client, responder);
    EXPECT_TRUE(responder.closed());
    EXPECT_EQ(client.read(), "");
    EXPECT_NE(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, 0);
    // HTTP's own end.
    Client last({.version = version});
    Responder ending(a.get(), 443);
    EXPECT_NE(ask(last, ending, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), "");
    EXPECT_TRUE(ending.closed());
    EXPECT_NE(SSL_get_shutdown(last.ssl()) & SSL_RECEIVED_SHUTDOWN, 0);
  }
}

TEST(Tls, EndsWithAnAlertWhenTheBytesAreGarbage) {
  const auto a = authority();
  const std::string garbage = bytes_from("17 0303 0020") + std::string(32, 'g');
  for (const bool shaken : {false, true}) {
    Client client({});
    Responder responder(a.get(), 443);
    client.shaken();
    client.in(responder.bytes(client.out()));
    if (shaken) carry(client, responder);
    const std::string said = responder.bytes(garbage);
    EXPECT_FALSE(said.empty());
    EXPECT_TRUE(responder.closed());
    EXPECT_EQ(responder.bytes(garbage), "");
  }
  EXPECT_EQ(a->alive(), 0u);
}

TEST(Tls, RefusesToRenegotiate) {
  const auto a = authority();
  Client client({.version = TLS1_2_VERSION});
  Responder responder(a.get(), 443);
  carry(client, responder);
  SSL_renegotiate(client.ssl());
  SSL_do_handshake(client.ssl());
  const std::string request = client.out();
  ASSERT_FALSE(request.empty());
  client.in(responder.bytes(request));
  EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
}

TEST(Tls, RefusesWithoutAConnectionWhenThereAreTooMany) {
  const auto a = authority(2);
  std::vector<std::unique_ptr<Responder>> alive;
  for (int i = 0; i < 2; ++i) {
    Client client({});
    alive.push_back(std::make_unique<Responder>(a.get(), 443));
    carry(client, *alive.back());
    EXPECT_TRUE(client.shaken());
  }
  EXPECT_EQ(a->alive(), 2u);
  Client third({});
  Responder refusing(a.get(), 443);
  third.shaken();
  EXPECT_EQ(hex_of(refusing.bytes(third.out())), "15 03 01 00 02 02 50");
  EXPECT_TRUE(refusing.closed());
  EXPECT_EQ(refusing.fact("tls_sni"), "www.example.org") << "told all the same";
  alive.pop_back();
  EXPECT_EQ(a->alive(), 1u);
  Client fourth({});
  Responder again(a.get(), 443);
  carry(fourth, again);
  EXPECT_TRUE(fourth.shaken());
}

TEST(Tls, AlertsWhatItCannotRead) {
  const auto a = authority();
  const testing::Stage plain(kTls);
  testing::Stage stage(kTls);
  stage.persona.tls = a.get();
  const std::string ssl2 = bytes_from("80 2e 01 0002 0015 0000 0010 010080 0700c0 030080 060040 020080 040080 0500c0") +
                           std::string(16, 'c');
  struct Case {
    std::string bytes, alert;
  };
  for (const Case& c :
       {Case{ssl2, "15 03 00 00 02 02 46"}, Case{bytes_from("16 0301 0006 01000002 0303"), "15 03 01 00 02 02 32"},
        Case{bytes_from("16 0303 0004 01ffffff"), "15 03 03 00 02 02 32"}}) {
    const testing::Played played = stage.play(c.bytes);
    EXPECT_EQ(hex_of(played.said), c.alert);
    EXPECT_TRUE(played.closes);
    EXPECT_EQ(played, stage.play_bytewise(c.bytes));
  }
  // Without an authority nothing is said, but what was offered is told.
  const testing::Played mute = plain.play(bytes_from(testing::kCapturedHellos[0].hex));
  EXPECT_TRUE(mute.foreign);
  EXPECT_EQ(mute.said, "");
  EXPECT_EQ(mute.facts.at("tls_ja3"), testing::kCapturedHellos[0].ja3);
}

TEST(Tls, AnswersTheHellosOfRealClients) {
  const auto a = authority();
  testing::Stage stage(kTls);
  stage.persona.tls = a.get();
  for (const testing::CapturedHello& c : testing::kCapturedHellos) {
    const testing::Played played = stage.play(bytes_from(c.hex));
    EXPECT_EQ(played.said.substr(0, 2), "\x16\x03") << c.client;
    EXPECT_EQ(played.facts.at("tls_ja4"), c.ja4);
    EXPECT_EQ(played.what, "") << c.client;
    EXPECT_FALSE(played.closes);
  }
}

RC_GTEST_PROP(Tls, StandsAnyChangeOfAConversation, (uint64_t seed)) {
  static const auto a = authority();
  base::SplitMix64 random(seed);
  Client client({.version = random.next() % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION});
  Responder responder(a.get(), 443);
  client.shaken();
  for (int turn = 0; turn < 4; ++turn) {
    std::string some = client.out();
    if (some.empty()) break;
    if (random.next() % 3 == 0) some[random.next() % some.size()] = static_cast<char>(random.next());
    if (random.next() % 8 == 0) some.resize(random.next() % some.size());
    client.in(responder.bytes(some));
    if (client.shaken()) SSL_write(client.ssl(), kGet.data(), static_cast<int>(kGet.size()));
  }
  RC_ASSERT(a->alive() <= 1u);
}

}  // namespace
}  // namespace portolan::proto::tls::tls_test
