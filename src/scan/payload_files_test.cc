// SPDX-License-Identifier: Apache-2.0
#include "scan/payload_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

#include "pktio/pcap_file.h"
#include "wire/template.h"

namespace portolan::scan::payload_files_test {
namespace {

using Payload = std::vector<uint8_t>;

std::optional<Payload> at(const OwnPayloads& own, uint16_t port) {
  const uint16_t n = own.number(port);
  if (n == 0) return std::nullopt;
  const base::Bytes b = own.payload(n);
  return Payload(b.begin(), b.end());
}

Payload bytes(std::string_view text) { return {text.begin(), text.end()}; }

void expect_error(std::string_view text, size_t line, std::string_view what) {
  OwnPayloads own;
  const auto got = read_nmap_payloads(text, own);
  ASSERT_FALSE(got.has_value()) << text;
  EXPECT_EQ(got.error().line, line) << text;
  EXPECT_NE(got.error().what.find(what), std::string::npos) << got.error().what;
  EXPECT_FALSE(got.error().cure.empty());
}

TEST(NmapPayloads, JoinsStringsOverLinesAndKnowsComments) {
  OwnPayloads own;
  const auto got = read_nmap_payloads(
      "# all of it\n\nudp 7 \"a#b\" # behind\n  \"c\"\n# between\nudp 53,5353-5354\n\"\\x00\\001\\\\\\\"\" \"\\n\"\n",
      own);
  ASSERT_TRUE(got.has_value()) << got.error().what;
  EXPECT_EQ(got->entries, 2u);
  EXPECT_EQ(at(own, 7), bytes("a#bc"));
  const Payload dns{0, 1, '\\', '"', '\n'};
  for (const uint16_t port : std::to_array<uint16_t>({53, 5353, 5354})) EXPECT_EQ(at(own, port), dns) << port;
  for (const uint16_t port : std::to_array<uint16_t>({6, 8, 52, 54, 5352, 5355, 65535}))
    EXPECT_FALSE(at(own, port)) << port;
  EXPECT_EQ(own.size(), 2u);
}

TEST(NmapPayloads, KnowsTheEscapesOfC) {
  OwnPayloads own;
  ASSERT_TRUE(read_nmap_payloads(R"(udp 1 "\a\b\f\n\r\t\v\'\?\"\\" "\x4aZ\112Z\0\3778")", own).has_value());
  EXPECT_EQ(at(own, 1), bytes(std::string_view("\a\b\f\n\r\t\v'?\"\\JZJZ\0\3778", 18)));
}

TEST(NmapPayloads, LastOneWinsAndSourcesAreTold) {
  OwnPayloads own;
  const auto got = read_nmap_payloads("udp 500 \"a\"\n source 500\nudp 500-501 \"b\" source 4500 udp 501 \"\"", own);
  ASSERT_TRUE(got.has_value()) << got.error().what;
  EXPECT_EQ(got->lines_with_source, (std::vector<size_t>{2, 3}));
  EXPECT_EQ(at(own, 500), bytes("b"));
  EXPECT_EQ(at(own, 501), Payload{});
}

TEST(NmapPayloads, RefusesWithTheLine) {
  expect_error("udp 1 \"a\"\ntcp 80 \"x\"", 2, "'tcp'");
  expect_error("\"a\"", 1, "'\"'");
  expect_error("udp \"a\"", 1, "''");
  for (const char* ports :
       {"0", "65536", "5-4", "1,", ",1", "1-", "-1", "a", "1--2", "1-2-3", "18446744073709551617"}) {
    expect_error(fmt::format("\nudp {} \"a\"", ports), 2, ports);
  }
  expect_error("udp 1\n\nudp 2 \"a\"", 3, "no payload");
  expect_error("udp 1", 1, "no payload");
  expect_error("udp 1 \"a", 1, "does not end");
  expect_error("udp 1 \"a\n\"", 1, "does not end");
  expect_error("udp 1 \"a\\", 1, "backslash");
  expect_error("udp 1 \"\\q\"", 1, "'\\q'");
  expect_error("udp 1 \"\\400\"", 1, "more than a byte");
  for (const char* hex : {"\\x", "\\x1", "\\xg1", "\\x1g"}) expect_error(fmt::format("udp 1 \"{}\"", hex), 1, "\\x");
  expect_error("udp 1 \"a\" source", 1, "source port");
  expect_error("udp 1 \"a\" source\n65536", 2, "65536");
  expect_error("udp 1 \"a\"\nrarity 3", 2, "'rarity'");
}

TEST(NmapPayloads, TakesWhatEveryNetworkCarriesAndNoMore) {
  OwnPayloads own;
  EXPECT_TRUE(read_nmap_payloads(fmt::format("udp 9 \"{:x<1232}\"", ""), own).has_value());
  EXPECT_EQ(at(own, 9)->size(), 1232u);
  expect_error(fmt::format("udp 9\n\"{:x<1232}\"\n\"y\"", ""), 3, "1233 bytes");
}

RC_GTEST_PROP(NmapPayloads, BringsBackAnyBytes, (const Payload& payload, uint16_t number)) {
  std::string text = fmt::format("udp {} \"", number | 1);
  for (const uint8_t b : payload) text += fmt::format("\\x{:02x}", b);
  OwnPayloads own;
  RC_ASSERT(read_nmap_payloads(text + "\"", own).has_value());
  RC_ASSERT(at(own, number | 1) == payload);
}

class PcapPayloads : public testing::Test {
 protected:
  void SetUp() override { path_ = std::filesystem::path(testing::TempDir()) / "portolan_payloads.pcap"; }
  void TearDown() override { std::filesystem::remove(path_); }

  void write(const std::vector<std::vector<uint8_t>>& frames, wire::LinkType link = wire::LinkType::kRawIp) {
    auto file = pktio::PcapWriter::open(path_.string(), link);
    ASSERT_TRUE(file.has_value());
    for (const auto& f : frames) file->write(0, f);
    file->flush();
    ASSERT_EQ(file->error(), "");
  }

  static std::vector<uint8_t> datagram(bool v4, uint16_t port, base::Bytes payload) {
    const auto us = v4 ? addr::IpAddress::v4(0xc0000201) : addr::IpAddress::v6(base::make_u128(0x20010db8u, 1));
    const auto made = wire::Template::udp({wire::LinkType::kRawIp, {}, {}}, {us, 64}, payload, {});
    wire::Stamp s;
    s.destination = us;
    s.source_port = 4000, s.destination_port = port;
    std::vector<uint8_t> out(made.length());
    made.stamp(out.data(), s);
    return out;
  }

  std::filesystem::path path_;
  OwnPayloads own_;
};

TEST_F(PcapPayloads, TakesTheLastOfEachPort) {
  auto unsummed = datagram(true, 123, bytes("ntp"));
  unsummed[26] ^= 0x55;  // the UDP checksum, as before the hardware fills it in
  write({datagram(true, 53, bytes("one")),
         datagram(false, 53, bytes("two")),
         unsummed,
         datagram(true, 9, {}),
         datagram(true, 10, Payload(1233)),
         {0x45, 0}});
  const auto got = read_pcap_payloads(path_.string(), own_);
  ASSERT_TRUE(got.has_value()) << got.error().what;
  EXPECT_EQ(got->taken, 3u);
  EXPECT_EQ(got->too_long, 1u);
  EXPECT_EQ(at(own_, 53), bytes("two"));
  EXPECT_EQ(at(own_, 123), bytes("ntp"));
  EXPECT_FALSE(at(own_, 9) || at(own_, 10) || at(own_, 4000));
}

TEST_F(PcapPayloads, RefusesWhatIsNoCapture) {
  std::ofstream(path_) << "udp 53 \"text\"";
  EXPECT_FALSE(read_pcap_payloads(path_.string(), own_).has_value());
  EXPECT_FALSE(read_pcap_payloads(path_.string() + ".absent", own_).has_value());
}

TEST_F(PcapPayloads, RefusesACaptureThatIsCut) {
  write({datagram(true, 53, bytes("one"))});
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  EXPECT_FALSE(read_pcap_payloads(path_.string(), own_).has_value());
}

}  // namespace
}  // namespace portolan::scan::payload_files_test
