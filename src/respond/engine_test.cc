// SPDX-License-Identifier: Apache-2.0
#include "respond/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "respond/testing/street.h"
#include "wire/arp.h"
#include "wire/test_frames.h"

namespace portolan::respond::engine_test {
namespace {

using testing::bytes_of;
using testing::kClientMac;
using testing::kEngineMac;
using testing::Replies;
using testing::Side;
using testing::side_v6;
using testing::Street;
using testing::street_options;
using wire::tcp_flag::kAck;
using wire::tcp_flag::kFin;
using wire::tcp_flag::kPsh;
using wire::tcp_flag::kRst;
using wire::tcp_flag::kSyn;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

EngineOptions masscanned_options() {
  EngineOptions o = street_options();
  o.style = proto::Style::kMasscanned;
  o.amplification = Amplification::kAnybody;
  return o;
}

std::vector<uint8_t> arp_request(const addr::IpAddress& target, const addr::MacAddress& to) {
  std::vector<uint8_t> f(60);
  wire::emit(wire::Ethernet{to, kClientMac, wire::ether_type::kArp}, f);
  const wire::Arp ask{.operation = wire::arp_operation::kRequest,
                      .sender_mac = kClientMac,
                      .sender = Side().client,
                      .target_mac = {},
                      .target = target};
  wire::emit(ask, base::MutableBytes(f).subspan(14));
  return f;
}

TEST(Engine, AnswersArpForItsOwnAddressesOnly) {
  Street street;
  const Replies r = street.say(arp_request(Side().server, addr::MacAddress::broadcast()));
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].view().arp().sender_mac(), kEngineMac);
  EXPECT_EQ(r[0].view().arp().sender(), Side().server);
  EXPECT_TRUE(street.say(arp_request(addr::IpAddress::v4(0xc0000305), addr::MacAddress::broadcast())).empty());
  EXPECT_TRUE(street.say(arp_request(Side().server, {{2, 9, 9, 9, 9, 9}})).empty());
  EXPECT_EQ(street.count(Count::kArp), 1u);
  EXPECT_EQ(street.count(Count::kNotOurs), 1u);
  EXPECT_EQ(street.count(Count::kOtherMac), 1u);
  EXPECT_TRUE(street.books_balance());
}

TEST(Engine, SendsBackTheArpPaddingOnlyAsMasscanned) {
  auto padded = arp_request(Side().server, addr::MacAddress::broadcast());
  padded[50] = 0x5a;
  Street modern, masscanned(masscanned_options());
  EXPECT_EQ(modern.say(padded).at(0).bytes.size(), 42u);
  const Replies r = masscanned.say(padded);
  ASSERT_EQ(r.at(0).bytes.size(), 60u);
  EXPECT_EQ(r[0].bytes[50], 0x5a);
}

TEST(Engine, AnswersEchoOfBothFamiliesWithTheSameBytes) {
  Street street;
  for (const Side& s : {Side(), side_v6()}) {
    const Replies r = street.ping(s, bytes_of("ping data"));
    ASSERT_EQ(r.size(), 1u);
    EXPECT_EQ(r[0].view().source(), s.server);
    EXPECT_EQ(r[0].view().destination(), s.client);
    const auto data = s.client.is_v4() ? r[0].view().icmpv4().payload() : r[0].view().icmpv6().payload();
    EXPECT_EQ(testing::text_of(data), "ping data");
  }
  EXPECT_TRUE(street.books_balance());
}

TEST(Engine, KeepsTheVlanTag) {
  Street street;
  const Side s{.vlan = 7};
  EXPECT_EQ(street.ping(s, {}).at(0).view().vlan(), 7);
  EXPECT_EQ(street.tcp(s, kSyn, 1, 0).at(0).view().vlan(), 7);
}

TEST(Engine, AnswersMulticastFromItsOwnAddress) {
  Street street;
  Side s = side_v6();
  s.server = addr::IpAddress::v6(base::make_u128(0xff02000000000000u, 1));
  EXPECT_EQ(street.ping(s, {}).at(0).view().source(), street_options().primary_v6);
}

TEST(Engine, HoldsConversationsOverBothFamiliesInAnyCut) {
  for (const Side& s : {Side(), side_v6()}) {
    Street street;
    const std::string whole = street.converse(s, kGet);
    EXPECT_TRUE(whole.starts_with("HTTP/1.1 401 ")) << whole;
    for (const size_t cut : {1, 2, 7}) {
      Street again;
      EXPECT_EQ(again.converse(s, kGet, cut), whole) << cut;
    }
    EXPECT_TRUE(street.books_balance());
  }
}

