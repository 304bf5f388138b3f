// SPDX-License-Identifier: Apache-2.0
// What one question costs: over one address, a /16 and a /8, without and with hosts that are named. It must be flat.
#include "population/population.h"

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "population/spec.h"

namespace portolan::population {
namespace {

constexpr std::string_view kSpec = "seed=7,live=0.5,tcp=22:0.3+80:0.5+443:0.4+*:0.001,closed=0.5,rejected=0.1";

// Argument 0: bits of the address that vary; argument 1: hosts that are named.
void bench_meeting(benchmark::State& state) {
  auto read = read_inline_population(kSpec, "bench");
  Population::Parts parts = read->parts();
  for (uint32_t i = 0; i < state.range(1); ++i) parts.named[addr::IpAddress::v4(0x0b000000 + i)] = NamedHost{};
  const Population population(std::move(parts));
  const uint32_t mask = (uint32_t{1} << state.range(0)) - 1;
  base::SplitMix64 random(1);
  for (auto _ : state) {
    const uint64_t r = random.next();
    const auto address = addr::IpAddress::v4(0x0a000000 | (static_cast<uint32_t>(r) & mask));
    const Host host = population.host(address);
    const Meeting m = population.meeting(host, address, addr::Protocol::kTcp, static_cast<uint16_t>(r >> 48));
    benchmark::DoNotOptimize(m);
  }
}
BENCHMARK(bench_meeting)->ArgsProduct({{0, 16, 24}, {0, 65536}});

}  // namespace
}  // namespace portolan::population
