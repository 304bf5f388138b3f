// SPDX-License-Identifier: Apache-2.0
// TLS, against a client of OpenSSL's over memory BIOs: handshakes, certificates, what is inside, and how it ends.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/random.h"
#include "proto/dialogue.h"
#include "proto/testing/captured_hellos.h"
#include "proto/testing/stage.h"
#include "proto/tls/authority.h"
#include "proto/tls/openssl_ptr.h"
#include "proto/tls/server.h"

namespace portolan::proto::tls {
namespace {

using addr::IpAddress;

constexpr base::Nanos kWall = 1'700'000'000 * base::kSecond;
const IpAddress kServer = IpAddress::v4(0xc6336407);
const IpAddress kServer6 = IpAddress::v6(base::make_u128(0x20010db800000000, 7));

// Keys take time to make: once for all tests.
const std::string& pem() {
  static const std::string text = TlsAuthority::make_pem(kWall);
  return text;
}
std::unique_ptr<TlsAuthority> authority(uint32_t most = 16) {
  return std::move(TlsAuthority::from_pem(pem(), kWall, most).value());
}

struct ClientPlan {
  std::string name = "www.example.org";
  int version = TLS1_3_VERSION;
  const char* ciphers = nullptr;  // for TLS 1.2 and below
  std::vector<uint8_t> alpn{};
  std::string trusted{};  // PEM of a CA; empty: nothing is verified
  std::string host{};     // to verify
};

class Client {
 public:
  explicit Client(const ClientPlan& plan) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* const c = context_.get();
    SSL_CTX_set_security_level(c, 0);
    SSL_CTX_set_min_proto_version(c, plan.version);
    SSL_CTX_set_max_proto_version(c, plan.version);
    if (plan.ciphers != nullptr) SSL_CTX_set_cipher_list(c, plan.ciphers);
    if (!plan.trusted.empty()) {
      const BioPtr in(BIO_new_mem_buf(plan.trusted.data(), static_cast<int>(plan.trusted.size())));
      const CertificatePtr ca(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
      X509_STORE_add_cert(SSL_CTX_get_cert_store(c), ca.get());
      SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
      X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(c), kWall / base::kSecond);
    }
    ssl_ = SSL_new(c);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    if (!plan.name.empty()) SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, const_cast<char*>(plan.name.c_str()));
    if (!plan.host.empty()) SSL_set1_host(ssl_, plan.host.c_str());
    SSL_set_alpn_protos(ssl_, plan.alpn.data(), static_cast<unsigned>(plan.alpn.size()));
  }
  ~Client() { SSL_free(ssl_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  SSL* ssl() { return ssl_; }
  std::string out() {
    std::string bytes = text_in(SSL_get_wbio(ssl_));
    BIO_reset(SSL_get_wbio(ssl_));
    return bytes;
  }
  void in(std::string_view bytes) { BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size())); }
  bool shaken() {
    SSL_do_handshake(ssl_);
    return SSL_is_init_finished(ssl_) == 1;
  }
  std::string read() {
    std::string all(65536, '\0');
    size_t have = 0;
    for (int n = 0; (n = SSL_read(ssl_, all.data() + have, static_cast<int>(all.size() - have))) > 0;) {
      have += static_cast<size_t>(n);
    }
    all.resize(have);
    return all;
  }
  CertificatePtr certificate() { return CertificatePtr(SSL_get1_peer_certificate(ssl_)); }

 private:
  ContextPtr context_;
  SSL* ssl_ = nullptr;
};

// The responder's side of one connection.
class Responder {
 public:
  Responder(TlsAuthority* authority, uint16_t port, const IpAddress& server = kServer)
      : persona_(persona_of(authority)),
        dialogue_(persona_, {IpAddress::v4(0xc0000209), server, 40000, port, Transport::kTcp}, kWall, pool_) {}

  std::string open() {
    return answer([&](Answer& a) { dialogue_.on_open(kWall, a); });
  }
  std::string bytes(std::string_view some) {
    const std::vector<uint8_t> exact(some.begin(), some.end());
    return answer([&](Answer& a) { dialogue_.on_bytes(kWall, exact, a); });
  }
  std::string silence() {
    return answer([&](Answer& a) { dialogue_.on_silence(kWall, a); });
  }
  std::string fact(std::string_view name) const {
    for (const Fact& f : facts_.all()) {
      if (f.name == name) return std::string(f.value);
    }
    return "-";
  }
  bool closed() const { return closed_; }
  Dialogue& dialogue() { return dialogue_; }

 private:
  static Persona persona_of(TlsAuthority* authority) {
    Persona persona;
    persona.host_name = "mx1.example.org";
    persona.tls = authority;
    return persona;
  }
  template <class Call>
  std::string answer(Call call) {
    std::vector<uint8_t> room(16384);
    Answer a(room, facts_);
    call(a);
    EXPECT_TRUE(a.ok());
    closed_ = closed_ || a.closes() || a.aborts();
    return {a.written().begin(), a.written().end()};
  }

