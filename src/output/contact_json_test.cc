// SPDX-License-Identifier: Apache-2.0
#include "output/contact_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "output/base64.h"
#include "output/flow_id.h"
#include "output/testing/json_reader.h"

namespace portolan::output::contact_json_test {
namespace {

using result::NamedValue;
using testing::Json;
using testing::JsonReader;

base::Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

result::Contact syn() {
  result::Contact c;
  c.wall = 1'700'000'000'123'456'789;
  c.client = addr::IpAddress::v4(0xc6336407);
  c.server = addr::IpAddress::v4(0xc0000201);
  c.mac = {{2, 0, 0, 0, 0, 2}};
  c.has_mac = true;
  c.client_port = 40001;
  c.server_port = 80;
  c.ask = result::Ask::kSyn;
  c.deed = result::Deed::kSynAck;
  c.ip_protocol = 6;
  c.ttl = 55;
  c.tcp_flags = 0x02;
  c.ip_id = 4660;
  c.window = 64240;
  c.mss = 1460;
  c.window_scale = 7;
  c.tcp_options = {2, 4, 8, 1, 3};
  c.tcp_option_count = 5;
  c.sequence = 0x01020304;
  return c;
}

std::string line_of(const result::Contact& c, std::string_view payload = {}, ContactSink::Facts facts = {}) {
  std::string out;
  append_contact_json(out, c, bytes_of(payload), facts);
  return out;
}

TEST(ContactJson, ASynInItsWholeLength) {
  EXPECT_EQ(line_of(syn()),
            R"({"rec_type":"contact","time":"2023-11-14T22:13:20.123456789Z","time_ns":1700000000123456789,)"
            R"("flow":"a56f8e2990493754","client_ip":"198.51.100.7","client_port":40001,"server_ip":"192.0.2.1",)"
            R"("server_port":80,"proto":"tcp","ask":"tcp-syn","deed":"syn-ack","mac":"02:00:00:00:00:02","ttl":55,)"
            R"("ip_id":4660,"tcp_flags":"S","window":64240,"mss":1460,"window_scale":7,"tcp_options":[2,4,8,1,3],)"
            R"("seq":16909060,"ack":0,"payload_size":0,"answer_size":0})"
            "\n");
}

TEST(ContactJson, ADatagramWithFactsAndACutPayload) {
  result::Contact c;
  c.wall = 1'700'000'000 * base::kSecond;
  c.client = addr::IpAddress::v6(base::make_u128(0x2001'0db8'0000'0000, 7));
  c.server = addr::IpAddress::v6(base::make_u128(0x2001'0db8'0000'0000, 1));
  c.client_port = 5353;
  c.server_port = 53;
  c.ask = result::Ask::kDatagram;
  c.deed = result::Deed::kData;
  c.ip_protocol = 17;
  c.vlan = 100;
  c.ttl = 64;
  c.payload_size = 6;
  c.answer_size = 45;
  c.protocol = "dns";
  c.said = "a";
  const NamedValue facts[] = {{"dns_name", "b\xffl\"d\n"}, {"dns_type", "A"}};
  EXPECT_EQ(line_of(c, "hello", facts),
            R"({"rec_type":"contact","time":"2023-11-14T22:13:20.000000000Z","time_ns":1700000000000000000,)"
            R"("flow":"13ef94be5aeb9d4a","client_ip":"2001:db8::7","client_port":5353,"server_ip":"2001:db8::1",)"
            R"("server_port":53,"proto":"udp","ask":"udp","deed":"data","vlan":100,"ttl":64,"payload_size":6,)"
            R"("payload":"aGVsbG8=","payload_cut":true,"protocol":"dns","said":"a","answer_size":45,)"
            "\"facts\":{\"dns_name\":\"b\xef\xbf\xbdl\\\"d\\n\",\"dns_type\":\"A\"}}\n");
}

TEST(ContactJson, AnArpRequestHasNoPortsAndNoTtl) {
  result::Contact c = syn();
  c = {};
  c.ask = result::Ask::kArp;
  c.deed = result::Deed::kReply;
  c.client = addr::IpAddress::v4(0xc0000209);
  c.server = addr::IpAddress::v4(0xc0000201);
  const std::string line = line_of(c);
  EXPECT_NE(line.find(R"("proto":"arp","ask":"arp","deed":"reply","payload_size":0)"), std::string::npos) << line;
  EXPECT_EQ(line.find("port"), std::string::npos);
  EXPECT_EQ(line.find("ttl"), std::string::npos);
}

TEST(ContactJson, AConversationInItsWholeLength) {
  result::Conversation c;
  c.wall = 1'700'000'000'000'000'001;
  c.duration = 1'234'567'890;
  c.client = addr::IpAddress::v4(0xc6336407);
  c.server = addr::IpAddress::v4(0xc0000201);
  c.client_port = 40001;
  c.server_port = 80;
  c.ttl = 55;
  c.window = 502;
  c.ending = result::Ending::kIdle;
  c.forwarded = true;
  c.facts_cut = true;
  c.segments_in = 3;
  c.segments_out = 4;
  c.bytes_in = 16;
  c.bytes_out = 394;
  c.protocol = "http";
  c.said = "401";
  const NamedValue facts[] = {{"http_method", "GET"}};
  std::string out;
  append_conversation_json(out, c, bytes_of("GET / HTTP/1.0\r\n"), facts);
  EXPECT_EQ(out, R"({"rec_type":"conversation","time":"2023-11-14T22:13:20.000000001Z","time_ns":1700000000000000001,)"
                 R"("flow":"a56f8e2990493754","client_ip":"198.51.100.7","client_port":40001,"server_ip":"192.0.2.1",)"
                 R"("server_port":80,"proto":"tcp","ttl":55,"window":502,"duration_ns":1234567890,"ending":"idle",)"
                 R"("forwarded":true,"segments_in":3,"segments_out":4,"bytes_in":16,"bytes_out":394,)"
                 R"("payload":"R0VUIC8gSFRUUC8xLjANCg==","protocol":"http","said":"401",)"
                 R"("facts":{"http_method":"GET"},"facts_cut":true})"
                 "\n");
}

// Any bytes anywhere: one line, strict JSON, and the payload comes back.
RC_GTEST_PROP(ContactJson, IsJsonWhateverPeersSay, (const std::string& payload, const std::string& value)) {
  result::Contact c;
  c.wall = *rc::gen::inRange<base::Nanos>(0, 4'000'000'000 * base::kSecond);
  c.ip_protocol = *rc::gen::arbitrary<uint8_t>();
  c.tcp_flags = *rc::gen::arbitrary<uint8_t>();
  c.tcp_options = *rc::gen::arbitrary<std::array<uint8_t, 12>>();
  c.tcp_option_count = *rc::gen::inRange<uint8_t>(0, 13);
  c.payload_size = static_cast<uint32_t>(payload.size());
  c.client_port = *rc::gen::arbitrary<uint16_t>();
  const NamedValue facts[] = {{"fact", value}};
  const std::string line = line_of(c, payload, facts);
  RC_ASSERT(line.find('\n') == line.size() - 1);
  const auto json = JsonReader(line.substr(0, line.size() - 1)).document();
  RC_ASSERT(json.has_value());
  RC_ASSERT(json->find("time_ns")->text == std::to_string(c.wall));
  RC_ASSERT(json->find("facts")->find("fact") != nullptr);
  std::string base64;
  append_base64(base64, bytes_of(payload));
  const Json* found = json->find("payload");
  RC_ASSERT((found == nullptr ? payload.empty() : found->text == base64));
}

TEST(Base64, AsRfc4648SaysInSection10) {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"},
                                                          {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, coded] : kVectors) {
    std::string out;
    append_base64(out, bytes_of(plain));
    EXPECT_EQ(out, coded);
  }
}

RC_GTEST_PROP(FlowId, IsTheSameBothWaysAndDiffersOtherwise, (uint64_t a, uint64_t b, uint16_t p, uint16_t q)) {
  const FlowEnd one{addr::IpAddress::v6(base::make_u128(a, b)), p};
  const FlowEnd other{addr::IpAddress::v6(base::make_u128(b, a)), q};
  const uint64_t id = flow_id(one, other, 6);
  RC_ASSERT(id == flow_id(other, one, 6));
  RC_ASSERT(id != flow_id(one, other, 17));
  RC_ASSERT(id != flow_id({one.address, static_cast<uint16_t>(p ^ 1)}, other, 6) || (a == b && (p ^ 1) == q));
}

class TempDir {
 public:
  TempDir() { path_ = ::mkdtemp(path_.data()); }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ + "/log"; }
  const std::string& path() const { return path_; }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ifstream in(entry.path());
      all[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

 private:
  std::string path_ = "/tmp/portolan-contacts-test-XXXXXX";
};

TEST(RotatingFile, BySizeEachLineStandsInOneFile) {
  TempDir dir;
  base::VirtualClock clock;
  auto file = RotatingFile::open(dir.file(), {.most_bytes = 6, .every = 0, .keep = 2}, clock);
  ASSERT_TRUE(file) << file.error();
  for (const char* line : {"one\n", "two\n", "three\n", "four\n", "five\n", "six\n"}) file->append(line);
  EXPECT_TRUE(file->close());
  EXPECT_EQ(dir.files(),
            (std::map<std::string, std::string>{{"log", "six\n"}, {"log.1", "four\nfive\n"}, {"log.2", "three\n"}}));
  EXPECT_EQ(file->lost_records(), 0u);
}

TEST(RotatingFile, ByAgeOnlyWhenSomethingIsInIt) {
  TempDir dir;
  base::VirtualClock clock;
  auto file = RotatingFile::open(dir.file(), {.most_bytes = 0, .every = 10 * base::kSecond, .keep = 5}, clock);
  ASSERT_TRUE(file);
  clock.advance(60 * base::kSecond);
  file->flush();
  EXPECT_EQ(dir.files().size(), 1u);
  file->append("late\n");
  file->flush();
  EXPECT_EQ(dir.files(), (std::map<std::string, std::string>{{"log", ""}, {"log.1", "late\n"}}));
}

TEST(RotatingFile, GoesOnInTheOldFileWhenItCannotBePutAside) {
  TempDir dir;
  base::VirtualClock clock;
  std::filesystem::create_directories(dir.file() + ".1/not-empty");  // so that nothing can be renamed over it
  auto file = RotatingFile::open(dir.file(), {.most_bytes = 7, .every = 0, .keep = 1}, clock);
  ASSERT_TRUE(file);
  file->append("one\ntwo\n");
  file->append("on\n");
  EXPECT_NE(file->error().find(dir.file()), std::string::npos);
  std::filesystem::remove_all(dir.file() + ".1");
  clock.advance(base::Rotation::kRetryAfter);
  file->append("three\n");
  EXPECT_TRUE(file->flush()) << file->error();
  EXPECT_EQ(dir.files(), (std::map<std::string, std::string>{{"log", "three\n"}, {"log.1", "one\ntwo\non\n"}}));
}

TEST(RotatingFile, GoesOnWhereTheLastRunEndedAndCountsItsBytes) {
  TempDir dir;
  const base::VirtualClock clock;
  std::ofstream(dir.file()) << "12345\n";
  auto file = RotatingFile::open(dir.file(), {.most_bytes = 6, .every = 0, .keep = 1}, clock);
  ASSERT_TRUE(file);
  file->append("new\n");
  file->close();
  EXPECT_EQ(dir.files(), (std::map<std::string, std::string>{{"log", "new\n"}, {"log.1", "12345\n"}}));
  EXPECT_FALSE(RotatingFile::open("-", {.most_bytes = 6, .every = 0, .keep = 1}, clock));
}

TEST(ContactJson, WritesWholeLinesAtATick) {
  TempDir dir;
  const base::VirtualClock clock;
  auto file = RotatingFile::open(dir.file(), {}, clock);
  ASSERT_TRUE(file);
  ContactJson sink(std::move(*file));
  sink.on_contact(syn(), {}, {});
  sink.tick();
  EXPECT_EQ(dir.files().at("log"), line_of(syn()));
  sink.on_conversation({}, {}, {});
  sink.close();
  EXPECT_EQ(dir.files().at("log").substr(line_of(syn()).size(), 27), R"({"rec_type":"conversation",)");
  EXPECT_EQ(sink.error(), "");
}

}  // namespace
}  // namespace portolan::output::contact_json_test
