// SPDX-License-Identifier: Apache-2.0
#include "output/ndjson_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "output/list_sink.h"
#include "output/ndjson_sink.h"

namespace portolan::output {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::State;

ReadResult made(uint32_t v4, Protocol protocol, uint16_t port, State state) {
  return {{IpAddress::v4(v4), {protocol, port}}, state};
}

TEST(ResultLine, EveryFormIsRead) {
  const auto http = made(0xc000020a, Protocol::kTcp, 80, State::kOpen);
  const struct {
    const char* line;
    std::vector<ReadResult> results;
  } cases[] = {
      {R"({"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open","reason":"syn-ack","ttl":55,"tcp_options":[2,4,8,1,3]}})",
       {http}},
      {R"({"ip":"192.0.2.10","port":80,"proto":"tcp","status":"open","kind":"ordinary","service":"http"})", {http}},
      {R"({   "ip": "192.0.2.10",   "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 64} ] },)",
       {http}},
      {R"({"ip":"192.0.2.10","ports":[{"port":80,"proto":"tcp","status":"open"},{"port":53,"proto":"udp","status":"closed"}]})",
       {http, made(0xc000020a, Protocol::kUdp, 53, State::kClosed)}},
      {"open tcp 80 192.0.2.10 1700000000", {http}},
      {"open tcp 80 192.0.2.10 1700000000\r", {http}},
      {R"({"data":{"nested":{"status":"closed"},"status":"open"},"proto":"tcp","port":80,"ip":"192.0.2.10"})", {http}},
      {"up arp 0 192.0.2.10 1", {made(0xc000020a, Protocol::kArp, 0, State::kUp)}},
      {R"({"ip":"2001:db8::9","port":0,"proto":"icmp","status":"open"})",
       {{{IpAddress::v6(base::make_u128(0x20010db8'00000000, 9)), {Protocol::kIcmpEcho, 0}}, State::kOpen}}},
      {"filtered udp 53 2001:db8::9 5",
       {{{IpAddress::v6(base::make_u128(0x20010db8'00000000, 9)), {Protocol::kUdp, 53}}, State::kFiltered}}},
  };
  for (const auto& c : cases) {
    std::vector<ReadResult> read;
    EXPECT_EQ(read_result_line(c.line, read), LineKind::kResult) << c.line;
    EXPECT_EQ(read, c.results) << c.line;
  }
}

TEST(ResultLine, OthersAreNeitherResultsNorBad) {
  const char* const cases[] = {
      "",
      "  ",
      "#masscan",
      "# end",
      "[",
      "]",
      ",",
      "{finished: 1}",
      "{}",
      R"({"rec_type":"manifest","data":{"program":"portolan 0.1.0","facts":[["seed","7"]]}})",
      R"({"rec_type":"summary","data":{"ended":"x","complete":true,"counters":{"sent":768}}})",
      R"({"ip":"10.0.0.1","timestamp":"1","port":80,"proto":"tcp","rec_type":"banner","data":{"service_name":"http","banner":"a \"quoted\" {thing}"}})",
      R"({"ip":"10.0.0.1","ports":[{"port":80,"proto":"tcp","service":{"name":"http","banner":"x"}}]},)",
      "banner tcp 80 10.0.0.1 1700000000 http HTTP/1.0 200",
  };
  for (const char* line : cases) {
    std::vector<ReadResult> read;
    EXPECT_EQ(read_result_line(line, read), LineKind::kOther) << line;
    EXPECT_TRUE(read.empty()) << line;
  }
}

TEST(ResultLine, DamagedLinesAreBad) {
  const char* const cases[] = {
      "{",
      R"({"ip")",
      R"({"ip":})",
      R"({"ip":"10.0.0.1)",
      R"({"ip":"10.0.0.1","port":80,"proto":"tcp","status":"open")",
      R"({"ip":"10.0.0.1","port":80,"proto":"tcp","status":"open"} x)",
      R"({"ip":"10.0.0.256","port":80,"proto":"tcp","status":"open"})",
      R"({"ip":"10.0.0.1","port":65536,"proto":"tcp","status":"open"})",
      R"({"ip":"10.0.0.1","port":-1,"proto":"tcp","status":"open"})",
      R"({"ip":"10.0.0.1","port":80,"proto":"tpc","status":"open"})",
      R"({"ip":"10.0.0.1","port":80,"proto":"tcp","status":"ajar"})",
      R"({"ip":"10.0.0.1","ports":[{"port":80,"proto":"tcp","status":"open"},{"port":x,"proto":"tcp","status":"open"}]})",
      "open tcp 80",
      "open tcp eighty 10.0.0.1 1",
      "ajar tcp 80 10.0.0.1 1",
      "open tcp 80 10.0.0 1",
      "hello",
  };
  for (const char* line : cases) {
    std::vector<ReadResult> read;
    EXPECT_EQ(read_result_line(line, read), LineKind::kBad) << line;
    EXPECT_TRUE(read.empty()) << line;
  }
}

TEST(ResultLine, DepthIsBounded) {
  std::string deep = R"({"x":)";
  for (int i = 0; i < 100'000; ++i) deep += R"([)";
  std::vector<ReadResult> read;
  EXPECT_EQ(read_result_line(deep, read), LineKind::kBad);
}

RC_GTEST_PROP(ResultLine, AnyTextIsJudgedWithoutHarm, (std::string text)) {
  std::vector<ReadResult> read;
  for (const std::string& line : {text, "{" + text, R"({"ip":"10.0.0.1",)" + text}) {
    if (read_result_line(line, read) != LineKind::kResult) RC_ASSERT(read.empty());
    read.clear();
  }
}

// What our own sinks write is read back.
RC_GTEST_PROP(ResultLine, WhatIsWrittenIsRead, (uint32_t v4, uint64_t low, uint16_t port, bool v6)) {
  result::Observation o;
  o.target.address = v6 ? IpAddress::v6(base::make_u128(0x20010db8'00000000, low)) : IpAddress::v4(v4);
  o.target.service = {*rc::gen::element(Protocol::kTcp, Protocol::kUdp, Protocol::kSctp), port};
  o.state = *rc::gen::element(State::kOpen, State::kClosed, State::kFiltered);
  o.responder = o.target.address;
  std::string ndjson, list;
  append_ndjson(ndjson, o);
  append_list(list, o);
  std::vector<ReadResult> read;
  RC_ASSERT(read_result_line(std::string_view(ndjson).substr(0, ndjson.size() - 1), read) == LineKind::kResult);
  RC_ASSERT(read_result_line(std::string_view(list).substr(0, list.size() - 1), read) == LineKind::kResult);
  const ReadResult expected{o.target, o.state};
  RC_ASSERT(read == (std::vector<ReadResult>{expected, expected}));
}

}  // namespace
}  // namespace portolan::output
