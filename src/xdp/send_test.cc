// SPDX-License-Identifier: Apache-2.0
// The kernel program that sends says, byte for byte, what the C++ side would: random plans, run without any device. And
// what it refuses, in words.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "base/testing/private_network.h"
#include "xdp/send.h"
#include "xdp/send_image.h"
#include "xdp/testing/kernel_programs.h"
#include "xdp/testing/send_plan.h"

namespace portolan::xdp::send_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using addr::ProtoPort;
using testing::TestPlan;
using wire::Template;

constexpr uint32_t kDrop = 1, kRedirect = 4;
const base::u128 kNet6 = base::make_u128(0x20010db8'00000000, 0);
const IpAddress kUs4 = IpAddress::v4(0xc0000201), kUs6 = IpAddress::v6(kNet6 + 1);
const IpAddress kLast4 = IpAddress::v4(0xffffffff), kLast6 = IpAddress::v6(base::kU128Max);

std::string why_not() {
  const std::string reason = testing::why_no_kernel_programs();
  return reason.empty() ? base::testing::PrivateNetwork::why_not() : reason;
}

// What a technique would send, with what may vary varied.
Template probe_for(const TestPlan& plan, const ProtoPort& s, const IpAddress& us, base::SplitMix64& random) {
  const wire::IpShape ip{us, static_cast<uint8_t>(1 + random.next() % 255)};
  std::vector<uint8_t> payload(random.next() % 200);
  for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random.next());
  switch (s.protocol) {
    case Protocol::kUdp: {
      if (payload.size() < 8 || random.next() % 3 == 0) return Template::udp(plan.link(), ip, payload);
      const auto width = static_cast<uint8_t>(2u << random.next() % 3);
      const auto offset = static_cast<uint16_t>(random.next() % (payload.size() - width + 1));
      return Template::udp(plan.link(), ip, payload, wire::TokenPlace{offset, width});
    }
    case Protocol::kSctp:
      return Template::sctp_init(plan.link(), ip);
    case Protocol::kIcmpEcho:
      return Template::icmp_echo(plan.link(), ip, payload);
    case Protocol::kIcmpTimestamp:
      return us.is_v4() ? Template::icmp_timestamp(plan.link(), ip) : Template::icmp_echo(plan.link(), ip);
    case Protocol::kIp:
      return Template::ip_probe(plan.link(), ip, 47);
    default: {
      wire::SynOptions options;
      if (random.next() % 2 != 0) options.window_scale = 7, options.sack_permitted = true;
      return Template::tcp_syn(plan.link(), ip, options);
    }
  }
}

std::vector<ProtoPort> some_services(base::SplitMix64& random) {
  std::vector<ProtoPort> services;
  const size_t count = random.next() % 3 == 0 ? 1 : 1 + random.next() % 12;
  for (size_t i = 0; i < count; ++i) {
    const auto protocol = static_cast<Protocol>(random.next() % addr::kProtocolCount);
    services.push_back({protocol, addr::has_port(protocol) ? static_cast<uint16_t>(random.next()) : uint16_t{0}});
  }
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  return services;
}

template <class Word>
std::vector<std::pair<Word, Word>> some_ranges(Word origin, base::SplitMix64& random) {
  std::vector<std::pair<Word, Word>> ranges;
  const size_t count = random.next() % 2 == 0 ? 1 : 1 + random.next() % 300;
  for (size_t i = 0; i < count; ++i, origin += static_cast<Word>(random.next() % 5000)) {
    const Word first = origin;
    origin += static_cast<Word>(random.next() % (random.next() % 8 == 0 ? 100000 : 40));
    ranges.push_back({first, origin});
    origin += 1;
  }
  return ranges;
}

