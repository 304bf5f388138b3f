// SPDX-License-Identifier: Apache-2.0
// Cookies of 64 targets: one after another, and in lanes. Items are cookies.
#include "wire/cookie.h"

#include <benchmark/benchmark.h>

#include <array>

namespace portolan::wire {
namespace {

constexpr size_t kTargets = 64;
constexpr base::SipKey kKey{0x0123456789abcdef, 0xfedcba9876543210};

std::array<CookieQuery, kTargets> queries(bool v4) {
  std::array<CookieQuery, kTargets> all;
  for (uint32_t i = 0; i < kTargets; ++i) {
    all[i] = v4 ? CookieQuery{addr::IpAddress::v4(0x0a000001), addr::IpAddress::v4(0xc0000200 + i), 80, 0}
                : CookieQuery{addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 1)),
                              addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, i)), 80, 0};
  }
  return all;
}

void OneByOne(benchmark::State& state) {
  const auto all = queries(state.range(0) == 4);
  std::array<Cookie, kTargets> out;
  for (auto _ : state) {
    for (size_t i = 0; i < kTargets; ++i) out[i] = cookie(kKey, all[i]);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * int64_t{kTargets});
}
BENCHMARK(OneByOne)->Arg(4)->Arg(6);

void InLanes(benchmark::State& state) {
  const auto all = queries(state.range(0) == 4);
  std::array<Cookie, kTargets> out;
  for (auto _ : state) {
    cookies(kKey, all, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * int64_t{kTargets});
}
BENCHMARK(InLanes)->Arg(4)->Arg(6);

void InColumns(benchmark::State& state) {
  static base::Column high, low, service, out;
  const bool v4 = state.range(0) == 4;
  const addr::IpAddress ours =
      v4 ? addr::IpAddress::v4(0x0a000001) : addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 1));
  for (uint32_t i = 0; i < base::kColumnSize; ++i) {
    high[i] = 0x20010db8'00000000;
    low[i] = 0xc0000200 + i;
    service[i] = cookie_service(80, 0);
  }
  for (auto _ : state) {
    cookie_columns(kKey, ours, {high, low, service}, base::kColumnSize, out);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * int64_t{base::kColumnSize});
}
BENCHMARK(InColumns)->Arg(4)->Arg(6);

}  // namespace
}  // namespace portolan::wire
