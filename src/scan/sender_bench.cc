// SPDX-License-Identifier: Apache-2.0
// The whole sender path into the null port: position, permutation, pick, path, cookie, stamp, slot. Probes a second
// and core; a peer to compare with is run by bench/compare.
#include <benchmark/benchmark.h>

#include <array>
#include <utility>
#include <vector>

#include "addr/target_set_builder.h"
#include "base/random.h"
#include "pktio/null_port.h"
#include "scan/sender.h"

namespace portolan::scan {
namespace {

using addr::IpAddress;
using addr::Protocol;

host::Vantage one_router() {
  host::Vantage v;
  const IpAddress us4 = IpAddress::v4(0xc0000201);
  const IpAddress us6 = IpAddress::v6(base::make_u128(0x20010db800000000u, 1));
  v.interfaces.push_back(
      {1, "null", host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {{us4, 24}, {us6, 64}}});
  v.hops = {{IpAddress::v4(0), IpAddress::v4(~0u), 1, us4, {}},
            {IpAddress::v6(base::make_u128(0x2000000000000000u, 0)), IpAddress::v6(base::kU128Max), 1, us6, {}}};
  return v;
}

void run(benchmark::State& state, addr::TargetSetBuilder builder, Plan plan = {}) {
  plan.targets = std::move(std::move(builder).build({.include_reserved = true})->set);
  plan.seed = 7;
  plan.key = {1, 2};
  plan.rate = pace::Rate::unlimited();
  plan.source_ports = {61000, 62023};
  const std::vector<host::Vantage> vantages(1 + plan.further_adapters.size(), one_router());
  Egress egress = std::move(*Egress::make(plan, vantages));
  for (Path& p : egress.paths()) p.next_hop = addr::MacAddress::broadcast();
  pktio::NullPort port;
  pktio::Port* ports[] = {&port};
  LaneState lane(plan, std::move(egress), ports);
  base::Nanos now = 1;
  auto sender = std::make_unique<Sender>(lane, now);
  for (auto _ : state) {
    if (sender->finished()) sender = std::make_unique<Sender>(lane, now);
    sender->turn(now += 1000);
  }
  const auto probes = static_cast<double>(lane.counters.scan[Count::kProbes]);
  state.counters["probes_per_second"] = benchmark::Counter(probes, benchmark::Counter::kIsRate);
  state.counters["ns_per_probe"] =
      benchmark::Counter(probes * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void v4_syn_one_network(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b));
}
BENCHMARK(v4_syn_one_network);

Plan from_sources(uint32_t first, uint32_t last) {
  addr::RangeList<uint32_t> v4;
  v4.add(first, last);
  addr::RangeList<base::u128> v6;
  v6.add(base::make_u128(0x20010db800000001u, 0), base::make_u128(0x20010db800000001u, ~uint64_t{0}));
  Plan plan;
  plan.egress.sources_v4 = Sources(std::move(v4)), plan.egress.sources_v6 = Sources(std::move(v6));
  return plan;
}

void v4_syn_256_sources(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b), from_sources(0xc6120000, 0xc61200ff));
}
BENCHMARK(v4_syn_256_sources);

void v4_syn_two_adapters(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_service({Protocol::kTcp, 80});
  Plan plan = from_sources(0xc6120000, 0xc61200ff);
  plan.further_adapters.push_back(plan.egress);
  run(state, std::move(b), std::move(plan));
}
BENCHMARK(v4_syn_two_adapters);

void v6_syn_from_a_network(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v6(base::make_u128(0x2a00000000000000u, 0), base::make_u128(0x2a00000000000000u, 0xffffffff));
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b), from_sources(0xc6120000, 0xc61200ff));
}
BENCHMARK(v6_syn_from_a_network);

void v4_syn_all_ports(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_services(Protocol::kTcp, 1, 65535);
  run(state, std::move(b));
}
BENCHMARK(v4_syn_all_ports);

void v4_syn_100000_ranges(benchmark::State& state) {
  addr::TargetSetBuilder b;
  base::SplitMix64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto first = (static_cast<uint32_t>(random.next() >> 34) & 0xffffff00u) + 0x10000000u;  // 16 to 79
    b.add_v4(first, first + static_cast<uint32_t>(random.next() & 0xff));
  }
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b));
}
BENCHMARK(v4_syn_100000_ranges);

void v6_syn(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v6(base::make_u128(0x2a00000000000000u, 0), base::make_u128(0x2a00000000000000u, 0xffffffff));
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b));
}
BENCHMARK(v6_syn);

// More than 2^64 targets, where the permutation takes its wide step.
void v6_syn_wide(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v6(base::make_u128(0x2a00000000000000u, 0), base::make_u128(0x2a00ffffffffffffu, ~uint64_t{0}));
  b.add_service({Protocol::kTcp, 80});
  run(state, std::move(b));
}
BENCHMARK(v6_syn_wide);

// Templates of several lengths: no burst is even.
void v4_udp_several(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  for (const uint16_t port : std::to_array<uint16_t>({53, 123, 161})) b.add_service({Protocol::kUdp, port});
  run(state, std::move(b));
}
BENCHMARK(v4_udp_several);

void v4_udp_dns(benchmark::State& state) {
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_service({Protocol::kUdp, 53});
  run(state, std::move(b));
}
BENCHMARK(v4_udp_dns);

}  // namespace
}  // namespace portolan::scan
