// SPDX-License-Identifier: Apache-2.0
// What one index costs: single calls, and batches of 64 and 256. Argument: the number of items, by its place in kSizes.
#include "permute/permutation.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

namespace portolan::permute {
namespace {

constexpr std::array<base::u128, 6> kSizes{base::u128{1} << 24, base::u128{1} << 32, 3'700'000'000u,
                                           base::u128{1} << 48, ~uint64_t{0},        base::u128{1} << 100};
constexpr std::array<const char*, 6> kNames{"2^24", "2^32", "3.7e9", "2^48", "2^64-1", "2^100"};

void set_label(benchmark::State& state, int64_t indexes) {
  state.SetLabel(kNames[static_cast<size_t>(state.range(0))]);
  state.counters["ns/index"] = benchmark::Counter(static_cast<double>(indexes) * 1e-9,
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void bench_single(benchmark::State& state) {
  const Permutation order(kSizes[static_cast<size_t>(state.range(0))], 1);
  base::u128 i = 0;
  for (auto _ : state) {
    const base::u128 item = order.at(i++);
    benchmark::DoNotOptimize(base::lo64(item));
  }
  set_label(state, state.iterations());
}

void bench_inverse(benchmark::State& state) {
  const Permutation order(kSizes[static_cast<size_t>(state.range(0))], 1);
  base::u128 i = 0;
  for (auto _ : state) {
    const base::u128 item = order.inverse(i++);
    benchmark::DoNotOptimize(base::lo64(item));
  }
  set_label(state, state.iterations());
}

void bench_batch(benchmark::State& state) {
  const Permutation order(kSizes[static_cast<size_t>(state.range(0))], 1);
  std::vector<base::u128> out(static_cast<size_t>(state.range(1)));
  base::u128 i = 0;
  for (auto _ : state) {
    if (i + out.size() > order.size()) i = 0;
    order.at(i, 1, out);
    i += out.size();
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  set_label(state, state.iterations() * state.range(1));
}

void bench_words(benchmark::State& state) {
  const Permutation order(kSizes[static_cast<size_t>(state.range(0))], 1);
  std::vector<uint64_t> out(static_cast<size_t>(state.range(1)));
  uint64_t i = 0;
  for (auto _ : state) {
    if (i + out.size() > order.size()) i = 0;
    order.at(i, 1, out);
    i += out.size();
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  set_label(state, state.iterations() * state.range(1));
}

BENCHMARK(bench_single)->DenseRange(0, 5);
BENCHMARK(bench_inverse)->DenseRange(0, 5);
BENCHMARK(bench_batch)->ArgsProduct({{0, 1, 2, 3, 4, 5}, {64, 256}});
BENCHMARK(bench_words)->ArgsProduct({{0, 1, 3}, {64, 256}});

}  // namespace
}  // namespace portolan::permute
