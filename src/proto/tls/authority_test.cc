// SPDX-License-Identifier: Apache-2.0
// Certificates that verify for the names they are for, are always the same, and come from a file that is sound.
#include "proto/tls/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "proto/testing/stage.h"
#include "proto/testing/tls_client.h"

namespace portolan::proto::tls::authority_test {
namespace {

using namespace testing;

std::string alternative_name(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) != 1) return "";
  int type = 0;
  const auto* text =
      static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), 0), &type));
  const std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<size_t>(ASN1_STRING_length(text)));
  return (type == GEN_DNS ? "DNS:" : type == GEN_IPADD ? "IP:" : "?") + (type == GEN_IPADD ? hex_of(value) : value);
}

TEST(TlsAuthority, ShowsACertificateForTheNameThatVerifies) {
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

TEST(TlsAuthority, NamesThatAreNoHostNamesAreToldApart) {
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
TEST(TlsAuthority, TheSameFileAndNameGiveTheSameCertificate) {
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
}  // namespace portolan::proto::tls::authority_test
