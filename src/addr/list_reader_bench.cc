// SPDX-License-Identifier: Apache-2.0
// From text to a set that can be picked from: lists of ten million addresses and of a hundred thousand exclusions.
// The text is made piece by piece, as a file is read, so that the process's peak memory is that of the set.
#include "addr/list_reader.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <iterator>
#include <string>

#include "base/random.h"

namespace portolan::addr {
namespace {

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string piece_of_addresses(base::SplitMix64& random, int64_t lines) {
  std::string text;
  for (int64_t i = 0; i < lines; ++i) {
    fmt::format_to(std::back_inserter(text), "{}\n", IpAddress::v4(static_cast<uint32_t>(random.next())).to_string());
  }
  return text;
}

std::string exclusion_text(int64_t lines) {
  base::SplitMix64 random(9);
  std::string text;
  for (int64_t i = 0; i < lines; ++i) {
    const auto word = static_cast<uint32_t>(random.next());
    fmt::format_to(std::back_inserter(text), "{}/{}\n", IpAddress::v4(word).to_string(), 20 + word % 13);
  }
  return text;
}

void parse_addresses(benchmark::State& state) {
  base::SplitMix64 random(1);
  constexpr int64_t kLines = 100'000;
  const std::string text = piece_of_addresses(random, kLines);
  for (auto _ : state) {
    TargetSetBuilder builder;
    ListReader reader(builder, ListPurpose::kTargets);
    reader.feed(text);
    reader.finish();
    benchmark::DoNotOptimize(reader.item_count());
  }
  state.SetItemsProcessed(kLines * state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(parse_addresses);

// Time counts reading and building, not the making of the text.
void ten_million_lines(benchmark::State& state) {
  constexpr int64_t kPiece = 5000;
  const std::string exclusions = exclusion_text(100'000);
  for (auto _ : state) {
    base::SplitMix64 random(1);
    TargetSetBuilder builder;
    ListReader targets(builder, ListPurpose::kTargets);
    for (int64_t i = 0; i < 10'000'000; i += kPiece) {
      state.PauseTiming();
      const std::string text = piece_of_addresses(random, kPiece);
      state.ResumeTiming();
      targets.feed(text);
    }
    targets.finish();
    ListReader excluded(builder, ListPurpose::kExclusions);
    excluded.feed(exclusions);
    excluded.finish();
    builder.add_service({Protocol::kTcp, 80});
    const auto built = std::move(builder).build();
    state.counters["targets"] = static_cast<double>(built->set.size());
  }
  state.counters["peak_MB"] = peak_megabytes();
}
BENCHMARK(ten_million_lines)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace portolan::addr
