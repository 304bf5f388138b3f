// SPDX-License-Identifier: Apache-2.0
// Golden bytes of JSON and XML, and that their files are whole whenever they are looked at: in between, after a cut at
// any byte and an append, when the disk is full.
#include "output/document_sink.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/testing/temporary_file.h"
#include "output/open_sink.h"
#include "output/testing/json_reader.h"

namespace portolan::output::document_sink_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using base::testing::TemporaryFile;
using result::Banner;
using result::Observation;
using result::State;

constexpr base::Nanos kWhen = 1'700'000'000 * base::kSecond;

Observation open_tcp(uint32_t address = 0xc000020a) {
  Observation o;
  o.wall = kWhen;
  o.target = {IpAddress::v4(address), {Protocol::kTcp, 80}};
  o.responder = o.target.address;
  o.ttl = 55;
  return o;
}

Observation neighbor() {
  Observation o = open_tcp(0xc0000207);
  o.target.service = {Protocol::kArp, 0};
  o.state = State::kUp;
  o.reason = result::Reason::kArpReply;
  o.mac = {{0xb8, 0x27, 0xeb, 0x01, 0x02, 0x03}};
  o.has_mac = true;
  o.ttl = 0;
  return o;
}

Observation over_v6() {
  Observation o = open_tcp();
  o.target.address = o.responder = IpAddress::v6(base::make_u128(0x20010db800000000, 9));
  return o;
}

const std::string kOddBytes("a\xff<\"\r\n\0\xc3\xa9&'\\", 12);

Banner banner_of(const std::string& text) {
  return {kWhen + 2 * base::kSecond,
          open_tcp().target,
          55,
          {4},
          base::Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size())};
}

std::unique_ptr<result::Sink> sink_of(Format format, const std::string& path, bool append = false) {
  OutputSpec spec;
  spec.format = format;
  spec.path = path;
  spec.append = append;
  auto sink = open_sink(spec);
  if (!sink) throw std::runtime_error(sink.error());
  return std::move(*sink);
}

result::RunManifest manifest() { return {"portolan 0.1.0", kWhen, {{"services-ipv4", "tcp:80"}}}; }

// Of our records alone: no white space inside but blanks and line ends, which the strict reader does not take.
std::optional<size_t> json_records(const std::string& content) {
  std::string tight;
  bool inside = false;
  bool escaped = false;
  for (const char c : content) {
    if (c == '"' && !escaped) inside = !inside;
    escaped = inside && c == '\\' && !escaped;
    if (inside || (c != ' ' && c != '\n')) tight.push_back(c);
  }
  const auto json = testing::JsonReader(tight).document();
  if (!json || json->text != "[") return std::nullopt;
  return json->members.size();
}

// Elements that open and close in order, attributes in quotes, one root. Enough for what we write, and strict.
std::optional<size_t> xml_records(std::string_view text) {
  std::vector<std::string_view> open;
  size_t hosts = 0, roots = 0;
  while (!text.empty()) {
    if (text[0] != '<') {
      if (std::string_view(" \r\n").find(text[0]) == std::string_view::npos) return std::nullopt;
      text.remove_prefix(1);
      continue;
    }
    const size_t end = text.find('>');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view tag = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (tag.find('<') != std::string_view::npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0)
      return std::nullopt;
    if (tag.starts_with('?') || tag.starts_with('!')) continue;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return std::nullopt;
      open.pop_back();
      continue;
    }
    const std::string_view element = tag.substr(0, tag.find_first_of(" /"));
    if (open.empty() && ++roots > 1) return std::nullopt;
    hosts += element == "host" ? 1 : 0;
    if (!tag.ends_with('/')) open.push_back(element);
  }
  if (!open.empty() || roots != 1) return std::nullopt;
  return hosts;
}

std::optional<size_t> records(Format format, const std::string& content) {
  return format == Format::kJson ? json_records(content) : xml_records(content);
}