// One or three stretches over a family; of three, the middle one may leave holes and probes to the caller.
void add_stretches(TestPlan& plan, bool v4, base::SplitMix64& random) {
  const IpAddress us = v4 ? kUs4 : kUs6;
  const auto add = [&](const IpAddress& first, const IpAddress& last, const IpAddress& source, bool whole) {
    plan.add_stretch(first, last, source, [&](const ProtoPort& s) -> const Template* {
      if (!whole && random.next() % 4 == 0) return nullptr;
      return plan.keep(probe_for(plan, s, source, random));
    });
  };
  const IpAddress first = v4 ? IpAddress::v4(0) : IpAddress::v6(kNet6), last = v4 ? kLast4 : kLast6;
  if (random.next() % 2 == 0) return add(first, last, us, random.next() % 2 == 0);
  const auto at = [&](uint32_t i) { return v4 ? IpAddress::v4(0x0a000000 + i) : IpAddress::v6(kNet6 + 0x10000 + i); };
  add(first, at(5000), us, true);
  add(at(5001), at(20000), v4 ? IpAddress::v4(0xc0000202) : IpAddress::v6(kNet6 + 2), false);
  add(at(20011), last, us, true);
}

// Of 0: IPv4, 1: IPv6, 2: both and pairs.
std::unique_ptr<TestPlan> random_plan(uint64_t seed, int families) {
  base::SplitMix64 random(seed);
  auto plan = std::make_unique<TestPlan>();
  plan->seed = random.next();
  if (random.next() % 3 == 0) plan->vlan = static_cast<uint16_t>(random.next() & 0xfff);
  if (families != 1) plan->v4 = some_ranges<uint32_t>(0x0a000000, random), plan->services_v4 = some_services(random);
  if (families != 0)
    plan->v6 = some_ranges<base::u128>(kNet6 + 0x10000, random), plan->services_v6 = some_services(random);
  for (uint32_t i = 0; families == 2 && i < 200; ++i) {
    plan->pairs.push_back(
        {IpAddress::v4(0xc6336400 + i), {Protocol::kTcp, static_cast<uint16_t>(1 + random.next() % 5)}});
  }
  plan->number();
  if (families != 1) add_stretches(*plan, true, random);
  if (families != 0) add_stretches(*plan, false, random);
  const auto by_first = [](const SendStretch& a, const SendStretch& b) { return a.first < b.first; };
  std::sort(plan->options.stretches.begin(), plan->options.stretches.end(), by_first);
  plan->options.key = {random.next(), random.next()};
  plan->options.port_count = 1 + static_cast<uint32_t>(random.next() % 30000);
  plan->options.first_port = static_cast<uint16_t>(random.next() % 30000);
  const uint64_t shards = 1 + random.next() % 5;
  plan->options.slice = {1 + random.next() % shards, shards};
  return plan;
}

class Send : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = why_not(); !reason.empty()) GTEST_SKIP() << reason;
    network_.emplace();
    network_->add_veth("near", "far");
    near_ = static_cast<int>(if_nametoindex("near"));
  }

  // Runs the program once for each frame from `begin` to `end`, and holds it and what it leaves against the C++ side.
  void compare(const TestPlan& plan, SendProgram& program, uint64_t begin, uint64_t end, uint32_t port_offset = 0) {
    std::vector<uint64_t> left;
    const std::vector<uint8_t> rubbish(longest_probe(plan) + kSendSpare, 0xee);
    for (uint64_t position = begin; position < end; ++position) {
      const auto expected = plan.frame(position, port_offset);
      if (expected.empty()) {
        left.push_back(position);
        continue;
      }
      const auto ran = testing::run_program(program.program_fd(), rubbish);
      ASSERT_EQ(ran.action, kRedirect) << position << " of " << end;
      ASSERT_EQ(ran.frame, expected) << "position " << position << ", to " << plan.target(position).address.to_string();
    }
    while (program.position() < end) ASSERT_EQ(testing::run_program(program.program_fd(), rubbish).action, kDrop);
    ASSERT_EQ(testing::run_program(program.program_fd(), rubbish).action, kDrop) << "nothing beyond the end";
    std::vector<uint64_t> taken(left.size() + 1);
    taken.resize(program.take_left(taken));
    EXPECT_EQ(taken, left);
  }
  // What the program is to be handed: it cannot make frames longer than its probes.
  static size_t longest_probe(const TestPlan& plan) {
    size_t longest = 14;
    for (const SendStretch& s : plan.options.stretches) {
      for (const Template* t : s.probes) {
        const bool ours = t != nullptr && t->layout().body != wire::kPatchArp;
        longest = ours ? std::max(longest, t->length()) : longest;
      }
    }
    return longest;
  }

  std::optional<base::testing::PrivateNetwork> network_;
  int near_ = 0;
};

