// SPDX-License-Identifier: Apache-2.0
// What masscan and nmap write is read; damage is named with its place. What our own writers write: round_trip_test.cc.
#include "output/result_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "output/testing/reading.h"

namespace portolan::output::result_reader_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::Observation;
using result::State;
using testing::KeptBanner;
using testing::Read;
using testing::read;
using namespace std::string_literals;

// As nmap 7.93 writes them, from its documentation.
TEST(ResultReader, FilesOfNmapAreRead) {
  const Read xml = read(R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated Tue Nov 14 22:13:20 2023 as: nmap -A <x> -->
<nmaprun scanner="nmap" args="nmap -sS" start="1700000000" version="7.93" xmloutputversion="1.05">
<hosthint><status state="up" reason="arp-response" reason_ttl="0"/><address addr="192.0.2.7" addrtype="ipv4"/></hosthint>
<host starttime="1700000001" endtime="1700000009"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="192.0.2.10" addrtype="ipv4"/>
<address addr="B8:27:EB:01:02:03" addrtype="mac" vendor="Raspberry Pi Foundation"/>
<hostnames><hostname name="a>b" type="PTR"/></hostnames>
<ports><extraports state="closed" count="997"><extrareasons reason="reset" count="997"/></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="ssh" product="OpenSSH" method="probed" conf="10"/></port>
<port protocol='tcp' portid='25'><state state='filtered' reason='no-response' reason_ttl='0'/></port>
<port protocol="udp" portid="53"><state state="open|filtered" reason="no-response" reason_ttl="0"/></port>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http"/><script id="banner" output="a&#xe9;&lt;\x0d"><elem key="x">y</elem></script></port>
</ports><os><portused state="open" proto="tcp" portid="22"/></os></host>
<host endtime="1700000010"><status state="up" reason="arp-response" reason_ttl="0"/><address addr="192.0.2.11" addrtype="ipv4"/><address addr="B8:27:EB:01:02:04" addrtype="mac"/></host>
<host endtime="1700000010"><status state="down" reason="no-response" reason_ttl="0"/><address addr="192.0.2.12" addrtype="ipv4"/></host>
<runstats><finished time="1700000020"/></runstats>
</nmaprun>
)",
                        7);
  EXPECT_EQ(xml.damage, "");
  EXPECT_FALSE(xml.torn);
  ASSERT_EQ(xml.observations.size(), 4u);
  EXPECT_EQ(xml.observations[0].target.service.port, 22);
  EXPECT_EQ(xml.observations[0].wall, 1'700'000'009 * base::kSecond);
  EXPECT_EQ(xml.observations[1].state, State::kFiltered);
  EXPECT_EQ(xml.observations[3].target.service.protocol, Protocol::kArp);
  EXPECT_EQ(xml.observations[3].mac.to_string(), "b8:27:eb:01:02:04");
  EXPECT_EQ(xml.left_out, 2u);  // open|filtered, and the host that is down
  ASSERT_EQ(xml.banners.size(), 1u);
  EXPECT_EQ(xml.banners[0].text, "a\xc3\xa9<\r");

  const Read grepable = read(
      "# Nmap 7.93 scan initiated Tue Nov 14 22:13:20 2023 as: nmap -oG - x\n"
      "Host: 192.0.2.10 (a.example)\tStatus: Up\n"
      "Host: 192.0.2.10 (a.example)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2p1 Debian 2 (protocol 2.0)/, "
      "53/open|filtered/udp//domain///, 80/closed/tcp//http///\tIgnored State: filtered (997)\n"
      "# Nmap done at Tue Nov 14 22:13:40 2023 -- 1 IP address (1 host up) scanned in 20.00 seconds\n");
  EXPECT_EQ(grepable.damage, "");
  ASSERT_EQ(grepable.observations.size(), 2u);
  EXPECT_EQ(grepable.observations[1].state, State::kClosed);
  ASSERT_EQ(grepable.banners.size(), 1u);
  EXPECT_EQ(grepable.banners[0].text, "OpenSSH 9.2p1 Debian 2 (protocol 2.0)");
  EXPECT_EQ(grepable.left_out, 2u);
}

