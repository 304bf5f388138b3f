// SPDX-License-Identifier: Apache-2.0
// The kernel program that sends, sending: over a link whose both ends are in a namespace of the test, to a far side
// that counts by address. Every position exactly once, whatever the far side, the rate, pauses and interruptions do.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <thread>

#include "base/testing/private_network.h"
#include "xdp/send.h"
#include "xdp/testing/kernel_programs.h"
#include "xdp/testing/send_plan.h"

namespace portolan::xdp::send_link_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using testing::TestPlan;
using Clock = std::chrono::steady_clock;

constexpr uint32_t kAddresses = 1 << 16;

int make_map(bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries) {
  return bpf_map_create(type, "test", key, value, entries, nullptr);
}

int load_program(const std::vector<bpf_insn>& code) {
  return bpf_prog_load(BPF_PROG_TYPE_XDP, "test", "Apache-2.0", code.data(), code.size(), nullptr);
}

// Counts IPv4 frames by the lower half of their destination, and drops.
int load_counter(int counts) {
  return load_program({
      {0x61, 2, 1, 0, 0},       // r2 = data
      {0x61, 3, 1, 4, 0},       // r3 = data_end
      {0xbf, 4, 2, 0, 0},       // r4 = r2 + 34
      {0x07, 4, 0, 0, 34},      //
      {0x2d, 4, 3, 13, 0},      // if r4 > r3 goto drop
      {0x69, 5, 2, 12, 0},      // r5 = EtherType
      {0x55, 5, 0, 11, 0x08},   // if r5 != IPv4 goto drop
      {0x69, 6, 2, 32, 0},      // r6 = lower half of the destination
      {0xdc, 6, 0, 0, 16},      // to host order
      {0x63, 10, 6, -4, 0},     // key
      {0x18, 1, 1, 0, counts},  // r1 = map
      {0, 0, 0, 0, 0},          //
      {0xbf, 2, 10, 0, 0},      // r2 = &key
      {0x07, 2, 0, 0, -4},      //
      {0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem},
      {0x15, 0, 0, 2, 0},  // if r0 == 0 goto drop
      {0xb7, 1, 0, 0, 1},
      {0xdb, 0, 1, 0, BPF_ADD},  // lock *r0 += 1
      {0xb7, 0, 0, 0, XDP_DROP},
      {0x95, 0, 0, 0, 0},
  });
}