TEST(Json, Golden) {
  const TemporaryFile file;
  auto sink = sink_of(Format::kJson, file.path());
  sink->begin(manifest());
  EXPECT_EQ(file.content(), "[\n]\n");
  sink->write(open_tcp());
  sink->tick();
  const std::string first =
      R"({   "ip": "192.0.2.10",   "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open",)"
      R"( "reason": "syn-ack", "ttl": 55} ] })";
  EXPECT_EQ(file.content(), "[\n" + first + "\n]\n");
  sink->banner(banner_of(kOddBytes));
  sink->write(neighbor());
  sink->end({});
  EXPECT_EQ(
      file.content(),
      "[\n" + first + "\n,\n" +
          R"({   "ip": "192.0.2.10",   "timestamp": "1700000002", "ports": [ {"port": 80, "proto": "tcp", )"
          "\"service\": {\"name\": \"http\", \"banner\": "
          "\"a\xef\xbf\xbd<\\\"\\u000d\\n\\u0000\xc3\xa9&'\\\\\"} } ] }\n,\n" +
          R"({   "ip": "192.0.2.7",   "timestamp": "1700000000", "ports": [ {"port": 0, "proto": "arp", "status": "up",)"
          R"( "reason": "arp-response", "ttl": 0, "mac": "b8:27:eb:01:02:03"} ] })"
          "\n]\n");
}

TEST(Xml, Golden) {
  const TemporaryFile file;
  auto sink = sink_of(Format::kXml, file.path());
  sink->begin(manifest());
  EXPECT_EQ(xml_records(file.content()), 0u);
  for (const Observation& o : {open_tcp(), open_tcp(), over_v6(), neighbor()}) sink->write(o);
  sink->banner(banner_of(kOddBytes));
  sink->end({kWhen + 5 * base::kSecond, true, {}});
  const std::string record =
      R"(<host endtime="1700000000"><address addr="192.0.2.10" addrtype="ipv4"/><ports><port protocol="tcp" )"
      R"(portid="80"><state state="open" reason="syn-ack" reason_ttl="55"/></port></ports></host>)"
      "\r\n";
  EXPECT_EQ(
      file.content(),
      "<?xml version=\"1.0\"?>\r\n<!-- masscan v1.0 scan -->\r\n"
      "<nmaprun scanner=\"masscan\" start=\"1700000000\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\r\n"
      "<scaninfo type=\"syn\" protocol=\"tcp\" />\r\n" +
          record + record +
          R"(<host endtime="1700000000"><address addr="2001:db8::9" addrtype="ipv6"/><ports><port protocol="tcp" )"
          R"(portid="80"><state state="open" reason="syn-ack" reason_ttl="55"/></port></ports></host>)"
          "\r\n"
          R"(<host endtime="1700000000"><address addr="192.0.2.7" addrtype="ipv4"/><address addr="b8:27:eb:01:02:03" )"
          R"(addrtype="mac"/><ports><port protocol="arp" portid="0"><state state="up" reason="arp-response" )"
          R"(reason_ttl="0"/></port></ports></host>)"
          "\r\n"
          R"(<host endtime="1700000002"><address addr="192.0.2.10" addrtype="ipv4"/><ports><port protocol="tcp" )"
          R"(portid="80"><state state="open" reason="response" reason_ttl="55" /><service name="http" )"
          R"(banner="a\xff\x3c\x22\x0d\x0a\x00\xc3\xa9\x26\x27\x5c"></service></port></ports></host>)"
          "\r\n<runstats>\r\n"
          R"(<finished time="1700000005" timestr="2023-11-14 22:13:25" elapsed="5" />)"
          "\r\n<hosts up=\"3\" down=\"0\" total=\"3\" />\r\n</runstats>\r\n</nmaprun>\r\n");
}

TEST(Document, WhatIsSomethingElseIsNotAppendedTo) {
  for (const Format format : {Format::kJson, Format::kXml}) {
    const TemporaryFile file;
    file.set("a shopping list\n");
    OutputSpec spec;
    spec.format = format;
    spec.path = file.path();
    spec.append = true;
    const auto sink = open_sink(spec);
    ASSERT_FALSE(sink.has_value());
    EXPECT_NE(sink.error().find("something else"), std::string::npos);
    EXPECT_EQ(file.content(), "a shopping list\n");
  }
}