// As masscan 1.3.2 writes them.
const std::string kMasscanOpen =
    R"x({   "ip": "192.0.2.10",   "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 55} ] })x";
const std::string kMasscanBanner =
    R"x({   "ip": "192.0.2.10",   "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", "service": {"name": "(31)", "banner": "a\\\u00ff b"} } ] })x";
const std::string kMasscanLines =
    R"x({"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open","reason":"syn-ack","ttl":55}}
{"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"banner","data":{"service_name":"(31)","banner":"a\\\u00ff b"}}
)x";
const std::string kMasscanXml =
    "<?xml version=\"1.0\"?>\r\n<!-- masscan v1.0 scan -->\r\n"
    "<nmaprun scanner=\"masscan\" start=\"1795889475\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\r\n"
    "<scaninfo type=\"syn\" protocol=\"tcp\" />\r\n"
    "<host endtime=\"1700000000\"><address addr=\"192.0.2.10\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
    "portid=\"80\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"55\"/></port></ports></host>\r\n"
    "<host endtime=\"1700000000\"><address addr=\"192.0.2.10\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
    "portid=\"80\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"64\" /><service name=\"(31)\" "
    "banner=\"a\\x5c\\xff b\"></service></port></ports></host>\r\n<runstats>\r\n</runstats>\r\n</nmaprun>\r\n";

TEST(ResultReader, FilesOfMasscanAreRead) {
  const std::string texts[] = {
      "#masscan\nopen tcp 80 192.0.2.10 1700000000\nbanner tcp 80 192.0.2.10 1700000000 (31) a\\x5c\\xff b\n# end\n",
      "[\n" + kMasscanOpen + "\n,\n" + kMasscanBanner + "\n]\n",
      kMasscanOpen + ",\n" + kMasscanBanner + ",\n{finished: 1}\n",  // its older versions
      kMasscanLines,
      "# Masscan 1.3.2 scan initiated Tue Nov 14 22:13:20 2023\n# Ports scanned: TCP(0;) UDP(0;) SCTP(0;) "
      "PROTOCOLS(0;)\n"
      "Timestamp: 1700000000\tHost: 192.0.2.10 ()\tPorts: 80/open/tcp//http//\n"
      "Host: 192.0.2.10 ()\tPort: 80\tService: (31)\tBanner: a\\x5c\\xff b\n# Masscan done at Sat Nov 28 18:11:15 "
      "2026\n",
      kMasscanXml,
  };
  for (const std::string& text : texts) {
    const Read got = read(text, 3);
    EXPECT_EQ(got.damage, "") << text;
    EXPECT_FALSE(got.torn) << text;
    ASSERT_EQ(got.observations.size(), 1u) << text;
    EXPECT_EQ(got.observations[0].target, (addr::Target{IpAddress::v4(0xc000020a), {Protocol::kTcp, 80}}));
    ASSERT_EQ(got.banners.size(), 1u) << text;
    EXPECT_EQ(got.banners[0].text, "a\\\xff b") << text;
    EXPECT_EQ(got.banners[0].application, 31) << text;
  }
  const Read odd = read(
      "#masscan\nopen err 0 192.0.2.10 1\nTCP open\t            http[   80]\t\tfrom 192.0.2.10  ttl 55 \n"
      "Host: 192.0.2.10 ()\tPorts: 53/open/udp////\n");
  EXPECT_EQ(odd.observations.size(), 2u);
  EXPECT_EQ(odd.left_out, 1u);
}

