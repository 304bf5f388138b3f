// SPDX-License-Identifier: Apache-2.0
// Golden bytes of masscan's binary file, and that the file is whole after a full disk, a cut at any byte and an append.
#include "output/binary_sink.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "base/testing/temporary_file.h"

namespace portolan::output::binary_sink_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using base::testing::TemporaryFile;
using result::Banner;
using result::Observation;
using result::Reason;
using result::State;
using namespace std::string_literals;

constexpr base::Nanos kWhen = 1'700'000'000 * base::kSecond;  // 0x6553f100

Observation seen(Protocol protocol, uint16_t port, Reason reason, State state = State::kOpen) {
  Observation o;
  o.wall = kWhen;
  o.target = {IpAddress::v4(0xc000020a), {protocol, port}};
  o.responder = o.target.address;
  o.state = state;
  o.reason = reason;
  o.ttl = 55;
  return o;
}

Observation over_v6(Observation o) {
  o.target.address = o.responder = IpAddress::v6(base::make_u128(0x20010db800000000, 9));
  return o;
}

Banner banner_of(const Observation& o, uint16_t application, std::string_view text) {
  return {o.wall, o.target, o.ttl, {application}, {reinterpret_cast<const uint8_t*>(text.data()), text.size()}};
}

std::string record(const Observation& o) {
  std::string out;
  EXPECT_TRUE(append_binary(out, o));
  return out;
}

const std::string kV6 = "\x06\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"s;
const std::string kTime = "\x65\x53\xf1\x00"s;
const std::string kV4 = "\xc0\x00\x02\x0a"s;

TEST(BinaryFormat, RecordsAreThoseOfMasscan) {
  const auto http = seen(Protocol::kTcp, 80, Reason::kSynAck);
  const auto reset = seen(Protocol::kTcp, 81, Reason::kRst, State::kClosed);
  EXPECT_EQ(record(http), "\x06\x0d"s + kTime + kV4 + "\x06\x00\x50\x12\x37"s);
  EXPECT_EQ(record(reset), "\x07\x0d"s + kTime + kV4 + "\x06\x00\x51\x14\x37"s);
  EXPECT_EQ(record(seen(Protocol::kArp, 0, Reason::kArpReply, State::kUp)),
            "\x08\x0d"s + kTime + kV4 + "\x00\x00\x00\x00\x37"s);
  EXPECT_EQ(record(over_v6(http)), "\x0a\x1a"s + kTime + "\x06\x00\x50\x12\x37"s + kV6);
  EXPECT_EQ(record(over_v6(reset)), "\x0b\x1a"s + kTime + "\x06\x00\x51\x14\x37"s + kV6);
  EXPECT_EQ(record(over_v6(seen(Protocol::kNdp, 0, Reason::kNeighborAdvertisement, State::kUp))),
            "\x0c\x1a"s + kTime + "\x00\x00\x00\x00\x37"s + kV6);
}

TEST(BinaryFormat, ProtocolsAreTheirIpNumbers) {
  EXPECT_EQ(record(seen(Protocol::kUdp, 53, Reason::kUdpResponse)),
            "\x06\x0d"s + kTime + kV4 + "\x11\x00\x35\x00\x37"s);
  EXPECT_EQ(record(seen(Protocol::kSctp, 9, Reason::kSctpInitAck)),
            "\x06\x0d"s + kTime + kV4 + "\x84\x00\x09\x00\x37"s);
  const auto echo = seen(Protocol::kIcmpEcho, 0, Reason::kEchoReply, State::kUp);
  EXPECT_EQ(record(echo), "\x06\x0d"s + kTime + kV4 + "\x01\x00\x00\x00\x37"s);
  EXPECT_EQ(record(over_v6(echo)), "\x0a\x1a"s + kTime + "\x3a\x00\x00\x00\x37"s + kV6);
  EXPECT_EQ(record(seen(Protocol::kIp, 47, Reason::kIpResponse)), "\x06\x0d"s + kTime + kV4 + "\x2f\x00\x00\x00\x37"s);
}