  Persona persona_;
  base::BufferPool pool_{4};
  FactList facts_;
  Dialogue dialogue_;
  bool closed_ = false;
};

// Carries bytes both ways, `cut` at a time towards the responder, until both are silent.
void carry(Client& client, Responder& responder, size_t cut = SIZE_MAX) {
  client.shaken();
  for (std::string some = client.out(); !some.empty(); some = client.out()) {
    for (size_t at = 0; at < some.size(); at += std::min(cut, some.size() - at)) {
      client.in(responder.bytes(std::string_view(some).substr(at, cut)));
    }
    client.shaken();
  }
}
std::string ask(Client& client, Responder& responder, std::string_view question, size_t cut = SIZE_MAX) {
  carry(client, responder, cut);
  SSL_write(client.ssl(), question.data(), static_cast<int>(question.size()));
  carry(client, responder, cut);
  return client.read();
}
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n";

std::string alternative_name(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) != 1) return "";
  int type = 0;
  const auto* text =
      static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), 0), &type));
  const std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<size_t>(ASN1_STRING_length(text)));
  return (type == GEN_DNS     ? "DNS:"
          : type == GEN_IPADD ? "IP:"
                              : "?") +
         (type == GEN_IPADD ? testing::hex_of(value) : value);
}

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

TEST(Tls, ShowsACertificateForTheNameThatVerifies) {
  const auto a = authority();
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  const std::string ip4 = "IP:c6 33 64 07";
  struct Case {
    std::string name, shown;
  };
  const std::vector<Case> cases = {
      {"www.example.org", "DNS:www.example.org"},
      {"WWW.Example.ORG", "DNS:www.example.org"},
      {"localhost", "DNS:localhost"},
      {"_dmarc.example.org", "DNS:_dmarc.example.org"},
      {"xn--bcher-kva.example", "DNS:xn--bcher-kva.example"},
      {longest, "DNS:" + longest},
      {"", ip4},
      {"198.51.100.9", ip4},
      {"a..b", ip4},
      {"-a.example", ip4},
      {"a b", ip4},
      {"x,DNS:evil.example", ip4},
      {longest + "x", ip4},
      {"*.example.org", ip4},
  };
  for (const Case& c : cases) {
    const std::string host = c.shown.substr(0, 4) == "DNS:" ? c.shown.substr(4) : "";
    Client client({.name = c.name, .trusted = a->ca_certificate(), .host = host});
    Responder responder(a.get(), 443);
    carry(client, responder);
    ASSERT_TRUE(client.shaken()) << c.name;
    EXPECT_EQ(SSL_get_verify_result(client.ssl()), X509_V_OK) << c.name;
    EXPECT_EQ(alternative_name(client.certificate().get()), c.shown);
  }
  Client client({.name = "", .trusted = a->ca_certificate()});
  Responder responder(a.get(), 443, kServer6);
  carry(client, responder);
  EXPECT_EQ(alternative_name(client.certificate().get()), "IP:20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07");
}

