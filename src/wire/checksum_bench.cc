// SPDX-License-Identifier: Apache-2.0
#include "wire/checksum.h"

#include <benchmark/benchmark.h>

#include <array>

#include "wire/crc32c.h"

namespace portolan::wire {
namespace {

void InternetChecksum(benchmark::State& state) {
  std::array<uint8_t, 1500> bytes;
  bytes.fill(0xa5);
  const base::Bytes data = base::Bytes(bytes).first(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    benchmark::DoNotOptimize(Sum().add(data).checksum());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(InternetChecksum)->Arg(20)->Arg(44)->Arg(1500);

void Crc32c(benchmark::State& state) {
  std::array<uint8_t, 1500> bytes;
  bytes.fill(0xa5);
  const base::Bytes data = base::Bytes(bytes).first(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    benchmark::DoNotOptimize(crc32c(data));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Crc32c)->Arg(32)->Arg(1500);

void Crc32cTable(benchmark::State& state) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(0xa5);
  for (auto _ : state) benchmark::DoNotOptimize(crc32c_step_table(kCrc32cStart, bytes));
}
BENCHMARK(Crc32cTable);

}  // namespace
}  // namespace portolan::wire