TEST(Engine, PlaysMasscannedInAnyCut) {
  Street whole(masscanned_options()), bytes(masscanned_options());
  const std::string answer = whole.converse(Side(), kGet);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\nServer: nginx/1.14.2\n")) << answer;
  EXPECT_EQ(bytes.converse(Side(), kGet, 1), answer);
}

struct Flags {
  uint8_t flags;
  const char* modern;      // letters of the answer's flags, "" for silence
  const char* masscanned;  //
};

std::string letters(const Replies& r) {
  if (r.empty()) return "";
  std::string out;
  const std::pair<uint8_t, char> all[] = {{kSyn, 'S'}, {kAck, 'A'}, {kFin, 'F'}, {kRst, 'R'}, {kPsh, 'P'}};
  for (const auto& [bit, letter] : all) {
    if (r[0].view().tcp().has(bit)) out += letter;
  }
  return out;
}

// The first match of reference 2 for masscanned, RFC 9293 3.10.7 for a listener as Linux has it.
TEST(Engine, AnswersEachKindOfSegmentAsItsPersonalityDoes) {
  using wire::tcp_flag::kCwr;
  using wire::tcp_flag::kEce;
  using wire::tcp_flag::kUrg;
  const Flags table[] = {{kSyn, "SA", "SA"},
                         {kSyn | kPsh, "SA", "SA"},
                         {kSyn | kUrg, "SA", "SA"},
                         {kSyn | kEce | kCwr, "SA", ""},
                         {kSyn | kEce, "SA", "SA"},
                         {kSyn | kFin, "", ""},
                         {kSyn | kAck, "R", ""},
                         {kAck, "R", ""},
                         {kRst, "", ""},
                         {kRst | kAck, "", ""},
                         {kFin, "", ""},
                         {0, "", ""},
                         {kFin | kPsh | kUrg, "", ""},
                         {kPsh | kAck, "R", ""}};
  for (const Flags& row : table) {
    Street modern, masscanned(masscanned_options());
    EXPECT_EQ(letters(modern.tcp(Side(), row.flags, 100, 200)), row.modern) << int{row.flags};
    EXPECT_EQ(letters(masscanned.tcp(Side(), row.flags, 100, 200)), row.masscanned) << int{row.flags};
    EXPECT_TRUE(modern.books_balance());
    EXPECT_TRUE(masscanned.books_balance());
  }
}

TEST(Engine, TellsSynAcksOfThePersonalitiesApart) {
  const std::vector<uint8_t> options = wire::test_frames::from_hex("020405b40402080a000000010000000001030307");
  Street modern, masscanned(masscanned_options());
  const auto linux_ack = modern.tcp(Side(), kSyn, 100, 0, {}, options);
  EXPECT_EQ(linux_ack.at(0).view().tcp().window(), 65160);
  EXPECT_EQ(linux_ack[0].view().tcp().options().kind_count, 5);  // MSS SACK TS NOP WS
  EXPECT_EQ(linux_ack[0].view().tcp().options().timestamps->echo, 1u);
  const auto plain = masscanned.tcp(Side(), kSyn, 100, 0, {}, options);
  EXPECT_EQ(plain.at(0).view().tcp().window(), 65535);
  EXPECT_TRUE(plain[0].view().tcp().option_bytes().empty());
  EXPECT_EQ(plain[0].view().tcp().acknowledgment().value(), 101u);
}

TEST(Engine, MasscannedNeverLooksAtSequenceNumbersAgain) {
  Street street(masscanned_options());
  const uint32_t isn = *street.connect(Side());
  EXPECT_EQ(letters(street.tcp(Side(), kPsh | kAck, 1001, isn + 1, {})), "A");  // an empty one is acknowledged
  const Replies r = street.tcp(Side(), kPsh | kAck, 777, 888, bytes_of(kGet));
  ASSERT_EQ(letters(r), "AP");
  EXPECT_EQ(r[0].view().tcp().sequence().value(), 888u);
  EXPECT_EQ(r[0].view().tcp().acknowledgment().value(), 777 + kGet.size());
  EXPECT_EQ(letters(street.tcp(Side(), kFin | kAck, 5, 6)), "AF");
}

TEST(Engine, ForgetsOldCookiesAndKnowsTheLastEpochs) {
  Street street;
  const uint32_t isn = *street.connect(Side());
  street.turn(SynKeyRing::kEpoch);
  EXPECT_EQ(letters(street.tcp(Side(), kAck, 1001, isn + 1)), "");  // completes the handshake
  EXPECT_EQ(street.count(Count::kAccepted), 1u);
  Side other;
  other.client_port = 40002;
  const uint32_t stale = *street.connect(other);
  street.turn(SynKeyRing::kEpoch);
  street.turn(SynKeyRing::kEpoch);
  EXPECT_EQ(letters(street.tcp(other, kAck, 1001, stale + 1)), "R");
  EXPECT_EQ(street.count(Count::kBadCookies), 1u);
}