TEST(ResultReader, AllRecordTypesOfBinaryFilesAreRead) {
  const std::string time = "\x65\x53\xf1\x00"s, v4 = "\xc0\x00\x02\x0a"s;
  const std::string v6 = "\x06\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"s;
  std::string text = binary_header(1'700'000'000);
  text += "\x01\x0c"s + time + v4 + "\x00\x50\x12\x37"s;
  text += "\x02\x0c"s + time + v4 + "\x00\x35\x00\x37"s;        // closed, and UDP by its port
  text += "\x03\x0e"s + time + v4 + "\x00\x50\x00\x04hi"s;      // TCP assumed
  text += "\x04\x0e"s + time + v4 + "\x11\x00\x35\x00\x06hi"s;  // one byte more than its length
  text += "\x05\x0f"s + time + v4 + "\x06\x00\x50\x00\x04hi"s;
  text += "\x06\x0d"s + time + v4 + "\x84\x00\x09\x00\x37"s;
  text += "\x08\x0d"s + time + v4 + "\x00\x00\x00\x00\x00"s;  // masscan stops here
  text += "\x0c\x1a"s + time + "\x00\x00\x00\x00\x00"s + v6;
  text += "\x06\x0d"s + time + v4 + "\x2f\x00\x00\x00\x37"s;        // IP protocol 47
  text += "\x09\x10"s + time + v4 + "\x06\x00\x50\x00\x10\x37hi"s;  // 16: title in masscan 1.3
  text += binary_trailer();
  const Read got = read(text, 5, {BannerNumbers::kMasscan13});
  EXPECT_EQ(got.damage, "");
  ASSERT_EQ(got.observations.size(), 6u);
  const auto is = [&](size_t i, Protocol p, uint16_t port, State s) {
    const Observation& o = got.observations[i];
    EXPECT_EQ(o.target.service, (addr::ProtoPort{p, port})) << i;
    EXPECT_EQ(o.state, s) << i;
    EXPECT_EQ(o.wall, 1'700'000'000 * base::kSecond);
  };
  is(0, Protocol::kTcp, 80, State::kOpen);
  is(1, Protocol::kUdp, 53, State::kClosed);
  is(2, Protocol::kSctp, 9, State::kOpen);
  is(3, Protocol::kArp, 0, State::kUp);
  is(4, Protocol::kNdp, 0, State::kUp);
  is(5, Protocol::kIp, 47, State::kOpen);
  ASSERT_EQ(got.banners.size(), 4u);
  for (const KeptBanner& b : got.banners) EXPECT_EQ(b.text, "hi");
  EXPECT_EQ(got.banners[1].target.service, (addr::ProtoPort{Protocol::kUdp, 53}));
  EXPECT_EQ(got.banners[3].application, 17);
}

TEST(ResultReader, DamageIsNamedWithItsPlaceAndWhatCameBeforeWasGiven) {
  const std::string good_line = "open tcp 80 192.0.2.10 1700000000\n";
  const std::string good_object = R"({"ip":"192.0.2.10","port":80,"proto":"tcp","status":"open"})";
  const std::string good_host =
      "<host><address addr=\"192.0.2.10\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" "
      "portid=\"80\"><state state=\"open\"/></port></ports></host>\n";
  std::string good_record;
  Observation o;
  o.target = {IpAddress::v4(0xc000020a), {Protocol::kTcp, 80}};
  append_binary(good_record, o);
  const struct {
    std::string text;
    size_t good;
    uint64_t byte, line;
    const char* damage;
  } cases[] = {
      {good_line + "ajar tcp 80 192.0.2.10 1\n", 1, good_line.size(), 2, "this line is no result"},
      {good_line + "open tcp eighty 192.0.2.10 1\n", 1, good_line.size(), 2, "its port cannot be read"},
      {good_line + "open tcp 65536 192.0.2.10 1\n", 1, good_line.size(), 2, "its port cannot be read"},
      {good_line + "open tpc 80 192.0.2.10 1\n", 1, good_line.size(), 2, "its protocol is not known"},
      {good_line + "open tcp 80 192.0.2 1\n", 1, good_line.size(), 2, "its address cannot be read"},
      {good_line + "open tcp 80 192.0.2.1 x\n", 1, good_line.size(), 2, "its time cannot be read"},
      {good_line + "open tcp 80\n" + good_line, 1, good_line.size(), 2, "there are too few words in this line"},
      {good_object + "\n{\"ip\":}\n", 1, good_object.size() + 1, 2, "this is not JSON"},
      {good_object + "\nhello\n", 1, good_object.size() + 1, 2, "there is something else than JSON objects"},
      {good_object + "\n{\"ip\":\"1.2.3\",\"port\":1,\"proto\":\"tcp\",\"status\":\"open\"}\n", 1,
       good_object.size() + 1, 2, "its address cannot be read"},
      {good_host + "<host><address addr=\"192.0.2.x\"/><ports><port protocol=\"tcp\" portid=\"1\"><state "
                   "state=\"open\"/></port></ports></host>",
       1, good_host.size(), 2, "its address cannot be read"},
      {good_host + "<host><address addr=\"</host>", 1, good_host.size(), 2, "a tag of this host has no end"},
      {"ip,port,proto,status\n192.0.2.10,80,tcp,open\n192.0.2.10,80,tcp\n", 1, 44, 3,
       "this row has not as many fields as the first line has names"},
      {binary_header(1) + good_record + "\x14\x01x", 1, 99 + 15, 0, "there is no record type 20"},
      {binary_header(1) + good_record + "\x06\x02xx", 1, 99 + 15, 0, "a record of type 6 has 2 bytes and needs 13"},
      {binary_header(1) + good_record + "\x06\xff\xff\xff\xff\xff\x01", 1, 99 + 15, 0,
       "the length of a record is out of all bounds"},
      {"hello\n", 0, 0, 1, "this is in no form of results that is known"},
      {"SQLite format 3\0....", 0, 0, 1,
       "this is a database: print what is wanted of it as CSV by sqlite3 -csv -header"},
      {"\x28\xb5\x2f\xfd....\n", 0, 0, 1, "this is compressed: zstd -dc FILE | portolan convert -"},
  };
  for (const auto& c : cases) {
    const Read got = read(c.text);
    EXPECT_EQ(got.damage, c.damage) << c.text;
    EXPECT_EQ(got.observations.size(), c.good) << c.text;
    EXPECT_EQ(got.byte, c.byte) << c.text;
    EXPECT_EQ(got.line, c.line) << c.text;
  }
}

TEST(ResultReader, FilesWithoutResultsAreWhole) {
  for (const std::string_view text : {"", "\n", "#masscan\n# end\n", "[\n]\n", "[", "[\n{finished: 1}\n",
                                      "ip,port,proto,status\n", "{\"rec_type\":\"manifest\",\"data\":{}}\n",
                                      "<?xml version=\"1.0\"?>\n<nmaprun>\n</nmaprun>\n", "\xef\xbb\xbf[]\n"}) {
    const Read got = read(text);
    EXPECT_EQ(got.damage, "") << text;
    EXPECT_TRUE(got.observations.empty()) << text;
    EXPECT_FALSE(got.torn) << text;
  }
}

TEST(ResultReader, ALastLineWithoutALineFeedIsTakenForTorn) {
  for (const std::string_view text :
       {"192.0.2.10:8080\n192.0.2.10:80", "open tcp 80 192.0.2.10 1\nopen tcp 80 192.0.2.1 1",
        "ip,port,proto,status\n192.0.2.10,80,tcp,open\n192.0.2.10,80,tcp,open"}) {
    const Read got = read(text);
    EXPECT_TRUE(got.torn) << text;
    EXPECT_EQ(got.observations.size(), 1u) << text;
  }
  const Read pairs = read("[2001:db8::9]:443\n192.0.2.10:80\n");
  ASSERT_EQ(pairs.observations.size(), 2u);
  EXPECT_EQ(pairs.observations[0].target.service.port, 443);
}

TEST(ResultReader, DepthAndLengthAreBounded) {
  std::string deep = R"({"x":)";
  for (int i = 0; i < 100'000; ++i) deep += "[";
  EXPECT_EQ(read(deep).damage, "this is not JSON");
  EXPECT_EQ(read("{\"a\":\"" + std::string(ResultStream::kLongestRecord + 1, 'x'), 32 << 20).damage,
            "a record is longer than 16 MiB");
}

RC_GTEST_PROP(ResultReader, AnyTextIsJudgedWithoutHarm, (std::string text)) {
  for (const char* start :
       {"", "{", "open tcp ", "<host ", "ip,port,proto,status\n", "Host: 10.0.0.1 ()\t", "masscan/1.1"}) {
    const Read once = read(start + text);
    const Read pieces = read(start + text, 3);
    RC_ASSERT(once.observations.size() == pieces.observations.size());
    RC_ASSERT(once.damage == pieces.damage);
    RC_ASSERT(once.torn == pieces.torn);
  }
}

}  // namespace
}  // namespace portolan::output::result_reader_test
