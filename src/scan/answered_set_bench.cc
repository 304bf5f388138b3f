// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "base/random.h"
#include "scan/answered_set.h"

namespace portolan::scan {
namespace {

void insert(benchmark::State& state) {
  base::SplitMix64 random(1);
  AnsweredSet set(base::u128{1} << 48);
  for (auto _ : state) benchmark::DoNotOptimize(set.insert(random.next() >> 16));
  state.counters["bytes_per_answer"] = static_cast<double>(set.memory_bytes()) / static_cast<double>(set.size());
}
BENCHMARK(insert)->Iterations(4'000'000);

}  // namespace
}  // namespace portolan::scan