TEST(Tls, NamesThatAreNoHostNamesAreToldApart) {
  for (const char* good : {"a", "a.b", "A-b.C", "1a.example", "a.example.", "a_b", "0.example"}) {
    EXPECT_TRUE(clean_host_name(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string("a.."), std::string(".a"), std::string("a-"), std::string("a-.b"),
        std::string("-"), std::string("10.0.0.1"), std::string("a.1"), std::string("a/b"), std::string("a\0b", 3),
        std::string("\xc3\xbc"), std::string(64, 'a'), std::string("a:b")}) {
    EXPECT_FALSE(clean_host_name(bad)) << bad;
  }
}

// Nothing depends on who asks, in which order, or how many came between.
TEST(Tls, TheSameFileAndNameGiveTheSameCertificate) {
  const auto one = authority();
  const auto other = authority();
  const auto first = one->certificate("www.example.org", kServer);
  ASSERT_FALSE(first.empty());
  for (size_t i = 0; i < TlsAuthority::kCachedCertificates + 10; ++i) {
    one->certificate("host" + std::to_string(i) + ".example", kServer);
  }
  EXPECT_EQ(one->certificate("www.example.org", kServer6), first) << "issued again";
  EXPECT_EQ(other->certificate("WWW.example.org.", kServer), first);
  EXPECT_NE(other->certificate("www.example.com", kServer), first);
  EXPECT_NE(other->certificate("", kServer), other->certificate("", kServer6));
  EXPECT_NE(TlsAuthority::ephemeral(kWall)->certificate("www.example.org", kServer), first);
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
  const std::string garbage = testing::bytes_from("17 0303 0020") + std::string(32, 'g');
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
  EXPECT_EQ(testing::hex_of(refusing.bytes(third.out())), "15 03 01 00 02 02 50");
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
  const std::string ssl2 =
      testing::bytes_from("80 2e 01 0002 0015 0000 0010 010080 0700c0 030080 060040 020080 040080 0500c0") +
      std::string(16, 'c');
  struct Case {
    std::string bytes, alert;
  };
  for (const Case& c : {Case{ssl2, "15 03 00 00 02 02 46"},
                        Case{testing::bytes_from("16 0301 0006 01000002 0303"), "15 03 01 00 02 02 32"},
                        Case{testing::bytes_from("16 0303 0004 01ffffff"), "15 03 03 00 02 02 32"}}) {
    const testing::Played played = stage.play(c.bytes);
    EXPECT_EQ(testing::hex_of(played.said), c.alert);
    EXPECT_TRUE(played.closes);
    EXPECT_EQ(played, stage.play_bytewise(c.bytes));
  }
  // Without an authority nothing is said, but what was offered is told.
  const testing::Played mute = plain.play(testing::bytes_from(testing::kCapturedHellos[0].hex));
  EXPECT_TRUE(mute.foreign);
  EXPECT_EQ(mute.said, "");
  EXPECT_EQ(mute.facts.at("tls_ja3"), testing::kCapturedHellos[0].ja3);
}

TEST(Tls, AnswersTheHellosOfRealClients) {
  const auto a = authority();
  testing::Stage stage(kTls);
  stage.persona.tls = a.get();
  for (const testing::CapturedHello& c : testing::kCapturedHellos) {
    const testing::Played played = stage.play(testing::bytes_from(c.hex));
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

class AuthorityFile : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/portolan_tls_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    path_ = folder_ + "/tls.pem";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }
  size_t files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {})); }

  std::string folder_;
  std::string path_;
};

TEST_F(AuthorityFile, IsMadeOnceForItsOwnersEyesAloneAndReadAgain) {
  const auto one = TlsAuthority::open(path_, kWall);
  ASSERT_TRUE(one) << one.error();
  struct stat about {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600u);
  EXPECT_EQ(files(), 1u) << "nothing else is left";
  const auto other = TlsAuthority::open(path_, kWall + 86400 * base::kSecond);
  ASSERT_TRUE(other) << other.error();
  EXPECT_EQ((*one)->certificate("www.example.org", kServer), (*other)->certificate("www.example.org", kServer));
  EXPECT_EQ((*one)->ca_certificate(), (*other)->ca_certificate());
}

TEST_F(AuthorityFile, ThatCannotBeUsedIsAnErrorWithPlaceAndCure) {
  const size_t keys = pem().find("-----BEGIN PRIVATE KEY");
  const size_t second = pem().find("-----BEGIN PRIVATE KEY", keys + 1);
  const std::string certificate = pem().substr(0, keys);
  const std::string ca_key = pem().substr(keys, second - keys);
  const std::string server_key = pem().substr(second);
  std::string broken = pem();
  broken[keys - 100] = '!';
  struct Case {
    std::string text, word;
    mode_t mode = 0600;
  };
  const std::vector<Case> cases = {
      {"", "no certificate"},
      {"just words\n", "no certificate"},
      {broken, "no certificate"},
      {ca_key + server_key, "no certificate"},
      {certificate, "no private key"},
      {certificate + ca_key, "no second private key"},
      {certificate + server_key + ca_key, "not that of its certificate"},
      {std::string(70000, 'x'), "too long"},
      {pem(), "chmod 600", 0640},
  };
  for (const Case& c : cases) {
    write(c.text, c.mode);
    const auto opened = TlsAuthority::open(path_, kWall);
    ASSERT_FALSE(opened) << c.word;
    EXPECT_NE(opened.error().find(c.word), std::string::npos) << opened.error();
    EXPECT_EQ(opened.error().find(path_ + ": "), 0u) << opened.error();
  }
  write(pem());
  const auto late = TlsAuthority::open(path_, kWall + 4000 * 86400 * base::kSecond);
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().find("expired; move it away"), std::string::npos) << late.error();
}

TEST_F(AuthorityFile, ThatCannotBeMadeOrIsNoFileIsAnError) {
  const auto nowhere = TlsAuthority::open(folder_ + "/none/tls.pem", kWall);
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("cannot be made: No such file"), std::string::npos) << nowhere.error();
  const auto folder = TlsAuthority::open(folder_, kWall);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().find("not a regular file"), std::string::npos) << folder.error();
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(TlsAuthority::open(path_, kWall)) << "and it does not wait for a writer";
}

}  // namespace
}  // namespace portolan::proto::tls
