// SPDX-License-Identifier: Apache-2.0
// Results a second into a SQLite file on disk, begin to end, in random order of addresses as a scan finds them.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "output/sqlite_sink.h"

namespace portolan::output {
namespace {

result::Observation observation(uint64_t i) {
  result::Observation o;
  o.wall = static_cast<base::Nanos>(1'700'000'000'000'000'000u + i * 1000);
  o.rtt = 20'000'000;
  o.target = {addr::IpAddress::v4(static_cast<uint32_t>(i * 0x9e3779b97f4a7c15u >> 32)), {addr::Protocol::kTcp, 443}};
  o.responder = o.target.address;
  o.ttl = 55;
  o.window = 64240;
  o.mss = 1460;
  o.tcp_options = {2, 4, 8, 1, 3};
  o.tcp_option_count = 5;
  return o;
}

// A tick each 10,000 results. The time to make the indexes at the end is in the whole and told apart.
void sqlite(benchmark::State& state) {
  std::string dir = "/tmp/portolan-store-bench-XXXXXX";
  dir = ::mkdtemp(dir.data());
  for (auto _ : state) {
    auto sink = std::move(*SqliteSink::open(dir + "/x.sqlite", false));
    sink->begin({"bench", 0, {}});
    for (uint64_t i = 0; i < static_cast<uint64_t>(state.range(0)); ++i) {
      sink->write(observation(i));
      if (i % 10'000 == 0) sink->tick();
    }
    const auto written = std::chrono::steady_clock::now();
    sink->end({});
    state.counters["end_seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - written).count();
    if (!sink->error().empty()) state.SkipWithError(sink->error().c_str());
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["most_kib"] = static_cast<double>(usage.ru_maxrss);
  state.counters["file_bytes"] = static_cast<double>(std::filesystem::file_size(dir + "/x.sqlite"));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  std::filesystem::remove_all(dir);
}
BENCHMARK(sqlite)->Arg(1'000'000)->Arg(10'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portolan::output
