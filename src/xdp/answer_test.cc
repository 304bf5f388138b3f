// SPDX-License-Identifier: Apache-2.0
// What the kernel program does by itself: its limits, tables, keys and counters, and on a link of a private network.
// That it says what the engine says is respond's test (fast_answer_test.cc), which may know both.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/testing/private_network.h"
#include "population/spec.h"
#include "wire/ethernet.h"
#include "wire/frame_view.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "xdp/answer.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::xdp::answer_test {
namespace {

using addr::IpAddress;
using addr::MacAddress;
using Frame = std::vector<uint8_t>;

constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kPeerMac{{2, 0, 0, 0, 0, 2}};
constexpr uint32_t kDrop = 1, kPass = 2, kTx = 3;

Frame syn(const IpAddress& client, const IpAddress& server, uint16_t port = 80, uint32_t sequence = 7) {
  const wire::Tcp segment{.source_port = 40000,
                          .destination_port = port,
                          .sequence = base::SeqNum(sequence),
                          .flags = wire::tcp_flag::kSyn,
                          .window = 1024};
  const bool v4 = server.is_v4();
  Frame frame(v4 ? 54 : 74);
  const base::MutableBytes all(frame);
  emit(wire::Ethernet{kMac, kPeerMac, v4 ? wire::ether_type::kIpv4 : wire::ether_type::kIpv6}, all);
  if (v4) {
    wire::Ipv4 ip{.source = client, .destination = server, .protocol = wire::ip_protocol::kTcp};
    ip.payload_length = 20;
    emit(ip, all.subspan(14));
  } else {
    emit(wire::Ipv6{.source = client, .destination = server, .next_header = 6, .payload_length = 20}, all.subspan(14));
  }
  emit(segment, {client, server}, all.subspan(v4 ? 34 : 54));
  return frame;
}

IpAddress client(uint32_t i = 0) { return IpAddress::v4(0xc6336400 + i); }
IpAddress server(uint32_t i = 0) { return IpAddress::v4(0x0a000000 + i); }
IpAddress client6(uint64_t i = 1) { return IpAddress::v6(base::make_u128(0x20010db8'00010000, i)); }

class Answer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = testing::why_no_kernel_programs(); !reason.empty()) GTEST_SKIP() << reason;
    options_.mac = kMac;
    options_.keys = {{1, 2}, {3, 4}, 1};
  }
  void load(std::string_view population = "") {
    if (!population.empty()) {
      auto read = population::read_inline_population(population, "test");
      ASSERT_TRUE(read.has_value());
      options_.population = std::make_shared<const population::Population>(*std::move(read));
    }
    auto fast = FastAnswer::load(options_);
    ASSERT_TRUE(fast.has_value()) << fast.error();
    fast_.emplace(*std::move(fast));
  }
  uint32_t run(const Frame& frame, Frame* answer = nullptr) {
    testing::Ran ran = testing::run_program(fast_->program_fd(), frame);
    EXPECT_NE(ran.action, 0u) << strerror(errno);
    if (answer != nullptr) *answer = std::move(ran.frame);
    return ran.action;
  }
  uint32_t sequence_of(const Frame& answer) {
    const auto view = wire::FrameView::check(answer, wire::LinkType::kEthernet, false);
    EXPECT_TRUE(view.has_value()) << "the answer is whole, and its checksums are right";
    return view ? view->tcp().sequence().value() : 0;
  }

  FastOptions options_;
  std::optional<FastAnswer> fast_;
};

TEST_F(Answer, CountsEachFrameOnceAndNamesEveryCounter) {
  load("tcp=80:1,closed=0,silent=1");
  EXPECT_EQ(run(syn(client(), server())), kTx);
  EXPECT_EQ(run(syn(client(), server(), 81)), kDrop);
  Frame damaged = syn(client(), server());
  damaged[50] ^= 1;
  EXPECT_EQ(run(damaged), kDrop);
  Frame foreign = syn(client(), server());
  foreign[0] ^= 2;
  EXPECT_EQ(run(foreign), kPass);
  const FastCounts counts = fast_->counters();
  uint64_t ends = 0;
  for (uint32_t i = kAnswerMalformed; i <= kAnswerNoRoom; ++i) ends += counts[i];
  EXPECT_EQ(counts[kAnswerReceived], 3u);
  EXPECT_EQ(counts[kAnswerPassed], 1u);
  EXPECT_EQ(ends, 3u);
  EXPECT_EQ(counts[kAnswerSyn], 1u);
  EXPECT_EQ(counts[kAnswerOutSynAcks], 1u);
  EXPECT_EQ(counts[kAnswerSilentPort], 1u);
  EXPECT_EQ(counts[kAnswerBadTcpChecksum], 1u);
  for (uint32_t i = 0; i < kAnswerCounts; ++i) EXPECT_FALSE(answer_counter_name(static_cast<AnswerCount>(i)).empty());
}

TEST_F(Answer, TrustsChecksumsWhenItIsTold) {
  options_.trust_checksums = true;
  load();
  Frame damaged = syn(client(), server());
  damaged[50] ^= 1;  // of the TCP checksum
  Frame answer;
  EXPECT_EQ(run(damaged, &answer), kTx);
  sequence_of(answer);
}

TEST_F(Answer, ACookieIsThatOfTheKeysOfTheMoment) {
  load();
  for (const auto& [from, to] : {std::pair{client(), server()}, std::pair{client6(), client6(9)}}) {
    wire::SynKeys keys{{5, 6}, {7, 8}, 3};
    const wire::SynTuple tuple{from.hi(), from.lo(), to.hi(), to.lo(), uint64_t{40000} << 16 | 80, 7};
    for (int i = 0; i < 3; ++i, ++keys.epoch, ++keys.now[0]) {
      fast_->set_keys(keys);
      Frame answer;
      ASSERT_EQ(run(syn(from, to), &answer), kTx);
      wire::SynOffer offer{};
      EXPECT_EQ(wire::syn_cookie_ok(&keys, &tuple, sequence_of(answer), &offer), 1);
      EXPECT_EQ(offer.window_scale, uint64_t{wire::kNoWindowScale});
      EXPECT_EQ(offer.mss_index, 0u) << "none was said: 536";
    }
  }
}

TEST_F(Answer, ASourceHasItsBurstAndNoMore) {
  options_.per_address = {3600 * base::kSecond, 3};
  options_.per_subnet = {3600 * base::kSecond, 5};
  load();
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(run(syn(client(1), server(i))), kTx) << i;
  EXPECT_EQ(run(syn(client(1), server(3))), kDrop) << "the address has had its three";
  EXPECT_EQ(run(syn(client(2), server())), kTx);
  EXPECT_EQ(run(syn(client(2), server())), kTx);
  EXPECT_EQ(run(syn(client(3), server())), kDrop) << "the subnet has had its five";
  EXPECT_EQ(run(syn(client(0x100), server())), kTx) << "another subnet";
  EXPECT_EQ(fast_->counters()[kAnswerRateLimited], 2u);
}

TEST_F(Answer, AnIpv6SourceIsHeldByItsSite) {
  options_.per_site = {3600 * base::kSecond, 2};
  load();
  const auto from = [](uint64_t subnet) { return IpAddress::v6(base::make_u128(0x20010db8'00010000 + subnet, 1)); };
  EXPECT_EQ(run(syn(from(1), client6(9))), kTx);
  EXPECT_EQ(run(syn(from(2), client6(9))), kTx);
  EXPECT_EQ(run(syn(from(3), client6(9))), kDrop);
  EXPECT_EQ(run(syn(client(1), server())), kTx) << "IPv4 has no sites";
  EXPECT_EQ(run(syn(client(2), server())), kTx);
  EXPECT_EQ(run(syn(client(3), server())), kTx);
}

TEST_F(Answer, TheWholeHasItsCap) {
  options_.whole = {3600 * base::kSecond, 4};
  load();
  for (uint32_t i = 0; i < 10; ++i) EXPECT_EQ(run(syn(client(i), server())), i < 4 ? kTx : kDrop) << i;
  EXPECT_EQ(fast_->counters()[kAnswerCapped], 6u);
  EXPECT_EQ(fast_->counters()[kAnswerOutSynAcks], 4u);
}

TEST_F(Answer, AHostSaysSoManyErrorsASecond) {
  load("tcp=*:0,rejected=1,closed=0,icmp-errors=2");
  uint64_t answered[2] = {0, 0};
  for (uint32_t i = 0; i < 40; ++i) answered[i & 1] += run(syn(client(), server(i & 1))) == kTx;
  for (const uint64_t n : answered) {
    EXPECT_GE(n, 2u);
    EXPECT_LE(n, 6u) << "two at once, two a second, and this takes no two seconds";
  }
}

TEST_F(Answer, SourcesOnTheListAreNeverAnswered) {
  options_.denied_v4.add(0xc6336402, 0xc6336408);
  options_.denied_v6.add(client6(16).v6_bits(), client6(31).v6_bits());
  load();
  for (uint32_t i = 0; i < 12; ++i) EXPECT_EQ(run(syn(client(i), server())), i >= 2 && i <= 8 ? kDrop : kTx) << i;
  for (uint64_t i = 14; i < 34; ++i) {
    EXPECT_EQ(run(syn(client6(i), client6(1))), i >= 16 && i <= 31 ? kDrop : kTx) << i;
  }
}

TEST_F(Answer, AnswersForItsOwnAddressesAlone) {
  options_.own_everything = false;
  options_.own_v4.add(0x0a000003, 0x0a000005);
  options_.own_v4.add(0x0b000000, 0x0bffffff);
  options_.own_v4.add(0x0c00ff00, 0x0c0200ff);
  options_.own_v6.add(client6(0x100).v6_bits(), client6(0x1ff).v6_bits());
  options_.own_v6.add(client6(0x203).v6_bits(), client6(0x203).v6_bits());
  options_.own_v6.add(base::make_u128(0x20010db8'00020000, 0), base::make_u128(0x20010db8'00020000, ~uint64_t{0}));
  load();
  const auto is_answered = [&](const IpAddress& to) { return run(syn(to.is_v4() ? client() : client6(1), to)) == kTx; };
  for (uint32_t i = 0; i < 9; ++i) EXPECT_EQ(is_answered(server(i)), i >= 3 && i <= 5) << i;
  for (const uint32_t a : {0x0b000000u, 0x0b123456u, 0x0bffffffu, 0x0c00ff00u, 0x0c010000u, 0x0c0200ffu}) {
    EXPECT_TRUE(is_answered(IpAddress::v4(a))) << a;
  }
  for (const uint32_t a : {0x0affffffu, 0x0c000000u, 0x0c00feffu, 0x0c020100u, 0x0d000000u}) {
    EXPECT_FALSE(is_answered(IpAddress::v4(a))) << a;
  }
  for (const uint64_t i : {0xffu, 0x200u, 0x202u, 0x204u}) EXPECT_FALSE(is_answered(client6(i))) << i;
  for (const uint64_t i : {0x100u, 0x1ffu, 0x203u}) EXPECT_TRUE(is_answered(client6(i))) << i;
  EXPECT_TRUE(is_answered(IpAddress::v6(base::make_u128(0x20010db8'00020000, 0xabcdef))));
}

TEST_F(Answer, TooManyLengthsOfPrefixesAreRefusedWithACure) {
  options_.own_everything = false;
  options_.own_v6.add(client6(1).v6_bits(), client6(~uint64_t{0} - 1).v6_bits());
  const auto fast = FastAnswer::load(options_);
  ASSERT_FALSE(fast.has_value());
  EXPECT_NE(fast.error().find("different lengths"), std::string::npos) << fast.error();
}

TEST_F(Answer, OptionsAreReplacedAndCountsKept) {
  load("tcp=80:1");
  EXPECT_EQ(run(syn(client(), server())), kTx);
  FastOptions next = options_;
  next.own_everything = false;
  next.own_v4.add(0x0a000001, 0x0a000001);
  ASSERT_TRUE(fast_->replace(next).has_value());
  EXPECT_EQ(run(syn(client(), server())), kPass);
  EXPECT_EQ(run(syn(client(), server(1))), kTx);
  EXPECT_EQ(fast_->counters()[kAnswerSyn], 2u);
}

// Frames over a link with both ends in a namespace of this test.
class OnALink : public Answer {
 protected:
  void SetUp() override {
    if (const std::string reason = base::testing::PrivateNetwork::why_not(); !reason.empty()) GTEST_SKIP() << reason;
    Answer::SetUp();
    network_.emplace();
    network_->add_veth("near", "far");
    socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    sockaddr_ll to{};
    to.sll_family = AF_PACKET, to.sll_protocol = htons(ETH_P_ALL);
    to.sll_ifindex = static_cast<int>(if_nametoindex("far"));
    ASSERT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const timeval patience{2, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void TearDown() override {
    if (socket_ >= 0) close(socket_);
    if (far_link_ >= 0) close(far_link_);
  }
  // A veth takes an answer of its peer's driver only when it has a program of its own: this one takes all.
  void let_far_take_answers() {
    const int program = testing::load_take_all();
    ASSERT_GE(program, 0) << strerror(errno);
    far_link_ = bpf_link_create(program, static_cast<int>(if_nametoindex("far")), BPF_XDP, nullptr);
    close(program);
    ASSERT_GE(far_link_, 0) << strerror(errno);
  }
  // What comes back, without our own frame and the kernel's chatter; empty: nothing for two seconds.
  Frame ask(const Frame& frame) {
    EXPECT_EQ(send(socket_, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    for (;;) {
      Frame got(2048);
      const ssize_t n = recv(socket_, got.data(), got.size(), 0);
      if (n <= 0) return {};
      got.resize(static_cast<size_t>(n));
      if (MacAddress::from_bytes(&got[6]) == kMac) return got;
    }
  }

  std::optional<base::testing::PrivateNetwork> network_;
  int socket_ = -1;
  int far_link_ = -1;
};

TEST_F(OnALink, AnswersInTheDriverUntilItIsTakenOff) {
  const int near = static_cast<int>(if_nametoindex("near"));
  let_far_take_answers();
  auto fast = FastAnswer::open(near, options_, FastMode::kDriver);
  ASSERT_TRUE(fast.has_value()) << fast.error();
  EXPECT_TRUE(fast->is_attached());
  EXPECT_EQ(fast->generic_reason(), "");
  const Frame answer = ask(syn(client(), server()));
  ASSERT_FALSE(answer.empty());
  sequence_of(answer);
  EXPECT_FALSE(FastAnswer::open(near, options_).has_value()) << "one program at a time";
  fast->detach();
  EXPECT_FALSE(fast->is_attached());
  EXPECT_TRUE(FastAnswer::open(near, options_).has_value()) << "the place is free again";
}

TEST_F(OnALink, OfAVethAnswersBeforeTheStackAndSaysWhy) {
  auto fast = FastAnswer::open(static_cast<int>(if_nametoindex("near")), options_);
  ASSERT_TRUE(fast.has_value()) << fast.error();
  EXPECT_NE(fast->generic_reason().find("veth"), std::string::npos);
  const Frame answer = ask(syn(client(), server()));
  ASSERT_FALSE(answer.empty());
  sequence_of(answer);
}

TEST_F(OnALink, SaysWhatTheDriverDoesNotTake) {
  network_->run("ip link set near mtu 9000");  // frames that a veth's driver cannot hand to a program
  network_->run("ip link set far mtu 9000");
  const auto fast = FastAnswer::open(static_cast<int>(if_nametoindex("near")), options_, FastMode::kDriver);
  ASSERT_FALSE(fast.has_value());
  EXPECT_NE(fast.error().find("in the driver"), std::string::npos) << fast.error();
}

TEST_F(OnALink, AnInterfaceThatIsNotThereIsAnError) {
  const auto fast = FastAnswer::open(4711, options_);
  ASSERT_FALSE(fast.has_value());
  EXPECT_NE(fast.error().find("cannot attach"), std::string::npos) << fast.error();
}

}  // namespace
}  // namespace portolan::xdp::answer_test
