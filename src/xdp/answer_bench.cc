// SPDX-License-Identifier: Apache-2.0
// What the kernel program spends on a frame, by the kernel's own count (BPF_ENABLE_STATS, which costs some 30 ns
// itself). Cases: one address of ours, 65,536 scattered ones, a /8; a population; a longest-prefix trie of 65,536
// entries (the deny list) beside the blocks; limits. Needs the right to load it. Nothing is sent: no device takes part.
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <unistd.h>

#include <cstring>

#include "base/random.h"
#include "population/spec.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "xdp/answer.h"
#include "xdp/testing/kernel_programs.h"

namespace portolan::xdp {
namespace {

using addr::IpAddress;
using Frame = std::vector<uint8_t>;

constexpr addr::MacAddress kMac{{2, 0, 0, 0, 0, 1}};
constexpr uint32_t kMany = 65536;

Frame syn(const IpAddress& client, const IpAddress& server) {
  constexpr uint8_t kOptions[20] = {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};
  const bool v4 = server.is_v4();
  Frame frame(v4 ? 74 : 94);
  const base::MutableBytes all(frame);
  emit(wire::Ethernet{kMac, {{2, 0, 0, 0, 0, 2}}, v4 ? wire::ether_type::kIpv4 : wire::ether_type::kIpv6}, all);
  if (v4) {
    wire::Ipv4 ip{.source = client, .destination = server, .protocol = 6};
    ip.payload_length = 40;
    emit(ip, all.subspan(14));
  } else {
    emit(wire::Ipv6{.source = client, .destination = server, .next_header = 6, .payload_length = 40}, all.subspan(14));
  }
  wire::Tcp segment{.source_port = 40000, .destination_port = 80, .flags = wire::tcp_flag::kSyn};
  segment.options = kOptions;
  emit(segment, {client, server}, all.subspan(v4 ? 34 : 54));
  return frame;
}

enum Own : int64_t { kEverything, kOne, kScattered, kWide, kOneV6, kScatteredV6, kWideV6 };

// Addresses of ours, and some of them to ask.
std::vector<IpAddress> set_own(Own own, FastOptions& options) {
  options.own_everything = own == kEverything;
  base::SplitMix64 random(1);
  std::vector<IpAddress> targets;
  for (uint32_t i = 0; i < kMany; ++i) {
    const uint64_t r = random.next();
    const auto low = static_cast<uint32_t>(r);
    const uint32_t v4 = own == kOne    ? 0x0a000001
                        : own == kWide ? 0x0a000000 | (low & 0xffffff)
                                       : 0x10000000 + low % 0x60000000;
    const base::u128 v6 = base::make_u128(0x20010db8'00000000, own == kOneV6 ? 1 : r);
    targets.push_back(own >= kOneV6 ? IpAddress::v6(v6) : IpAddress::v4(v4));
    if (own == kScattered) options.own_v4.add(v4, v4);
    if (own == kScatteredV6) options.own_v6.add(v6, v6);
  }
  if (own == kOne) options.own_v4.add(0x0a000001, 0x0a000001);
  if (own == kWide) options.own_v4.add(0x0a000000, 0x0affffff);
  const base::u128 net = base::make_u128(0x20010db8'00000000, 0);
  if (own == kOneV6) options.own_v6.add(net + 1, net + 1);
  if (own == kWideV6) options.own_v6.add(net, net + ~uint64_t{0});
  return targets;
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

// `clients`: asked from these in turn; empty: from 250 neighbours.
void run(benchmark::State& state, const FastOptions& options, const std::vector<IpAddress>& targets,
         const std::vector<IpAddress>& clients = {}) {
  const auto fast = FastAnswer::load(options);
  if (!fast) return state.SkipWithError(fast.error().c_str());
  const int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
  size_t i = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const IpAddress& to = targets[i++ % targets.size()];
    const IpAddress near = to.is_v4() ? IpAddress::v4(0xc6336401 + static_cast<uint32_t>(i % 250))
                                      : IpAddress::v6(base::make_u128(0x20010db8'00010000, i % 250));
    const Frame frame = syn(clients.empty() ? near : clients[i % clients.size()], to);
    state.ResumeTiming();
    const Spent before = spent(fast->program_fd());
    benchmark::DoNotOptimize(testing::run_program(fast->program_fd(), frame));
    const Spent after = spent(fast->program_fd());
    state.SetIterationTime(1e-9 * static_cast<double>(after.nanos - before.nanos));
  }
  state.counters["answered"] =
      static_cast<double>(fast->counters()[kAnswerSyn]) / static_cast<double>(state.iterations());
  close(stats);
}

void bench_own(benchmark::State& state) {
  static const char* const kNames[] = {"everything",           "one",      "65,536 scattered", "a /8", "one, v6",
                                       "65,536 scattered, v6", "a /64, v6"};
  FastOptions options{.mac = kMac};
  const auto targets = set_own(static_cast<Own>(state.range(0)), options);
  state.SetLabel(kNames[state.range(0)]);
  run(state, options, targets);
}
BENCHMARK(bench_own)->DenseRange(kEverything, kWideV6)->UseManualTime()->Iterations(200'000);

void bench_population(benchmark::State& state) {
  FastOptions options{.mac = kMac};
  const auto targets = set_own(state.range(0) == 0 ? kOne : kWide, options);
  auto read = population::read_inline_population("seed=3,live=1,tcp=80:0.9999,closed=0.5", "bench");
  options.population = std::make_shared<const population::Population>(*std::move(read));
  state.SetLabel(state.range(0) == 0 ? "a /32" : "a /8");
  run(state, options, targets);
}
BENCHMARK(bench_population)->DenseRange(0, 1)->UseManualTime()->Iterations(200'000);

void bench_denied(benchmark::State& state) {
  FastOptions options{.mac = kMac};
  const auto targets = set_own(kOne, options);
  base::SplitMix64 random(2);
  std::vector<IpAddress> clients;  // beside the addresses of the list, so that the trie is walked to its end
  for (uint32_t i = 0; i < kMany; ++i) {
    const auto a = 0x10000000 | (static_cast<uint32_t>(random.next()) & 0x3ffffffe);
    if (i < state.range(0)) options.denied_v4.add(a, a);
    clients.push_back(IpAddress::v4(a | 1));
  }
  run(state, options, targets, clients);
}
BENCHMARK(bench_denied)->Arg(1)->Arg(kMany)->UseManualTime()->Iterations(200'000);

void bench_limits(benchmark::State& state) {
  FastOptions options{.mac = kMac};
  const auto targets = set_own(kOne, options);
  options.per_address = options.per_subnet = {1, 1'000'000'000};
  run(state, options, targets);
}
BENCHMARK(bench_limits)->UseManualTime()->Iterations(200'000);

}  // namespace
}  // namespace portolan::xdp
