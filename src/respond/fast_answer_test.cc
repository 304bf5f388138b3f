// SPDX-License-Identifier: Apache-2.0
// The kernel program against the engine: the same frames to both, and the same bytes and counters from both.
//
// The program runs in the kernel without any device (BPF_PROG_TEST_RUN), so nothing is sent. Needs the right to load
// it; without, the test is skipped and says so.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "pktio/pair_port.h"
#include "population/spec.h"
#include "respond/engine.h"
#include "respond/testing/frame_maker.h"
#include "xdp/answer.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::respond::fast_answer_test {
namespace {

using testing::Frame;
using testing::FrameMaker;
using testing::kMac;
using testing::kNet6;

constexpr std::string_view kPopulation = R"(
seed = 11
live = 0.8
unreachable = 0.3
networks = ["10.0.0.0/22", "2001:db8::/118"]
tarpit = 0.1
syn-proxy = 0.1
ack-only = 0.05
echo = 0.8
personalities = { linux = 1, windows = 1, freebsd = 1, openbsd = 1, macos = 1, cisco = 1, printer = 1, embedded = 1 }
closed = 0.5
rejected = 0.25
[tcp]
open = { 80 = 0.7, "*" = 0.1 }
[udp]
open = { 53 = 0.5 }
[[host]]
address = "10.0.0.5"
open = [80]
)";

enum class Action : uint32_t { kAborted, kDrop, kPass, kTx };

struct KernelSays {
  Action action;
  Frame frame;
  base::Nanos before, after;
};

class FastAnswerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = xdp::testing::why_no_kernel_programs(); !reason.empty()) GTEST_SKIP() << reason;
    auto population = population::read_toml_population(kPopulation, "test");
    ASSERT_TRUE(population.has_value()) << population.error()[0].to_string();
    population_ = std::make_shared<const population::Population>(*std::move(population));
  }

  // Both sides, for addresses of ours that are wider than the population, and a source that is denied.
  void open(uint64_t errors = 0) {
    addr::RangeList<uint32_t> own_v4, denied_v4;
    addr::RangeList<base::u128> own_v6, denied_v6;
    own_v4.add(0x0a000000, 0x0a000444);
    own_v6.add(base::make_u128(kNet6, 0), base::make_u128(kNet6, 0x444));
    denied_v4.add(0xc6336505, 0xc6336509);
    denied_v6.add(base::make_u128(kNet6 + 1, 0x100), base::make_u128(kNet6 + 1, 0x10f));
    auto [near, far] = pktio::make_port_pair();
    near_ = std::move(near), far_ = std::move(far);
    EngineOptions options;
    options.mac = kMac;
    options.own = AddressSet(own_v4, own_v6);
    options.denied = AddressSet(denied_v4, denied_v6);
    options.population = population_;
    options.rates = {.per_source = errors, .per_prefix = 0, .whole = 0};
    engine_ = std::make_unique<Engine>(options, *near_, nullptr, 0);
    xdp::FastOptions fast{.mac = kMac, .own_everything = false, .own_v4 = own_v4, .own_v6 = own_v6};
    fast.denied_v4 = denied_v4, fast.denied_v6 = denied_v6;
    fast.population = population_;
    fast.keys = engine_->syn_keys();
    auto loaded = xdp::FastAnswer::load(fast);
    ASSERT_TRUE(loaded.has_value()) << loaded.error();
    fast_.emplace(*std::move(loaded));
  }

  KernelSays kernel(Frame frame) {
    if (frame.size() < 14) frame.resize(14);
    KernelSays says{};
    says.before = clock_.now();
    xdp::testing::Ran ran = xdp::testing::run_program(fast_->program_fd(), frame);
    says.after = clock_.now();
    EXPECT_NE(ran.action, 0u) << strerror(errno);
    says.action = static_cast<Action>(ran.action);
    says.frame = std::move(ran.frame);
    return says;
  }

  std::vector<Frame> engine(const Frame& frame, base::Nanos now) {
    engine_->on_frame({frame, 0, false}, now);
    engine_->flush();
    std::vector<Frame> answers;
    for (const pktio::RxFrame& f : far_->receive(8)) answers.emplace_back(f.bytes.begin(), f.bytes.end());
    return answers;
  }

  // Engine's answer with the clock of the kernel's: the one of the milliseconds between that makes them equal, if any.
  std::vector<Frame> engine_like(const Frame& frame, const KernelSays& kernel) {
    std::vector<Frame> answers;
    for (base::Nanos ms = kernel.before / base::kMillisecond; ms <= kernel.after / base::kMillisecond; ++ms) {
      answers = engine(frame, ms * base::kMillisecond);
      if (kernel.action != Action::kTx || (answers.size() == 1 && answers[0] == kernel.frame)) break;
    }
    return answers;
  }

  base::SystemClock clock_;
  std::shared_ptr<const population::Population> population_;
  std::unique_ptr<pktio::PairPort> near_, far_;
  std::unique_ptr<Engine> engine_;
  std::optional<xdp::FastAnswer> fast_;
};