TEST(Engine, AnswersNobodyWhoCannotBeAnswered) {
  for (const uint32_t source : {0x00000001u, 0x7f000001u, 0xe0000001u, 0xffffffffu, 0xf0000001u}) {
    Street street;
    Side s;
    s.client = addr::IpAddress::v4(source);
    EXPECT_TRUE(street.tcp(s, kSyn, 1, 0).empty());
    EXPECT_EQ(street.count(Count::kBadSource), 1u);
  }
  Street street;
  Side own;
  own.client = addr::IpAddress::v4(0xc0000299);
  EXPECT_TRUE(street.tcp(own, kSyn, 1, 0).empty());
  EXPECT_EQ(street.count(Count::kOwnSource), 1u);
}

TEST(Engine, DropsWrongChecksums) {
  Street street;
  std::array<uint8_t, 256> f{};
  const size_t n = udp_datagram(Side().path(), {}, 1, 53, bytes_of("hello"), f);
  f[n - 1] ^= 1;
  EXPECT_TRUE(street.say({f.data(), n}).empty());
  EXPECT_EQ(street.engine->counters().malformed[wire::Drop::kUdpChecksum], 1u);
  EXPECT_TRUE(street.books_balance());
}

constexpr std::string_view kStun(
    "\x00\x01\x00\x00\x21\x12\xa4\x42"
    "abcdefghijkl",
    20);

TEST(Engine, NeverSaysMoreOverUdpThanItWasTold) {
  Street street;
  Side s;
  s.server_port = 3478;
  size_t in = 0, out = 0;
  for (int i = 0; i < 50; ++i) {
    in += 28 + kStun.size();
    for (const auto& r : street.udp(s, bytes_of(kStun))) out += r.view().packet().size();
    EXPECT_LE(out, in);
  }
  EXPECT_GT(out, 0u);  // but what it was told before counts
  EXPECT_GT(street.count(Count::kAmplification), 0u);
}

TEST(Engine, TrustsASourceThatCompletedAHandshake) {
  Street street;
  Side s;
  s.server_port = 3478;
  EXPECT_TRUE(street.udp(s, bytes_of(kStun)).empty());
  Side web;
  street.converse(web, kGet);
  EXPECT_EQ(street.udp(s, bytes_of(kStun)).size(), 1u);
}

// Two of us, or of masscanned, facing each other must fall silent (CERT VU#417980).
TEST(Engine, TwoRespondersFallSilent) {
  const std::string_view starts[] = {
      "SSH-2.0-1\r\n", "Gh0st\x01\x02\x03", kStun,
      std::string_view("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01x\x00\x00\x01\x00\x01", 19)};
  for (const auto& options : {street_options(), masscanned_options()}) {
    for (const std::string_view start : starts) {
      auto far_options = options;
      addr::RangeList<uint32_t> v4;
      v4.add(0xc6336400, 0xc63364ff);
      far_options.own = AddressSet(std::move(v4), {});
      far_options.mac = kClientMac;
      far_options.primary_v4 = addr::IpAddress::v4(0xc6336401);
      Street here(options), there(far_options);
      Replies under_way = here.udp(Side(), bytes_of(start));
      int turns = 0;
      for (; !under_way.empty() && turns < 100; ++turns) {
        Street& next = turns % 2 == 0 ? there : here;
        const auto frame = under_way[0].bytes;
        under_way = next.say(frame);
      }
      EXPECT_LT(turns, 4) << start;
    }
    Street here(options);
    // TCP words that nobody asked for.
    for (const int flags : {kSyn | kAck, kRst | kAck, kFin | kAck, int{kAck}}) {
      int answers = 0;
      for (int i = 0; i < 5; ++i) {
        const Replies r = here.tcp(Side(), static_cast<uint8_t>(flags), 1, 2);
        for (const auto& a : r) answers += a.view().tcp().has(kRst) ? 0 : 1;
      }
      EXPECT_LE(answers, 1);
    }
  }
}

// What stopped masscanned 0.2.0 with one packet.
TEST(Engine, SurvivesTheCrashClasses) {
  for (const auto& options : {street_options(), masscanned_options()}) {
    Street street(options);
    // A neighbor solicitation cut short.
    for (size_t size = 4; size < 32; ++size) {
      std::vector<uint8_t> body(size);
      body[0] = 135;
      const Side s = side_v6();
      std::array<uint8_t, 256> f{};
      const size_t head = ip_frame(s.path(), {}, 0, 0, f);
      const wire::Icmpv6 m{135, 0, 0, base::Bytes(body).subspan(std::min<size_t>(8, size))};
      wire::emit(m, {s.client, s.server}, base::MutableBytes(f).subspan(head));
      street.say({f.data(), ip_frame(s.path(), {.ttl = 255}, 58, wire::size_of(m), f)});
    }
    // STUN of 256 bytes and more with an attribute that runs over its end.
    std::string stun(
        "\x00\x01\x01\x10\x21\x12\xa4\x42"
        "abcdefghijkl",
        20);
    stun += std::string("\x00\x03\xff\xff", 4) + std::string(0x10c, '\0');
    street.udp(Side(), bytes_of(stun));
    // HTTP whose target is no UTF-8.
    street.converse(Side(), "GET /\xff\xfe\x80 HTTP/1.1\r\n\r\n");
    street.udp(Side(), bytes_of("GET /\xff\xfe HTTP/1.1\r\n\r\n"));
    EXPECT_TRUE(street.books_balance());
  }
}

