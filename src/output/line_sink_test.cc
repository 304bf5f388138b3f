// SPDX-License-Identifier: Apache-2.0
// Golden bytes of the line formats, and that every NDJSON line is strict JSON that reads back to the same observation.
#include "output/line_sink.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "output/json.h"
#include "output/list_sink.h"
#include "output/ndjson_sink.h"
#include "output/testing/json_reader.h"
#include "output/text_sink.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output::line_sink_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::Observation;
using result::Reason;
using result::State;
using testing::Json;
using testing::JsonReader;

constexpr base::Nanos kWhen = 1'700'000'000 * base::kSecond;

Observation open_tcp() {
  Observation o;
  o.wall = kWhen;
  o.target = {IpAddress::v4(0xc000020a), {Protocol::kTcp, 80}};
  o.responder = o.target.address;
  o.ttl = 55;
  return o;
}

Observation arp_up() {
  Observation o = open_tcp();
  o.target = {IpAddress::v4(0xc0000207), {Protocol::kArp, 0}};
  o.responder = o.target.address;
  o.state = State::kUp;
  o.reason = Reason::kArpReply;
  o.mac = {{0xb8, 0x27, 0xeb, 0x01, 0x02, 0x03}};
  o.has_mac = true;
  o.ttl = 0;
  return o;
}

Observation filtered_v6() {
  Observation o = open_tcp();
  o.target = {IpAddress::v6(base::make_u128(0x20010db800000000, 9)), {Protocol::kUdp, 53}};
  o.responder = IpAddress::v6(base::make_u128(0x20010db800000000, 1));
  o.state = State::kFiltered;
  o.reason = Reason::kIcmpUnreachable;
  o.proof = result::Proof::kQuoted;
  o.icmp_type = 1;
  o.icmp_code = 1;
  return o;
}

Observation rich_tcp() {
  Observation o = open_tcp();
  o.wall += 7 * base::kMillisecond;
  o.rtt = 1'234'567;
  o.window = 64240;
  o.mss = 1460;
  o.window_scale = 7;
  o.tcp_options = {2, 4, 8, 1, 3};
  o.tcp_option_count = 5;
  return o;
}

std::string text_of(void (*append)(std::string&, const Observation&), const Observation& o) {
  std::string out;
  append(out, o);
  return out;
}

TEST(Text, Sentences) {
  EXPECT_EQ(text_of(append_text, open_tcp()), "Discovered open port 80/tcp on 192.0.2.10\n");
  EXPECT_EQ(text_of(append_text, arp_up()), "Discovered up port 0/arp on 192.0.2.7 (b8:27:eb:01:02:03)\n");
  EXPECT_EQ(text_of(append_text, filtered_v6()),
            "Discovered filtered port 53/udp on 2001:db8::9 (admin-prohibited from 2001:db8::1)\n");
  Observation closed = open_tcp();
  closed.state = State::kClosed;
  closed.reason = Reason::kRst;
  EXPECT_EQ(text_of(append_text, closed), "Discovered closed port 80/tcp on 192.0.2.10\n");
}

TEST(Text, OnATerminalTheStatusLineIsClearedFirst) {
  EXPECT_EQ(text_of(kTextTerminal.record, open_tcp()),
            "\r\x1b[KDiscovered \x1b[32mopen\x1b[0m port 80/tcp on 192.0.2.10\n");
}

base::Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// As masscan 1.3.2 was seen to print: filled up to 79 columns, longer lines as they are, markup as bytes.
TEST(Text, UnderTheNameMasscanLinesAreFilledUp) {
  const std::string line = "Discovered open port 80/tcp on 192.0.2.10";
  EXPECT_EQ(text_of(kTextMasscan.record, open_tcp()), line + std::string(79 - line.size(), ' ') + "\n");
  result::Banner b;
  b.target = open_tcp().target;
  b.application = *result::application_from_name("http");
  const std::string text = "text \\ <\"\r\n&'";
  b.text = bytes_of(text);
  std::string out;
  kTextMasscan.banner(out, b);
  const std::string banner = "Banner on port 80/tcp on 192.0.2.10: [http] text \\x5c \\x3c\\x22\\x0d\\x0a\\x26\\x27";
  EXPECT_EQ(out, banner + std::string(79 - banner.size(), ' ') + "\n");
  const std::string longer(100, 'y');
  b.text = bytes_of(longer);
  out.clear();
  kTextMasscan.banner(out, b);
  EXPECT_EQ(out, "Banner on port 80/tcp on 192.0.2.10: [http] " + longer + "\n");
}

