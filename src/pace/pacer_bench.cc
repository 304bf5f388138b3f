// SPDX-License-Identifier: Apache-2.0
// What asking costs: take() for a batch of 64, 6 us after the last one, and next().
#include "pace/pacer.h"

#include <benchmark/benchmark.h>

namespace portolan::pace {
namespace {

void bench_take(benchmark::State& state) {
  Pacer pacer(Rate::per_second(static_cast<double>(state.range(0))), 0);
  base::Nanos now = 0;
  for (auto _ : state) benchmark::DoNotOptimize(pacer.take(now += 6400, 64));
}

void bench_next(benchmark::State& state) {
  Pacer pacer(Rate::per_second(static_cast<double>(state.range(0))), 0);
  pacer.take(0, 64);
  base::Nanos now = 0;
  for (auto _ : state) benchmark::DoNotOptimize(pacer.next(++now));
}

BENCHMARK(bench_take)->Arg(100)->Arg(1'000'000)->Arg(100'000'000);
BENCHMARK(bench_next)->Arg(100)->Arg(1'000'000)->Arg(100'000'000);

}  // namespace
}  // namespace portolan::pace