class SendOverALink : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string reason = testing::why_no_kernel_programs();
    if (reason.empty()) reason = base::testing::PrivateNetwork::why_not();
    if (!reason.empty()) GTEST_SKIP() << reason;
    network_.emplace();
    network_->add_veth("near", "far");
  }
  void TearDown() override {
    stop();
    for (const int fd : {link_, counts_}) {
      if (fd >= 0) close(fd);
    }
  }

  void let_far_count() {
    counts_ = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, kAddresses);
    const int program = load_counter(counts_);
    ASSERT_GE(program, 0) << strerror(errno);
    link_ = bpf_link_create(program, static_cast<int>(if_nametoindex("far")), BPF_XDP, nullptr);
    close(program);
    ASSERT_GE(link_, 0) << strerror(errno);
  }
  // The far side's driver gets a thread of its own, so that it may be slower than we are.
  void let_far_have_a_thread() {
    char directory[] = "/tmp/portolan-sys-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    ASSERT_EQ(mount("sysfs", directory, "sysfs", 0, nullptr), 0) << strerror(errno);
    std::ofstream(std::string(directory) + "/class/net/far/threaded") << "1";
    umount(directory);
    std::filesystem::remove(directory);
  }
  std::vector<uint64_t> arrived() const {
    std::vector<uint64_t> counts(kAddresses);
    for (uint32_t i = 0; i < kAddresses; ++i) bpf_map_lookup_elem(counts_, &i, &counts[i]);
    return counts;
  }
  uint64_t arrived_in_all() const {
    const auto counts = arrived();
    return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  }

  void load(
      uint32_t count = kAddresses, const std::function<void(TestPlan&)>& change = [](TestPlan&) {}) {
    plan_.v4 = {{0x0a000000, 0x0a000000 + count - 1}};
    plan_.services_v4 = {{Protocol::kTcp, 80}};
    plan_.number();
    const auto us = IpAddress::v4(0xc0000201);
    const wire::Template* probe = plan_.keep(wire::Template::tcp_syn(plan_.link(), {us}, {}));
    plan_.add_stretch(IpAddress::v4(0), IpAddress::v4(~0u), us, [probe](const addr::ProtoPort&) { return probe; });
    plan_.options.first_port = 40000;
    plan_.options.interface_index = static_cast<int>(if_nametoindex("near"));
    change(plan_);
    auto program = SendProgram::load(plan_.options);
    ASSERT_TRUE(program.has_value()) << program.error();
    program_.emplace(*std::move(program));
    program_->begin({});
  }
  void start() {
    thread_ = std::thread([this] {
      const auto ran = program_->run();
      if (!ran) error_ = ran.error();
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    program_->interrupt();
    thread_.join();
    EXPECT_EQ(error_, "");
  }
  // Waits for something that must come; for long, since machines differ.
  template <class F>
  static bool comes(F&& f) {
    for (const auto end = Clock::now() + std::chrono::seconds(20); Clock::now() < end;) {
      if (f()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  bool all_sent() {
    return comes([this] { return program_->position() == program_->size() && program_->settled(); });
  }
  void expect_each_once(uint32_t count = kAddresses) {
    EXPECT_TRUE(comes([&] { return arrived_in_all() >= count; }));
    const auto counts = arrived();
    EXPECT_EQ(std::count(counts.begin(), counts.begin() + count, 1u), count);
    const SendCounts c = program_->counts();
    EXPECT_EQ(c.sent, count);
    EXPECT_EQ(c.positions, count);
    EXPECT_EQ(c.sent_bytes, count * plan_.templates[0]->length());
    EXPECT_EQ(c.refused + c.left + c.skipped_answered, 0u);
  }

  std::optional<base::testing::PrivateNetwork> network_;
  TestPlan plan_;
  std::optional<SendProgram> program_;
  std::thread thread_;
  std::string error_;
  int counts_ = -1;
  int link_ = -1;
};

TEST_F(SendOverALink, EachPositionOnce) {
  let_far_count();
  load();
  program_->allow(program_->size());
  start();
  EXPECT_TRUE(all_sent());
  stop();
  expect_each_once();
}

TEST_F(SendOverALink, EachPositionOnceToASlowFarSide) {
  let_far_count();
  let_far_have_a_thread();
  load();
  program_->allow(program_->size());
  start();
  EXPECT_TRUE(all_sent());
  stop();
  expect_each_once();
}

TEST_F(SendOverALink, StopsWhereItIsToldAndGoesOn) {
  let_far_count();
  load();
  start();
  for (const uint64_t end : {uint64_t{1}, uint64_t{100}, uint64_t{4001}, program_->size()}) {
    program_->allow(end);
    ASSERT_TRUE(comes([&] { return program_->position() == end && program_->settled(); })) << end;
    EXPECT_EQ(program_->counts().sent, end);
  }
  stop();
  expect_each_once();
}

TEST_F(SendOverALink, IsInterruptedAndGoesOn) {
  let_far_count();
  load();
  program_->set_rate(2'000'000'000);
  program_->allow(program_->size());
  for (uint64_t part = 1; part <= 4; ++part) {
    start();
    EXPECT_TRUE(comes([&] { return program_->position() >= part * program_->size() / 5; }));
    stop();
  }
  start();
  EXPECT_TRUE(all_sent());
  stop();
  expect_each_once();
}

TEST_F(SendOverALink, AnInterruptionBeforeItRunsHolds) {
  let_far_count();
  load();
  program_->interrupt();
  EXPECT_TRUE(program_->run().has_value());
  program_->allow(program_->size());
  start();
  EXPECT_TRUE(all_sent());
  stop();
  expect_each_once();
}

// How fast a machine is may not be tested, but that nothing goes faster than told may: what is due by the clock, the
// most that is made up at once, and a group.
TEST_F(SendOverALink, NeverFasterThanTheRate) {
  let_far_count();
  constexpr uint64_t kRate = 20'000;
  load();
  program_->set_rate(kRate * 1000);
  program_->charge(50);
  program_->allow(program_->size());
  const auto begin = Clock::now();
  start();
  uint64_t sent = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    sent = program_->counts().sent;
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    ASSERT_LE(static_cast<double>(sent), seconds * kRate + 1 - 50 + 50 * (sent < 50));
  }
  EXPECT_GT(sent, 0u);
  stop();
}

TEST_F(SendOverALink, KnowsWhenAPositionWasSent) {
  let_far_count();
  load();
  program_->set_rate(50'000'000);
  program_->allow(5000);
  const base::Nanos begin = base::SystemClock().now();
  start();
  EXPECT_TRUE(comes([&] { return program_->position() == 5000 && program_->settled(); }));
  stop();
  const base::Nanos end = base::SystemClock().now();
  base::Nanos last = begin;
  for (uint64_t position = 0; position < 5000; ++position) {
    const auto at = program_->sent_at(position);
    ASSERT_TRUE(at.has_value()) << position;
    ASSERT_GE(*at, last) << position;
    last = *at;
  }
  EXPECT_LE(last, end);
  EXPECT_FALSE(program_->sent_at(5000).has_value()) << "it was not";
  // At most as many share a time as may.
  for (uint64_t position = 0; position + 64 < 5000; ++position) {
    ASSERT_LT(*program_->sent_at(position), *program_->sent_at(position + 64));
  }
  program_->begin({.port_offset = 0, .first = 0, .skips_answered = false});
  EXPECT_EQ(program_->sent_at(4999), last) << "of the pass before, until it is sent in this one";
}

TEST_F(SendOverALink, LeavesToTheCallerWhatItCannotSend) {
  let_far_count();
  load(kAddresses, [](TestPlan& plan) {
    plan.options.stretches[0].last = IpAddress::v4(0x0a000fff);  // the rest has no way: more than the ring holds
  });
  program_->allow(program_->size());
  start();
  std::vector<uint64_t> left, some(1000);
  EXPECT_TRUE(comes([&] {
    for (size_t n; (n = program_->take_left(some)) != 0;)
      left.insert(left.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(n));
    return program_->position() == program_->size() && program_->settled();
  }));
  stop();
  const size_t n = program_->take_left(some);
  left.insert(left.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(n));
  EXPECT_EQ(left.size(), kAddresses - 4096u);
  EXPECT_EQ(program_->counts().left, left.size());
  EXPECT_EQ(program_->counts().sent, 4096u);
  for (const uint64_t position : left) ASSERT_TRUE(plan_.frame(position).empty());
  EXPECT_TRUE(std::is_sorted(left.begin(), left.end()));
}

TEST_F(SendOverALink, StandsStillWhileResultsWait) {
  let_far_count();
  load();
  const int ring = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 65536);
  const int put = load_program({{0xb7, 1, 0, 0, 0},
                                {0x7b, 10, 1, -8, 0},
                                {0x18, 1, 1, 0, ring},
                                {0, 0, 0, 0, 0},
                                {0xbf, 2, 10, 0, 0},
                                {0x07, 2, 0, 0, -8},
                                {0xb7, 3, 0, 0, 8},
                                {0xb7, 4, 0, 0, 0},
                                {0x85, 0, 0, 0, BPF_FUNC_ringbuf_output},
                                {0xb7, 0, 0, 0, 2},
                                {0x95, 0, 0, 0, 0}});
  ASSERT_GE(put, 0) << strerror(errno);
  testing::run_program(put, std::vector<uint8_t>(14));
  ASSERT_TRUE(program_->hold_when(ring, 16).has_value());
  program_->allow(program_->size());
  start();
  EXPECT_TRUE(comes([&] { return program_->counts().held == 1; }));
  EXPECT_EQ(program_->counts().sent, 0u);
  ring_buffer* reader = ring_buffer__new(
      ring, [](void*, void*, size_t) { return 0; }, nullptr, nullptr);
  EXPECT_EQ(ring_buffer__consume(reader), 1);
  EXPECT_TRUE(all_sent());
  stop();
  ring_buffer__free(reader);
  close(put), close(ring);
  expect_each_once();
}

TEST_F(SendOverALink, GivesUpOnADeviceThatRefusesForGood) {
  let_far_count();
  load();
  program_->set_rate(1'000'000'000);
  program_->allow(1000);
  start();
  EXPECT_TRUE(comes([&] { return program_->counts().sent == 1000; }));
  network_->run("ip link set near down");
  program_->allow(2000);
  EXPECT_TRUE(comes([&] { return program_->counts().again != 0; })) << "first it is tried again";
  EXPECT_TRUE(comes([&] { return program_->counts().refused == 1000 && program_->settled(); }));
  network_->run("ip link set near up");
  program_->allow(program_->size());
  EXPECT_TRUE(all_sent()) << "and when it is back, the rest goes";
  stop();
  const SendCounts c = program_->counts();
  EXPECT_EQ(c.positions, c.sent + c.refused);
  EXPECT_GE(c.refused, 1000u);
}

TEST_F(SendOverALink, ADeviceMayGoAway) {
  let_far_count();
  load();
  program_->set_rate(1'000'000'000);
  program_->allow(1000);
  start();
  EXPECT_TRUE(comes([&] { return program_->settled() && program_->position() == 1000; }));
  network_->run("ip link del near");
  program_->allow(1500);
  EXPECT_TRUE(comes([&] { return program_->counts().refused == 500 && program_->settled(); }));
  stop();
}

TEST_F(SendOverALink, TheTrialTellsWhatIsMissing) {
  const int near = static_cast<int>(if_nametoindex("near"));
  const auto without = SendProgram::probe(near, TestPlan::kOurMac);
  ASSERT_FALSE(without.has_value());
  EXPECT_NE(without.error().find("near does not take frames from XDP"), std::string::npos) << without.error();
  EXPECT_NE(without.error().find("gro on"), std::string::npos) << "the cure";
  let_far_count();
  const auto with = SendProgram::probe(near, TestPlan::kOurMac);
  EXPECT_TRUE(with.has_value()) << with.error();
  network_->run("ip link set near down");
  const auto down = SendProgram::probe(near, TestPlan::kOurMac);
  ASSERT_FALSE(down.has_value());
  EXPECT_NE(down.error().find("is it up?"), std::string::npos) << down.error();
  const auto none = SendProgram::probe(4711, TestPlan::kOurMac);
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().find("interface 4711"), std::string::npos) << none.error();
}

}  // namespace
}  // namespace portolan::xdp::send_link_test