TEST_F(Send, SaysWhatTheOtherSenderSays) {
  for (uint64_t seed = 1; seed <= 15; ++seed) {
    const auto plan = random_plan(seed, static_cast<int>(seed % 3));
    plan->options.interface_index = near_;
    auto program = SendProgram::load(plan->options);
    ASSERT_TRUE(program.has_value()) << "plan " << seed << ": " << program.error();
    ASSERT_EQ(program->size(), base::lo64(plan->options.slice.size(plan->targets.size())));
    program->begin({});
    const uint64_t end = std::min<uint64_t>(program->size(), 150);
    program->allow(end);
    compare(*plan, *program, 0, end);
    ASSERT_FALSE(HasFatalFailure()) << "plan " << seed;
  }
}

std::unique_ptr<TestPlan> syn_plan(uint32_t first, uint32_t last, int interface_index) {
  auto plan = std::make_unique<TestPlan>();
  plan->v4 = {{first, last}};
  plan->services_v4 = {{Protocol::kTcp, 80}};
  plan->number();
  const Template* probe = plan->keep(Template::tcp_syn(plan->link(), {kUs4}, {}));
  plan->add_stretch(IpAddress::v4(0), kLast4, kUs4, [probe](const ProtoPort&) { return probe; });
  plan->options.key = {1, 2};
  plan->options.first_port = 40000, plan->options.port_count = 7;
  plan->options.interface_index = interface_index;
  return plan;
}

TEST_F(Send, EveryLengthOfAProbe) {
  for (const size_t size : std::initializer_list<size_t>{0, 1, 2, 3, 4, 5, 6, 14, 21, 50, 85, 86, 87, 90, 1400, 1494}) {
    auto plan = syn_plan(0x0a000000, 0x0a0000ff, near_);
    const Template* probe = plan->keep(Template::udp(plan->link(), {kUs4}, std::vector<uint8_t>(size, 7)));
    plan->options.stretches[0].probes = {probe};
    auto program = SendProgram::load(plan->options);
    ASSERT_TRUE(program.has_value()) << program.error();
    program->begin({});
    program->allow(3);
    compare(*plan, *program, 0, 3);
    ASSERT_FALSE(HasFatalFailure()) << size;
  }
}

TEST_F(Send, LaterPassesSkipWhoAnsweredAndTakeTheNextPort) {
  auto plan = syn_plan(0x0a000000, 0x0a0001ff, near_);
  plan->options.retries = true;
  auto program = SendProgram::load(plan->options);
  ASSERT_TRUE(program.has_value()) << program.error();
  program->begin({});
  program->allow(512);
  compare(*plan, *program, 0, 512);
  for (uint64_t position = 0; position < 512; position += 3) {
    program->mark_answered(base::lo64(plan->order->at(position)));
  }
  program->begin({.port_offset = 1, .first = 0, .skips_answered = true});
  EXPECT_EQ(program->position(), 0u);
  const std::vector<uint8_t> rubbish(plan->templates[0]->length() + kSendSpare);
  EXPECT_EQ(testing::run_program(program->program_fd(), rubbish).action, kDrop) << "nothing is allowed yet";
  program->allow(512);
  for (uint64_t position = 0; position < 512; ++position) {
    if (position % 3 == 0) continue;
    ASSERT_EQ(testing::run_program(program->program_fd(), rubbish).frame, plan->frame(position, 1)) << position;
  }
  EXPECT_EQ(program->position(), 512u);
  EXPECT_EQ(program->counts().skipped_answered, 171u);
  EXPECT_EQ(program->counts().positions, 1024u);
}