TEST(Engine, LimitsAnswersToOneSource) {
  EngineOptions o = street_options();
  o.rates = {.per_source = 10, .per_prefix = 1000, .whole = 0};
  Street street(o);
  int answered = 0;
  for (int i = 0; i < 100; ++i) answered += static_cast<int>(street.ping(Side(), {}).size());
  EXPECT_EQ(answered, 20);  // the burst
  Side other;
  other.client = addr::IpAddress::v4(0xcb007109);
  EXPECT_EQ(street.ping(other, {}).size(), 1u);
  street.turn(base::kSecond);
  answered = 0;
  for (int i = 0; i < 100; ++i) answered += static_cast<int>(street.ping(Side(), {}).size());
  EXPECT_EQ(answered, 10);
  EXPECT_TRUE(street.books_balance());
}

TEST(Engine, LosesDoublesAndDelaysAsTheWeatherSays) {
  EngineOptions o = street_options();
  o.rates = {0, 0, 0};
  o.weather.loss_in = o.weather.loss_out = WeatherOptions::kWhole / 4;
  o.weather.duplicate = WeatherOptions::kWhole / 8;
  o.weather.delay_least = 5 * base::kMillisecond, o.weather.delay_most = 40 * base::kMillisecond;
  Street street(o);
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(street.ping(Side(), {}).empty());
  size_t heard = street.turn(4 * base::kMillisecond).size();
  EXPECT_EQ(heard, 0u);
  heard = street.turn(37 * base::kMillisecond).size();
  EXPECT_NEAR(static_cast<double>(heard), 2000 * 0.75 * 0.75 * 1.125, 120);
  EXPECT_EQ(street.count(Count::kEcho) + street.count(Count::kWeatherIn), 2000u);
  EXPECT_TRUE(street.books_balance());
}

TEST(Engine, GreetsAClientThatIsSilent) {
  Street street;
  Side s;
  s.server_port = 2525;
  const uint32_t isn = *street.connect(s);
  street.tcp(s, kAck, 1001, isn + 1);
  EXPECT_TRUE(street.turn(base::kSecond).empty());
  const Replies r = street.turn(2 * base::kSecond);
  ASSERT_EQ(r.size(), 1u);
  EXPECT_FALSE(r[0].view().tcp().payload().empty());
  EXPECT_EQ(street.count(Count::kGreetings), 1u);
}

TEST(Engine, KeepsAwayFromPortsThatTheMachineKeeps) {
  EngineOptions o = street_options();
  addr::RangeList<uint32_t> machine;
  machine.add(0xc0000205, 0xc0000205);
  o.shared = AddressSet(std::move(machine), {});
  auto kept = std::make_shared<std::bitset<65536>>();
  kept->set(22);
  o.kept_ports = kept;
  Street street(o);
  Side ssh;
  ssh.server_port = 22;
  EXPECT_TRUE(street.tcp(ssh, kSyn, 1, 0).empty());
  EXPECT_TRUE(street.tcp(Side(), kAck, 1, 1).empty());  // perhaps of a connection of the machine's own
  EXPECT_EQ(letters(street.tcp(Side(), kSyn, 1, 0)), "SA");
  EXPECT_TRUE(street.say(arp_request(Side().server, addr::MacAddress::broadcast())).empty());
}

RC_GTEST_PROP(Engine, CountsEveryFrameOnceWhateverItIs, (const std::vector<std::vector<uint8_t>>& frames)) {
  Street street;
  for (const auto& tail : frames) {
    // Random bytes are no frame; so they stand behind a header that leads somewhere.
    std::vector<uint8_t> f(14);
    wire::emit(wire::Ethernet{kEngineMac, kClientMac, wire::ether_type::kIpv4}, f);
    f.insert(f.end(), tail.begin(), tail.end());
    street.say(f);
    street.say(tail);
  }
  RC_ASSERT(street.count(Count::kReceived) == 2 * frames.size());
  RC_ASSERT(street.books_balance());
}

}  // namespace
}  // namespace portolan::respond::engine_test