std::string hex(const Frame& frame) {
  std::string text;
  for (const uint8_t b : frame) text += fmt::format("{:02x}", b);
  return text;
}

// The names of what a counter of ours went up by, the engine's among them that the kernel also has.
std::map<std::string_view, uint64_t> moved(const xdp::FastCounts& before, const xdp::FastCounts& after) {
  std::map<std::string_view, uint64_t> names;
  for (uint32_t i = 0; i < xdp::kAnswerCounts; ++i) {
    const auto name = xdp::answer_counter_name(static_cast<xdp::AnswerCount>(i));
    if (after[i] != before[i]) names[name] = after[i] - before[i];
  }
  return names;
}

std::map<std::string_view, uint64_t> moved(const Counters& counters, base::Counters<Count>::Snapshot& before) {
  std::map<std::string_view, uint64_t> names;
  const auto after = counters.respond.snapshot();
  for (size_t i = 0; i < after.size(); ++i) {
    if (after[i] != before[i]) names[counter_name(static_cast<Count>(i))] = after[i] - before[i];
  }
  before = after;
  return names;
}

TEST_F(FastAnswerTest, SaysWhatTheEngineSays) {
  open();
  FrameMaker maker(5);
  std::map<std::string_view, uint64_t> seen;
  auto counted = engine_->counters().respond.snapshot();
  xdp::FastCounts fast_counted = fast_->counters();
  for (int i = 0; i < 20'000; ++i) {
    const Frame frame = maker.make();
    if (frame.size() < 14) continue;
    const KernelSays says = kernel(frame);
    const xdp::FastCounts fast_now = fast_->counters();
    const auto kernel_counts = moved(fast_counted, fast_now);
    fast_counted = fast_now;
    for (const auto& [name, n] : kernel_counts) seen[name] += n;
    ASSERT_NE(says.action, Action::kAborted) << hex(frame);
    if (says.action == Action::kPass) {
      ASSERT_EQ(kernel_counts, (std::map<std::string_view, uint64_t>{{"passed", 1}})) << hex(frame);
      ASSERT_EQ(hex(says.frame), hex(frame)) << "passed up as it came";
      continue;
    }
    moved(engine_->counters(), counted);
    const std::vector<Frame> answers = engine_like(frame, says);
    if (says.action == Action::kDrop) {
      ASSERT_TRUE(answers.empty()) << i << " " << hex(frame) << "\nengine says " << hex(answers[0]);
    } else {
      ASSERT_EQ(answers.size(), 1u) << i << " " << hex(frame) << "\nkernel says " << hex(says.frame);
      ASSERT_EQ(hex(answers[0]), hex(says.frame)) << i << " for " << hex(frame);
    }
    if (!maker.damaged() && says.after / base::kMillisecond == says.before / base::kMillisecond) {
      ASSERT_EQ(moved(engine_->counters(), counted), kernel_counts) << i << " " << hex(frame);
    }
  }
  for (const char* name :
       {"arp", "neighbor", "echo", "syn", "resets", "unreachable", "nobody", "silent_port", "denied", "bad_source",
        "own_source", "ipv4-checksum", "tcp-checksum", "udp-checksum", "icmpv4-checksum", "icmpv6-checksum"}) {
    EXPECT_GT(seen[name], 5u) << name << ": no frame of this kind was compared";
  }
}

// What is plain is answered by the kernel, not passed up: else the test above would compare little.
TEST_F(FastAnswerTest, PassesUpOnlyWhatIsNotPlain) {
  open();
  FrameMaker maker(6);
  uint64_t passed = 0, answered_by_engine = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Frame frame = maker.make();
    if (frame.size() < 14 || kernel(frame).action != Action::kPass) continue;
    ++passed;
    answered_by_engine += !engine(frame, clock_.now()).empty();
  }
  EXPECT_GT(passed, 500u);
  EXPECT_LT(answered_by_engine, 5'000u / 5) << "strays, other protocols, middleboxes, anonymous solicitations";
}

}  // namespace
}  // namespace portolan::respond::fast_answer_test
