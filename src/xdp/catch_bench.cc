// SPDX-License-Identifier: Apache-2.0
// What the receiving kernel program spends on a frame, by the kernel's own count (BPF_ENABLE_STATS, which costs some
// 30 ns itself: "nothing" is a program that does nothing), and what a record costs who polls it. Needs the right to
// load it. Nothing is sent: no device takes part.
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <unistd.h>

#include <functional>

#include "xdp/catch.h"
#include "xdp/testing/caught_frames.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::xdp {
namespace {

using addr::IpAddress;
using testing::Frame;
using testing::Target;

constexpr IpAddress kOurs = IpAddress::v4(0xc0000201);
constexpr IpAddress kOurs6 = IpAddress::v6(base::make_u128(0x20010db800000000, 1));

CatchOptions options_of_bench() {
  CatchOptions o;
  o.ours = {kOurs, kOurs6};
  o.first_port = 40000, o.last_port = 49999;
  o.key = {1, 2};
  o.echo_tag = 3;
  o.trust_checksums = false;
  return o;
}

struct Spent {
  uint64_t nanos, runs;
};
Spent spent(int program) {
  bpf_prog_info info{};
  uint32_t size = sizeof info;
  bpf_obj_get_info_by_fd(program, &info, &size);
  return {info.run_time_ns, info.run_cnt};
}

using MakeFrame = std::function<Frame(const CatchOptions&, uint32_t)>;

Target target(const CatchOptions& o, uint32_t i, bool v4 = true) {
  const IpAddress far = v4 ? IpAddress::v4(0x0a000000 + i) : IpAddress::v6(base::make_u128(0x20010db800010000, i));
  return Target(o, v4 ? kOurs : kOurs6, far);
}

void run(benchmark::State& state, const CatchOptions& options, const MakeFrame& make, CatchCount ends_as) {
  auto program = CatchProgram::load(options);
  if (!program) return state.SkipWithError(program.error().c_str());
  const int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
  uint32_t i = 0;
  for (auto _ : state) {
    const Frame frame = make(options, i++);
    const Spent before = spent(program->program_fd());
    benchmark::DoNotOptimize(testing::run_program(program->program_fd(), frame));
    const Spent after = spent(program->program_fd());
    state.SetIterationTime(1e-9 * static_cast<double>(after.nanos - before.nanos));
    program->poll(1, [](const Caught& c) { benchmark::DoNotOptimize(c.lo); });
  }
  const auto counts = program->counters();
  state.counters[std::string(catch_counter_name(ends_as))] =
      static_cast<double>(counts[ends_as]) / static_cast<double>(state.iterations());
  close(stats);
}

struct Case {
  const char* name;
  CatchCount ends_as;
  MakeFrame make;
  bool reset = true;
};

const Case kCases[] = {
    {"SYN-ACK, reset", kCatchResets, [](auto& o, uint32_t i) { return target(o, i).syn_ack(); }},
    {"SYN-ACK, no reset", kCatchRecorded, [](auto& o, uint32_t i) { return target(o, i).syn_ack(); }, false},
    {"SYN-ACK, reset, v6", kCatchResets, [](auto& o, uint32_t i) { return target(o, i, false).syn_ack(); }},
    {"RST", kCatchRecorded, [](auto& o, uint32_t i) { return target(o, i).rst(); }},
    {"RST, v6", kCatchRecorded, [](auto& o, uint32_t i) { return target(o, i, false).rst(); }},
    {"echo reply", kCatchRecorded, [](auto& o, uint32_t i) { return target(o, i).echo_reply(); }},
    {"repeated RST", kCatchAgain, [](auto& o, uint32_t) { return target(o, 1).rst(); }},
    {"forged SYN-ACK", kCatchBadSourcePort,
     [](auto& o, uint32_t i) {
       return Target(o, kOurs, IpAddress::v4(i)).tcp({.destination_port = 40000, .flags = 18});
     }},
    {"our address, not our port", kCatchPassed,
     [](auto& o, uint32_t i) { return target(o, i).tcp({.destination_port = 22, .flags = 16}); }},
    {"foreign address", kCatchPassed,
     [](auto& o, uint32_t i) { return Target(o, IpAddress::v4(0xc0000000 + 2 * i), kOurs).rst(); }},
    {"ARP", kCatchPassed,
     [](auto&, uint32_t) {
       Frame arp(60);
       arp[12] = 8, arp[13] = 6;
       return arp;
     }},
};

void bench_frame(benchmark::State& state) {
  const Case& c = kCases[state.range(0)];
  state.SetLabel(c.name);
  CatchOptions options = options_of_bench();
  options.reset = c.reset;
  run(state, options, c.make, c.ends_as);
}
BENCHMARK(bench_frame)->DenseRange(0, std::size(kCases) - 1)->UseManualTime()->Iterations(200'000);

void bench_nothing(benchmark::State& state) {
  const int program = testing::load_take_all();
  if (program < 0) return state.SkipWithError("kernel programs are not permitted here");
  const int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
  const Frame frame(60);
  for (auto _ : state) {
    const Spent before = spent(program);
    benchmark::DoNotOptimize(testing::run_program(program, frame));
    state.SetIterationTime(1e-9 * static_cast<double>(spent(program).nanos - before.nanos));
  }
  close(stats);
  close(program);
}
BENCHMARK(bench_nothing)->UseManualTime()->Iterations(200'000);

// The time of all records of a full ring, over their number.
void bench_poll(benchmark::State& state) {
  const CatchOptions options = options_of_bench();
  auto program = CatchProgram::load(options);
  if (!program) return state.SkipWithError(program.error().c_str());
  uint32_t i = 0;
  uint64_t sum = 0;
  int64_t polled = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (int k = 0; k < 20'000; ++k) testing::run_program(program->program_fd(), target(options, i++).rst());
    state.ResumeTiming();
    while (const size_t n = program->poll(64, [&](const Caught& c) { sum += c.lo + c.port + c.ttl; })) {
      polled += static_cast<int64_t>(n);
    }
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(polled);
}
BENCHMARK(bench_poll)->Iterations(10);

}  // namespace
}  // namespace portolan::xdp
