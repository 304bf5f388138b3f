// SPDX-License-Identifier: Apache-2.0
// What our writers write is read back, as far as the form carries it, in whatever pieces; and files that are cut
// anywhere give their whole records.
#include "output/result_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

#include "output/binary_sink.h"
#include "output/open_sink.h"
#include "output/testing/reading.h"

namespace portolan::output::round_trip_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::Observation;
using result::Reason;
using result::State;
using testing::KeptBanner;
using testing::Read;
using testing::read;
using namespace std::string_literals;

OutputSpec spec_of(Format format, Dialect dialect = Dialect::kMasscan) {
  OutputSpec spec;
  spec.format = format;
  spec.dialect = dialect;
  return spec;
}

std::string written(const OutputSpec& asked, const std::vector<Observation>& observations,
                    const std::vector<KeptBanner>& banners) {
  std::string path = "/tmp/portolan-reader-test-XXXXXX";
  ::close(::mkstemp(path.data()));
  OutputSpec spec = asked;
  spec.path = path;
  {
    auto sink = open_sink(spec);
    EXPECT_TRUE(sink.has_value());
    (*sink)->begin({"portolan 0.1.0", 1'700'000'000 * base::kSecond, {{"command", "portolan scan x"}}});
    for (const Observation& o : observations) (*sink)->write(o);
    for (const KeptBanner& b : banners) {
      (*sink)->banner(
          {b.wall, b.target, b.ttl, {b.application}, {reinterpret_cast<const uint8_t*>(b.text.data()), b.text.size()}});
    }
    (*sink)->end({});
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  ::unlink(path.c_str());
  return text.str();
}

IpAddress some_address() {
  return *rc::gen::arbitrary<bool>()
             ? IpAddress::v4(*rc::gen::arbitrary<uint32_t>())
             : IpAddress::v6(base::make_u128(0x20010db800000000, *rc::gen::arbitrary<uint64_t>()));
}

// A result as a scan has them.
Observation some_observation() {
  Observation o;
  o.target.address = o.responder = some_address();
  o.wall = *rc::gen::inRange<int64_t>(0, 4'000'000'000) * base::kSecond;
  o.ttl = *rc::gen::arbitrary<uint8_t>();
  const auto port = *rc::gen::inRange<uint16_t>(1, 65535);
  const bool closed = *rc::gen::arbitrary<bool>();
  o.state = closed ? State::kClosed : State::kOpen;
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      o.target.service = {Protocol::kTcp, port};
      o.reason = closed ? Reason::kRst : Reason::kSynAck;
      break;
    case 1:
      o.target.service = {Protocol::kSctp, port};
      o.reason = closed ? Reason::kSctpAbort : Reason::kSctpInitAck;
      break;
    case 2:
      o.target.service = {Protocol::kUdp, port};
      o.state = State::kOpen;
      o.reason = Reason::kUdpResponse;
      break;
    default:
      o.target.service = {o.target.address.is_v4() ? Protocol::kArp : Protocol::kNdp, 0};
      o.state = State::kUp;
      o.reason = o.target.address.is_v4() ? Reason::kArpReply : Reason::kNeighborAdvertisement;
      o.mac = {{2, 0, 0, 0, 0, *rc::gen::arbitrary<uint8_t>()}};
      o.has_mac = true;
  }
  return o;
}

KeptBanner some_banner() {
  KeptBanner b;
  b.target = {some_address(), {Protocol::kTcp, *rc::gen::inRange<uint16_t>(1, 65535)}};
  b.wall = *rc::gen::inRange<int64_t>(0, 4'000'000'000) * base::kSecond;
  b.ttl = *rc::gen::inRange<uint8_t>(1, 255);
  b.application = *rc::gen::element<uint16_t>(0, 3, 4, 9, 15, 16, 17, 30, 33, 36);
  b.text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  return b;
}

// What a form carries.
struct Carries {
  OutputSpec spec;
  bool time = true, ttl = true, reason = true, mac = true, states = true, protocol = true, banners = true;
  bool banner_time = true, banner_ttl = true;
};

using Key = std::tuple<addr::Target, State, base::Nanos, int, Reason, uint64_t>;

Key key(const Observation& o, const Carries& c) {
  const uint64_t mac = c.mac && o.has_mac ? 1u + o.mac.bytes[5] : 0;
  return {o.target, o.state, c.time ? o.wall : 0, c.ttl ? o.ttl : 0, c.reason ? o.reason : Reason::kSynAck, mac};
}

std::vector<Carries> forms() {
  std::vector<Carries> all(8);
  all[0].spec.format = Format::kBinary;
  all[0].mac = false;
  all[1].spec.format = Format::kNdjson;
  all[1].banner_ttl = false;
  all[2].spec.format = Format::kJson;
  all[2].banner_ttl = false;
  all[3].spec.format = Format::kXml;
  all[4].spec.format = Format::kCsv;
  all[5].spec.format = Format::kList;
  all[5].ttl = all[5].reason = all[5].mac = all[5].banner_ttl = false;
  all[6].spec.format = Format::kGrepable;
  all[6].ttl = all[6].reason = all[6].mac = all[6].banner_ttl = all[6].banner_time = false;
  all[7].spec.format = Format::kUnicornscan;
  all[7].time = all[7].reason = all[7].mac = all[7].banners = false;
  return all;
}

RC_GTEST_PROP(RoundTrip, WhatIsWrittenIsReadBackInWhateverPieces, ()) {
  const auto observations =
      *rc::gen::container<std::vector<Observation>>(*rc::gen::inRange<size_t>(0, 6), rc::gen::exec(some_observation));
  const auto banners =
      *rc::gen::container<std::vector<KeptBanner>>(*rc::gen::inRange<size_t>(0, 4), rc::gen::exec(some_banner));
  const size_t step = *rc::gen::inRange<size_t>(1, 400);
  for (const Carries& c : forms()) {
    const bool json = c.spec.format == Format::kJson || c.spec.format == Format::kNdjson;
    auto expected = banners;
    for (KeptBanner& b : expected) {
      // JSON is text: a byte that is none is not carried.
      if (json) std::erase_if(b.text, [](char ch) { return static_cast<uint8_t>(ch) >= 0x80; });
    }
    const std::string text = written(c.spec, observations, json ? expected : banners);
    const Read got = read(text, step);
    RC_ASSERT(got.damage == "");
    RC_ASSERT(!got.torn);
    RC_ASSERT(got.observations.size() == observations.size());
    for (size_t i = 0; i < observations.size(); ++i) {
      const bool same = key(got.observations[i], c) == key(observations[i], c);
      if (!same) RC_LOG() << "form " << name(c.spec.format) << " record " << i << "\n" << text;
      RC_ASSERT(same);
    }
    if (!c.banners) continue;
    RC_ASSERT(got.banners.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      KeptBanner b = got.banners[i], e = expected[i];
      if (!c.banner_time) b.wall = e.wall = 0;
      if (!c.banner_ttl) b.ttl = e.ttl = 0;
      const bool same = b == e;
      if (!same) RC_LOG() << "form " << name(c.spec.format) << " banner " << i << "\n" << text;
      RC_ASSERT(same);
    }
  }
}

TEST(RoundTrip, NdjsonKeepsEverythingThatWasMeasured) {
  Observation o;
  o.wall = 1'700'000'000'123 * base::kMillisecond;
  o.rtt = 1234 * base::kMicrosecond;
  o.target = {IpAddress::v4(0xc000020a), {Protocol::kUdp, 53}};
  o.responder = IpAddress::v4(0xc0000201);
  o.state = State::kFiltered;
  o.reason = Reason::kIcmpUnreachable;
  o.proof = result::Proof::kQuoted;
  o.ttl = 63;
  o.icmp_type = 3, o.icmp_code = 13;
  o.window = 65535, o.mss = 1460, o.window_scale = 7;
  o.tcp_options = {2, 4, 8, 1, 3}, o.tcp_option_count = 5;
  const Read got = read(written(spec_of(Format::kNdjson), {o}, {}));
  ASSERT_EQ(got.observations.size(), 1u);
  const Observation& r = got.observations[0];
  EXPECT_EQ(std::tie(r.wall, r.rtt, r.target, r.responder, r.state, r.reason, r.proof, r.ttl),
            std::tie(o.wall, o.rtt, o.target, o.responder, o.state, o.reason, o.proof, o.ttl));
  EXPECT_EQ(std::tie(r.icmp_type, r.icmp_code, r.window, r.mss, r.window_scale, r.tcp_options, r.tcp_option_count),
            std::tie(o.icmp_type, o.icmp_code, o.window, o.mss, o.window_scale, o.tcp_options, o.tcp_option_count));
}

TEST(RoundTrip, NdjsonAsMasscanWritesItHasRecordsAlone) {
  Observation web;
  web.target = {IpAddress::v4(0xc000020a), {Protocol::kTcp, 80}};
  OutputSpec spec = spec_of(Format::kNdjson);
  EXPECT_TRUE(written(spec, {web}, {}).starts_with(R"({"rec_type":"manifest")"));
  spec.text = TextStyle::kMasscan;
  const std::string text = written(spec, {web}, {});
  EXPECT_TRUE(text.starts_with(R"({"ip":"192.0.2.10")")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(RoundTrip, NmapsFormsAreRead) {
  Observation web;
  web.wall = 1'700'000'000 * base::kSecond;
  web.target = {IpAddress::v4(0xc000020a), {Protocol::kTcp, 80}};
  web.ttl = 55;
  const KeptBanner banner{web.wall, web.target, 55, 4, "HTTP/1.0 200 OK\r\n<&>"};
  for (const Format f : {Format::kXml, Format::kGrepable}) {
    const Read got = read(written(spec_of(f, Dialect::kNmap), {web}, {banner}));
    EXPECT_EQ(got.damage, "");
    ASSERT_GE(got.observations.size(), 1u) << name(f);
    EXPECT_EQ(got.observations[0].target, web.target);
    EXPECT_EQ(got.observations[0].state, State::kOpen);
    ASSERT_EQ(got.banners.size(), 1u) << name(f);
    EXPECT_EQ(got.banners[0].application, 4);
    if (f == Format::kXml) {
      EXPECT_EQ(got.banners[0].text, banner.text);
    }
  }
}

RC_GTEST_PROP(RoundTrip, AFileCutAnywhereGivesItsWholeRecordsAndSaysThatItIsTorn, ()) {
  const auto observations = *rc::gen::container<std::vector<Observation>>(4, rc::gen::exec(some_observation));
  for (const Carries& c : forms()) {
    const std::string text = written(c.spec, observations, {});
    const size_t cut = *rc::gen::inRange<size_t>(0, text.size());
    const Read got = read(std::string_view(text).substr(0, cut));
    const bool unknown = cut < 200 && !got.damage.empty();  // not enough of it to be recognised
    if (!unknown) RC_ASSERT(got.damage == "");
    RC_ASSERT(got.observations.size() <= observations.size());
    for (size_t i = 0; i < got.observations.size(); ++i)
      RC_ASSERT(key(got.observations[i], c) == key(observations[i], c));
  }
}

}  // namespace
}  // namespace portolan::output::round_trip_test