// A step of a scan's life with its file.
void random_step(result::Sink& sink, size_t& written) {
  const auto step = *rc::gen::inRange(0, 4);
  if (step == 0) {
    sink.tick();
  } else if (step == 1) {
    const auto bytes = *rc::gen::arbitrary<std::vector<uint8_t>>();
    sink.banner({kWhen, open_tcp().target, 1, {4}, base::Bytes(bytes)});
    ++written;
  } else {
    sink.write(step == 2 ? open_tcp(*rc::gen::inRange<uint32_t>(1, 50)) : over_v6());
    ++written;
  }
}

RC_GTEST_PROP(Document, IsWholeAtEveryMomentAndAfterAppends, ()) {
  const Format format = *rc::gen::element(Format::kJson, Format::kXml);
  const TemporaryFile file;
  size_t written = 0;
  const auto runs = *rc::gen::inRange(1, 4);
  for (int run = 0; run < runs; ++run) {
    const auto sink = sink_of(format, file.path(), run > 0);
    if (run > 0) RC_ASSERT(records(format, file.content()) == written);
    sink->begin(manifest());
    for (int step = *rc::gen::inRange(0, 30); step > 0; --step) {
      random_step(*sink, written);
      RC_ASSERT(records(format, file.content()).has_value());
    }
    sink->tick();
    RC_ASSERT(records(format, file.content()) == written);
    if (*rc::gen::arbitrary<bool>()) sink->end({kWhen, true, {}});
  }
  RC_ASSERT(records(format, file.content()) == written);
}

// A kill in the middle of a write leaves a file that is cut, or whose new records end in the middle of the old end.
RC_GTEST_PROP(Document, ATornFileIsMendedByTheNextAppend, ()) {
  const Format format = *rc::gen::element(Format::kJson, Format::kXml);
  const TemporaryFile file;
  std::string before, after;
  {
    const auto sink = sink_of(format, file.path());
    sink->begin(manifest());
    size_t written = 0;
    for (int step = *rc::gen::inRange(0, 10); step > 0; --step) random_step(*sink, written);
    sink->tick();
    before = file.content();
    for (int step = *rc::gen::inRange(0, 10); step > 0; --step) random_step(*sink, written);
    sink->tick();
    after = file.content();
  }
  const auto cut = *rc::gen::inRange<size_t>(0, after.size() + 1);
  const bool over_old_end = *rc::gen::arbitrary<bool>();
  file.set(after.substr(0, cut) + (over_old_end && cut < before.size() ? before.substr(cut) : std::string()));
  const auto sink = sink_of(format, file.path(), true);
  sink->begin(manifest());
  const auto kept = records(format, file.content());
  RC_ASSERT(kept.has_value());
  sink->write(open_tcp());
  sink->end({kWhen, true, {}});
  RC_ASSERT(records(format, file.content()) == *kept + 1);
  RC_ASSERT(*kept + 1 <= *records(format, after) + 1);
}

TEST(Document, HostsOfBeforeAnAppendCountAsTheSame) {
  const TemporaryFile file;
  for (const bool append : {false, true}) {
    const auto sink = sink_of(Format::kXml, file.path(), append);
    sink->begin(manifest());
    sink->write(open_tcp());
    sink->write(open_tcp(append ? 1 : 2));
    sink->end({kWhen, true, {}});
  }
  EXPECT_NE(file.content().find("<hosts up=\"3\" down=\"0\" total=\"3\" />"), std::string::npos);
}

TEST(Document, IsWholeWhileTheDiskIsFullAndHealsAfterwards) {
  for (const Format format : {Format::kJson, Format::kXml}) {
    const TemporaryFile file;
    const auto sink = sink_of(format, file.path());
    sink->begin(manifest());
    sink->write(open_tcp());
    sink->tick();
    const std::string before = file.content();
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    auto* handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit tight = old;
    tight.rlim_cur = before.size() + 20;
    ::setrlimit(RLIMIT_FSIZE, &tight);
    sink->write(open_tcp());
    sink->tick();
    EXPECT_NE(sink->error(), "");
    EXPECT_EQ(file.content(), before);
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    sink->end({kWhen, true, {}});
    EXPECT_EQ(sink->error(), "");
    EXPECT_EQ(records(format, file.content()), 2u);
  }
}

}  // namespace
}  // namespace portolan::output::document_sink_test