TEST(BinaryFormat, BannersAreThoseOfMasscan) {
  const auto http = seen(Protocol::kTcp, 80, Reason::kSynAck);
  std::string out;
  append_binary_banner(out, banner_of(http, 4, "a\0b"s), BannerNumbers::kCurrent);
  EXPECT_EQ(out, "\x09\x11"s + kTime + kV4 + "\x06\x00\x50\x00\x04\x37"s + "a\0b"s);
  out.clear();
  append_binary_banner(out, banner_of(over_v6(http), 17, std::string(200, 'x')), BannerNumbers::kMasscan13);
  EXPECT_EQ(out, "\x0d\x81\x63"s + kTime + "\x06\x00\x50\x00\x10\x37"s + kV6 + std::string(200, 'x'));
  out.clear();
  append_binary_banner(out, banner_of(http, 4, std::string(2 << 20, 'x')), BannerNumbers::kCurrent);
  const RecordFrame frame = frame_binary({reinterpret_cast<const uint8_t*>(out.data()), out.size()});
  EXPECT_EQ(frame.kind, Varint::Kind::kGood);  // cut to what readers take
  EXPECT_EQ(frame.head + frame.body, out.size());
}

TEST(BinaryFormat, HeaderAndTrailerAreRecordsTooOf99Bytes) {
  const std::string header = binary_header(1'700'000'000);
  EXPECT_EQ(header, "masscan/1.1\ns:1700000000\n"s + std::string(99 - 25, '\0'));
  EXPECT_EQ(binary_trailer(), "masscan/1.1"s + std::string(88, '\0'));
  const RecordFrame frame = frame_binary({reinterpret_cast<const uint8_t*>(header.data()), header.size()});
  EXPECT_EQ(frame.type, 109u);
  EXPECT_EQ(frame.head + frame.body, kBinaryFrameSize);
}

TEST(BinaryFormat, NumbersOfMasscan13ComeBackWhereItHasThem) {
  for (uint16_t number = 0; number <= 30; ++number) {
    const auto application = banner_application(number, BannerNumbers::kMasscan13);
    EXPECT_EQ(banner_number(application, BannerNumbers::kMasscan13), number);
  }
  EXPECT_EQ(name(banner_application(16, BannerNumbers::kMasscan13)), "title");
  EXPECT_EQ(name(banner_application(22, BannerNumbers::kMasscan13)), "vnc");
  EXPECT_EQ(name(banner_application(30, BannerNumbers::kMasscan13)), "http.server");
  EXPECT_EQ(banner_application(30, BannerNumbers::kCurrent).number, 30);
  EXPECT_EQ(banner_number({16}, BannerNumbers::kMasscan13), 15);  // it knows no chain certificates
}

TEST(BinarySink, WritesHeaderRecordsAndTrailerAndCountsWhatItCannotSay) {
  const TemporaryFile file;
  auto sink = BinarySink::open(file.path(), {}).value();
  sink->begin({"portolan", kWhen, {}});
  EXPECT_EQ(file.content(), binary_header(1'700'000'000));  // at once
  const auto http = seen(Protocol::kTcp, 80, Reason::kSynAck);
  sink->write(http);
  sink->write(seen(Protocol::kTcp, 82, Reason::kIcmpUnreachable, State::kFiltered));
  sink->tick();
  EXPECT_EQ(file.content(), binary_header(1'700'000'000) + record(http));
  sink->end({});
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(file.content(), binary_header(1'700'000'000) + record(http) + binary_trailer());
  EXPECT_EQ(dynamic_cast<BinarySink&>(*sink).left_out(), 1u);
}

TEST(BinarySink, IsNeverSeenWithoutItsHeader) {
  const TemporaryFile file;
  file.set("what was there before");
  {
    auto sink = BinarySink::open(file.path(), {}).value();
    EXPECT_EQ(file.content(), "what was there before");
    sink->begin({"portolan", 7 * base::kSecond, {}});
    EXPECT_EQ(file.content(), binary_header(7));
  }
  file.set("again");
  BinarySink::open(file.path(), {}).value().reset();
  EXPECT_EQ(file.content(), "again");
  EXPECT_NE(::access((file.path() + ".part").c_str(), F_OK), 0);
}

TEST(BinarySink, LeavesAloneWhatStandsUnderItsPassingName) {
  const TemporaryFile file;
  const std::string part = file.path() + ".part";
  std::ofstream(part) << "somebody's";
  {
    auto sink = BinarySink::open(file.path(), {}).value();
    sink->begin({"portolan", 7 * base::kSecond, {}});
  }
  EXPECT_EQ(file.content(), binary_header(7));
  std::string kept;
  std::getline(std::ifstream(part), kept);
  EXPECT_EQ(kept, "somebody's");
  EXPECT_NE(::access((part + "2").c_str(), F_OK), 0);
  ::unlink(part.c_str());
}

RC_GTEST_PROP(BinarySink, AppendingGoesOnBehindTheLastWholeRecordWhereverTheFileWasCut, ()) {
  const TemporaryFile file;
  const auto http = seen(Protocol::kTcp, 80, Reason::kSynAck);
  std::string whole = binary_header(7);
  std::vector<size_t> ends{0, whole.size()};
  const int records = *rc::gen::inRange(0, 5);
  for (int i = 0; i < records; ++i) {
    append_binary_banner(whole, banner_of(http, 4, std::string(*rc::gen::inRange<size_t>(0, 300), 'x')),
                         BannerNumbers::kCurrent);
    ends.push_back(whole.size());
  }
  const std::string full = whole + binary_trailer();
  const size_t cut = *rc::gen::inRange<size_t>(0, full.size() + 1);
  file.set(full.substr(0, cut));
  size_t kept = 0;
  for (const size_t end : ends) kept = end <= cut ? end : kept;
  {
    auto sink = BinarySink::open(file.path(), {.append = true}).value();
    sink->begin({"portolan", 7 * base::kSecond, {}});
    sink->write(http);
    sink->end({});
  }
  const std::string head = kept == 0 ? binary_header(7) : whole.substr(0, kept);
  RC_ASSERT(file.content() == head + record(http) + binary_trailer());
}

TEST(BinarySink, RefusesToAddToWhatIsNoBinaryFileAndLeavesItAlone) {
  const TemporaryFile file;
  for (const std::string& text : {"#masscan\nopen tcp 80 192.0.2.10 1\n"s, "mass"s + std::string(200, 'x'),
                                  binary_header(1) + "\x06\xff\xff\xff\xff\xff\xff"s}) {
    file.set(text);
    const auto sink = BinarySink::open(file.path(), {.append = true});
    ASSERT_FALSE(sink.has_value());
    EXPECT_NE(sink.error().find("nothing is added"), std::string::npos) << sink.error();
    EXPECT_EQ(file.content(), text);
  }
  EXPECT_FALSE(BinarySink::open("/nowhere/at/all", {}).has_value());
}

TEST(BinarySink, HealsWhenThereIsRoomAgain) {
  const TemporaryFile file;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{105, old.rlim_max};
  const auto http = seen(Protocol::kTcp, 80, Reason::kSynAck);
  {
    auto sink = BinarySink::open(file.path(), {}).value();
    sink->begin({"portolan", 0, {}});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    sink->write(http);
    sink->tick();
    EXPECT_NE(sink->error(), "");
    EXPECT_EQ(file.content(), binary_header(0));  // without the piece that got through
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    sink->tick();
    EXPECT_EQ(sink->error(), "");
    sink->end({});
  }
  std::signal(SIGXFSZ, former);
  EXPECT_EQ(file.content(), binary_header(0) + record(http) + binary_trailer());
}

}  // namespace
}  // namespace portolan::output::binary_sink_test
