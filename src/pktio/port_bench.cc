// SPDX-License-Identifier: Apache-2.0
// What the contract of Port costs a frame, apart from the way it goes.
#include <benchmark/benchmark.h>

#include "pktio/null_port.h"
#include "pktio/pair_port.h"

namespace portolan::pktio {
namespace {

constexpr uint16_t kSynBytes = 58;

size_t send_burst(Port& port, size_t burst) {
  const std::span<TxSlot> slots = port.acquire(burst);
  for (TxSlot& slot : slots) slot.length = kSynBytes;
  port.commit(slots.size());
  return slots.size();
}

void null_send(benchmark::State& state) {
  NullPort null;
  Port* port = &null;
  benchmark::DoNotOptimize(port);
  int64_t frames = 0;
  for (auto _ : state) frames += static_cast<int64_t>(send_burst(*port, static_cast<size_t>(state.range(0))));
  state.SetItemsProcessed(frames);
}
BENCHMARK(null_send)->Arg(1)->Arg(16)->Arg(64)->Arg(256);

void pair_send_and_receive(benchmark::State& state) {
  auto [near, far] = make_port_pair();
  const auto burst = static_cast<size_t>(state.range(0));
  int64_t frames = 0;
  for (auto _ : state) {
    frames += static_cast<int64_t>(send_burst(*near, burst));
    benchmark::DoNotOptimize(far->receive(burst).data());
  }
  state.SetItemsProcessed(frames);
}
BENCHMARK(pair_send_and_receive)->Arg(1)->Arg(64)->Arg(256);

}  // namespace
}  // namespace portolan::pktio