TEST_F(Send, RoutersMayBeNamedLate) {
  auto plan = syn_plan(0x0a000000, 0x0a0001ff, near_);
  const auto probes = plan->options.stretches[0].probes;
  plan->options.stretches[0].last = IpAddress::v4(0x0a0000ff);
  plan->options.stretches.push_back({IpAddress::v4(0x0a000100), kLast4, kUs4, {}, probes});
  auto program = SendProgram::load(plan->options);
  ASSERT_TRUE(program.has_value()) << program.error();
  plan->options.stretches[1].next_hop = {{2, 0, 0, 0, 0, 9}};
  program->set_next_hop(1, plan->options.stretches[1].next_hop);
  program->begin({});
  program->allow(512);
  compare(*plan, *program, 0, 512);
}

TEST_F(Send, NumbersUpTo64Bits) {
  auto plan = std::make_unique<TestPlan>();
  plan->v6 = {{kNet6, kNet6 + ~uint64_t{0} / 3}, {kNet6 + (base::u128{1} << 64), kNet6 + (base::u128{1} << 64) + 99}};
  plan->services_v6 = {{Protocol::kTcp, 80}, {Protocol::kTcp, 443}};
  plan->number();
  const Template* probe = plan->keep(Template::tcp_syn(plan->link(), {kUs6}, {}));
  plan->add_stretch(IpAddress::v6(kNet6), kLast6, kUs6, [probe](const ProtoPort&) { return probe; });
  plan->options.first_port = 1, plan->options.port_count = 65535;
  plan->options.interface_index = near_;
  plan->options.slice = {3, 1'000'003};
  auto program = SendProgram::load(plan->options);
  ASSERT_TRUE(program.has_value()) << program.error();
  program->begin({});
  program->allow(200);
  compare(*plan, *program, 0, 200);
}

std::string refusal_of(const SendOptions& options) {
  const auto image = make_send_image(options);
  return image ? "" : image.error();
}

TEST(SendImage, SaysWhatItCannotDo) {
  auto plan = syn_plan(0x0a000000, 0x0a0000ff, 1);
  EXPECT_EQ(refusal_of(plan->options), "");
  SendOptions none = plan->options;
  none.stretches[0].probes = {nullptr};
  EXPECT_NE(refusal_of(none).find("no probe"), std::string::npos);
  SendOptions longer = plan->options;
  const Template jumbo = Template::udp(plan->link(), {kUs4}, std::vector<uint8_t>(3000));
  longer.stretches[0].probes = {&jumbo};
  EXPECT_NE(refusal_of(longer).find("3042 bytes"), std::string::npos) << refusal_of(longer);

  TestPlan wide;
  wide.v6 = {{kNet6, kNet6 + (base::u128{1} << 70)}};
  wide.services_v6 = {{Protocol::kTcp, 80}};
  wide.number();
  EXPECT_NE(refusal_of(wide.options).find("2^64"), std::string::npos);
  TestPlan many;
  many.v6 = {{kNet6, kNet6 + (base::u128{1} << 40)}};
  many.services_v6 = {{Protocol::kTcp, 80}};
  many.number();
  many.options.retries = true;
  EXPECT_NE(refusal_of(many.options).find("a bit for each target"), std::string::npos);
}

// A packet's time at a rate, exactly: a day at any rate errs by less than nine packets.
TEST(SendSchedule, KeepsTheRate) {
  for (const uint64_t millis : {1ull, 10'000ull, 333'333'333ull, 7'000'000'001ull, 14'880'952'000ull}) {
    const SendSchedule s = make_send_schedule(millis);
    EXPECT_EQ(s.unlimited, 0u);
    const base::u128 packets = base::u128{millis} * 86400 / 1000;
    const base::u128 nanos = ((base::u128{s.credit_nanos} << 32 | s.credit_part) * packets) >> 32;
    const base::u128 day = base::u128{86400} * base::kSecond;
    EXPECT_LE(nanos, day);
    EXPECT_LE((day - nanos) * millis / 1'000'000'000'000, 8u) << millis;
    EXPECT_LT(s.burst_nanos, s.credit_nanos + 1);
    EXPECT_GE(s.group, 1u);
    EXPECT_LE(s.group * 1'000'000'000'000 / millis, s.group == 1 ? ~0ull : uint64_t{kSendMarkNanos});
  }
  EXPECT_EQ(make_send_schedule(0).unlimited, 1u);
}

}  // namespace
}  // namespace portolan::xdp::send_test