TEST(List, Lines) {
  EXPECT_EQ(text_of(append_list, open_tcp()), "open tcp 80 192.0.2.10 1700000000\n");
  EXPECT_EQ(text_of(append_list, arp_up()), "up arp 0 192.0.2.7 1700000000\n");
  EXPECT_EQ(text_of(append_list, filtered_v6()), "filtered udp 53 2001:db8::9 1700000000\n");
  Observation ping = arp_up();
  ping.target.service = {Protocol::kIcmpEcho, 0};
  EXPECT_EQ(text_of(append_list, ping), "open icmp 0 192.0.2.7 1700000000\n");
}

TEST(List, HeaderAndTrailerAreRemarksOfOneLineEach) {
  std::string out;
  kList.header(out, {"portolan 0.1.0", kWhen, {{"command", "scan\n192.0.2.0/24\\"}}});
  kList.trailer(out, {kWhen + base::kSecond, true, {{"sent", 256}}});
  EXPECT_EQ(out,
            "#masscan\n"
            "# program: portolan 0.1.0\n"
            "# started: 2023-11-14T22:13:20.000Z\n"
            "# command: scan\\x0a192.0.2.0/24\\x5c\n"
            "# ended: 2023-11-14T22:13:21.000Z\n"
            "# complete: yes\n"
            "# sent: 256\n"
            "# end\n");
}

TEST(Ndjson, Lines) {
  EXPECT_EQ(text_of(append_ndjson, open_tcp()),
            R"({"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"status",)"
            R"("data":{"status":"open","reason":"syn-ack","ttl":55,"time":"2023-11-14T22:13:20.000Z",)"
            R"("proof":"cookie"}})"
            "\n");
  EXPECT_EQ(text_of(append_ndjson, rich_tcp()),
            R"({"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"status",)"
            R"("data":{"status":"open","reason":"syn-ack","ttl":55,"time":"2023-11-14T22:13:20.007Z",)"
            R"("proof":"cookie","rtt_us":1234,"window":64240,"mss":1460,"window_scale":7,"tcp_options":[2,4,8,1,3]}})"
            "\n");
  EXPECT_EQ(text_of(append_ndjson, filtered_v6()),
            R"({"ip":"2001:db8::9","timestamp":"1700000000","port":53,"proto":"udp","rec_type":"status",)"
            R"("data":{"status":"filtered","reason":"admin-prohibited","ttl":55,"time":"2023-11-14T22:13:20.000Z",)"
            R"("proof":"quoted","from":"2001:db8::1","icmp_type":1,"icmp_code":1}})"
            "\n");
  EXPECT_EQ(text_of(append_ndjson, arp_up()),
            R"({"ip":"192.0.2.7","timestamp":"1700000000","port":0,"proto":"arp","rec_type":"status",)"
            R"("data":{"status":"up","reason":"arp-response","ttl":0,"time":"2023-11-14T22:13:20.000Z",)"
            R"("proof":"cookie","mac":"b8:27:eb:01:02:03"}})"
            "\n");
}

TEST(Ndjson, RunObjects) {
  std::string out;
  kNdjsonWithRun.header(out, {"portolan 0.1.0", kWhen, {{"interface", "a"}, {"interface", "b\"\x01"}}});
  kNdjsonWithRun.trailer(out, {kWhen, false, {{"sent", 5}, {"refused", 0}}});
  EXPECT_EQ(out, R"({"rec_type":"manifest","data":{"program":"portolan 0.1.0","started":"2023-11-14T22:13:20.000Z",)"
                 R"("facts":[["interface","a"],["interface","b\"\u0001"]]}})"
                 "\n"
                 R"({"rec_type":"summary","data":{"ended":"2023-11-14T22:13:20.000Z","complete":false,)"
                 R"("counters":{"sent":5,"refused":0}}})"
                 "\n");
  std::string empty;
  kNdjsonWithRun.header(empty, {});
  kNdjsonWithRun.trailer(empty, {});
  std::istringstream lines(empty);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(JsonReader(line).document()) << line;
}

