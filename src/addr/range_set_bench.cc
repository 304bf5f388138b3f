// SPDX-License-Identifier: Apache-2.0
// What a pick, and the test whether an answer came from a target, cost: a set in the caches, and ten million ranges.
#include "addr/range_set.h"

#include <benchmark/benchmark.h>

#include <vector>

#include "addr/pick_columns.h"
#include "addr/target_set.h"
#include "addr/target_set_builder.h"
#include "base/random.h"

namespace portolan::addr {
namespace {

using base::u128;

constexpr size_t kIndexes = 1 << 20;  // enough that no cache keeps what they touch
constexpr size_t kBurst = 256;

// Single addresses over all of IPv4; `count` 0 stands for one /16.
TargetSet make_set(int64_t count, uint16_t ports) {
  base::SplitMix64 random(1);
  TargetSetBuilder builder;
  if (count == 0) builder.add_v4(0x01020000, 0x0102ffff);
  for (int64_t i = 0; i < count; ++i) {
    const auto word = static_cast<uint32_t>(random.next());
    builder.add_v4(word, word);
  }
  builder.add_services(Protocol::kTcp, 1, ports);
  return std::move(builder).build().value().set;
}

const TargetSet& set_of(int64_t count, uint16_t ports) {
  static TargetSet set;
  static std::pair<int64_t, uint16_t> which{-1, 0};
  if (which != std::pair{count, ports}) {
    set = {};  // one large set at a time
    set = make_set(count, ports);
    which = {count, ports};
  }
  return set;
}

std::vector<u128> random_indexes(const TargetSet& set) {
  base::SplitMix64 random(2);
  std::vector<u128> indexes(kIndexes);
  for (u128& i : indexes) i = base::make_u128(0, random.next()) % set.size();
  return indexes;
}

void pick_batch(benchmark::State& state) {
  const TargetSet& set = set_of(state.range(0), static_cast<uint16_t>(state.range(1)));
  const std::vector<u128> indexes = random_indexes(set);
  std::vector<Target> out(kBurst);
  size_t at = 0;
  for (auto _ : state) {
    set.pick(std::span(indexes).subspan(at, kBurst), out);
    benchmark::DoNotOptimize(out.data());
    at = (at + kBurst) % kIndexes;
  }
  state.SetItemsProcessed(static_cast<int64_t>(kBurst) * state.iterations());
}

void pick_in_columns(benchmark::State& state) {
  const TargetSet& set = set_of(state.range(0), static_cast<uint16_t>(state.range(1)));
  base::SplitMix64 random(2);
  std::vector<base::Column> indexes(kIndexes / base::kColumnSize);
  for (base::Column& column : indexes) {
    for (uint64_t& i : column) i = static_cast<uint64_t>(random.next() % set.size());
  }
  static TargetColumns out;
  size_t at = 0;
  for (auto _ : state) {
    pick_columns(set, std::span<const uint64_t>(indexes[at]), out);
    benchmark::DoNotOptimize(out);
    at = (at + 1) % indexes.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(base::kColumnSize) * state.iterations());
}

void pick_single(benchmark::State& state) {
  const TargetSet& set = set_of(state.range(0), static_cast<uint16_t>(state.range(1)));
  const std::vector<u128> indexes = random_indexes(set);
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.pick(indexes[at]));
    at = (at + 1) % kIndexes;
  }
}

void index_of(benchmark::State& state) {
  const TargetSet& set = set_of(state.range(0), static_cast<uint16_t>(state.range(1)));
  std::vector<Target> targets(kIndexes);
  set.pick(random_indexes(set), targets);
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.index_of(targets[at]));
    at = (at + 1) % kIndexes;
  }
}

void contains_stranger(benchmark::State& state) {
  const TargetSet& set = set_of(state.range(0), static_cast<uint16_t>(state.range(1)));
  base::SplitMix64 random(3);
  std::vector<Target> targets(kIndexes);
  for (Target& t : targets) t = {IpAddress::v4(static_cast<uint32_t>(random.next())), {Protocol::kTcp, 1}};
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.contains(targets[at]));
    at = (at + 1) % kIndexes;
  }
}

#define SIZES                 \
  Args({0, 1})                \
      ->Args({100'000, 1})    \
      ->Args({0, 1000})       \
      ->Args({1000, 16})      \
      ->Args({100'000, 16})   \
      ->Args({10'000'000, 1}) \
      ->Args({10'000'000, 16})
BENCHMARK(pick_batch)->SIZES;
BENCHMARK(pick_in_columns)->SIZES;
BENCHMARK(pick_single)->SIZES;
BENCHMARK(index_of)->SIZES;
BENCHMARK(contains_stranger)->SIZES;

}  // namespace
}  // namespace portolan::addr