TEST(JsonString, InvalidUtf8BecomesReplacementCharacters) {
  struct Row {
    const char* bytes;
    const char* json;
  };
  const Row rows[] = {
      {"", "\"\""},
      {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2", "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2\""},
      {"\xc3", "\"\xef\xbf\xbd\""},                                                  // cut
      {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                  // cut
      {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                  // overlong '/'
      {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                  // surrogate
      {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // above U+10FFFF
      {"\t\r\n\"\\\x7f", R"("\u0009\u000d\n\"\\\u007f")"},
  };
  for (const Row& row : rows) {
    std::string out;
    append_json_string(out, row.bytes);
    EXPECT_EQ(out, row.json);
  }
}

RC_GTEST_PROP(JsonString, AnyAsciiReadsBack, (std::string bytes)) {
  for (char& c : bytes) c = static_cast<char>(c & 0x7f);
  std::string out;
  append_json_string(out, bytes);
  const auto json = JsonReader(out).document();
  RC_ASSERT(json.has_value());
  RC_ASSERT(json->text == bytes);
}

Observation any_observation() {
  Observation o;
  o.wall = *rc::gen::inRange<base::Nanos>(0, 4'000'000'000 * base::kSecond);
  if (*rc::gen::arbitrary<bool>()) o.rtt = *rc::gen::inRange<base::Nanos>(0, 100 * base::kSecond);
  const bool v4 = *rc::gen::arbitrary<bool>();
  const auto address = [v4] {
    return v4 ? IpAddress::v4(*rc::gen::arbitrary<uint32_t>())
              : IpAddress::v6(
                    base::make_u128(*rc::gen::inRange<uint64_t>(1, UINT64_MAX), *rc::gen::arbitrary<uint64_t>()));
  };
  o.target = {address(), {static_cast<Protocol>(*rc::gen::inRange<int>(0, 8)), *rc::gen::arbitrary<uint16_t>()}};
  o.responder = *rc::gen::arbitrary<bool>() ? o.target.address : address();
  o.state = static_cast<State>(*rc::gen::inRange<int>(0, 4));
  o.reason = static_cast<Reason>(*rc::gen::inRange<int>(0, 11));
  o.proof = static_cast<result::Proof>(*rc::gen::inRange<int>(0, 3));
  o.ttl = *rc::gen::arbitrary<uint8_t>();
  o.has_mac = *rc::gen::arbitrary<bool>();
  for (uint8_t& byte : o.mac.bytes) byte = *rc::gen::arbitrary<uint8_t>();
  if (*rc::gen::arbitrary<bool>()) {
    o.icmp_type = *rc::gen::arbitrary<uint8_t>();
    o.icmp_code = *rc::gen::arbitrary<uint8_t>();
  }
  if (*rc::gen::arbitrary<bool>()) {
    o.window = *rc::gen::arbitrary<uint16_t>();
    o.mss = *rc::gen::arbitrary<uint16_t>();
    o.window_scale = *rc::gen::arbitrary<uint8_t>();
  }
  o.tcp_option_count = *rc::gen::inRange<uint8_t>(0, 13);
  for (uint8_t& kind : o.tcp_options) kind = *rc::gen::arbitrary<uint8_t>();
  return o;
}

int64_t number(const Json& data, std::string_view name) {
  const Json* value = data.find(name);
  return value == nullptr ? -1 : std::stoll(value->text);
}

RC_GTEST_PROP(Ndjson, EveryLineIsJsonAndReadsBack, ()) {
  const Observation o = any_observation();
  const std::string line = text_of(append_ndjson, o);
  RC_ASSERT(line.find('\n') == line.size() - 1);
  const auto json = JsonReader(std::string_view(line).substr(0, line.size() - 1)).document();
  RC_ASSERT(json.has_value());

  RC_ASSERT(json->find("ip")->text == o.target.address.to_string());
  RC_ASSERT(json->find("timestamp")->text == std::to_string(o.wall / base::kSecond));
  RC_ASSERT(number(*json, "port") == o.target.service.port);
  RC_ASSERT(json->find("proto")->text == addr::name(o.target.service.protocol));
  RC_ASSERT(json->find("rec_type")->text == "status");

  const Json& data = *json->find("data");
  RC_ASSERT(data.find("status")->text == result::status_word(o));
  RC_ASSERT(data.find("reason")->text == result::reason_text(o));
  RC_ASSERT(data.find("proof")->text == result::name(o.proof));
  RC_ASSERT(data.find("time")->text == result::rfc3339(o.wall));
  RC_ASSERT(number(data, "ttl") == o.ttl);
  RC_ASSERT(number(data, "rtt_us") == (o.rtt < 0 ? -1 : o.rtt / 1000));
  RC_ASSERT(number(data, "icmp_type") == o.icmp_type);
  RC_ASSERT(number(data, "icmp_code") == o.icmp_code);
  RC_ASSERT(number(data, "window") == o.window);
  RC_ASSERT(number(data, "mss") == o.mss);
  RC_ASSERT(number(data, "window_scale") == o.window_scale);
  RC_ASSERT((data.find("from") == nullptr) == (o.responder == o.target.address));
  RC_ASSERT((data.find("mac") != nullptr) == o.has_mac);
  if (o.has_mac) RC_ASSERT(addr::MacAddress::parse(data.find("mac")->text) == o.mac);

  const Json* options = data.find("tcp_options");
  RC_ASSERT((options == nullptr ? 0u : options->members.size()) == o.tcp_option_count);
  for (size_t i = 0; i < o.tcp_option_count; ++i) {
    RC_ASSERT(options->members[i].text == std::to_string(o.tcp_options[i]));
  }
}

RC_GTEST_PROP(List, EveryLineHasFiveFields, ()) {
  const Observation o = any_observation();
  std::istringstream line(text_of(append_list, o));
  std::string status, protocol, port, address, time, more;
  line >> status >> protocol >> port >> address >> time;
  RC_ASSERT(status == result::status_word(o));
  RC_ASSERT(addr::protocol_from_name(protocol) == o.target.service.protocol);
  RC_ASSERT(port == std::to_string(o.target.service.port));
  RC_ASSERT(address == o.target.address.to_string());
  RC_ASSERT(time == std::to_string(o.wall / base::kSecond));
  RC_ASSERT(!(line >> more));
}

TEST(LineSink, HeaderAtOnceRecordsAtTickTrailerAtEnd) {
  std::string path = "/tmp/portolan-line-sink-test-XXXXXX";
  ::close(::mkstemp(path.data()));
  const auto content = [&path] {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  };
  {
    LineSink sink(kList, std::move(*File::open(path, File::Mode::kTruncate)));
    sink.begin({"portolan 0.1.0", 0, {}});
    const std::string header = "#masscan\n# program: portolan 0.1.0\n# started: 1970-01-01T00:00:00.000Z\n";
    EXPECT_EQ(content(), header);
    sink.write(open_tcp());
    EXPECT_EQ(content(), header);
    sink.tick();
    EXPECT_EQ(content(), header + "open tcp 80 192.0.2.10 1700000000\n");
    sink.end({0, false, {}});
    EXPECT_TRUE(content().ends_with("# complete: no\n# end\n"));
    EXPECT_EQ(sink.error(), "");
  }
  ::unlink(path.c_str());
}

TEST(LineSink, KeepsTheErrorOfItsFile) {
  LineSink sink(kList, std::move(*File::open("/dev/full", File::Mode::kTruncate)));
  sink.begin({});
  sink.write(open_tcp());
  sink.tick();
  sink.end({});
  EXPECT_EQ(sink.error(), "/dev/full: No space left on device");
  EXPECT_GT(sink.lost_records(), 0u);
}

}  // namespace
}  // namespace portolan::output::line_sink_test
