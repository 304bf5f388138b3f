// SPDX-License-Identifier: Apache-2.0
// Stamping 64 slots of 2 KiB, as a transmit ring has them. Items are frames.
#include "wire/template.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "wire/stamp_columns.h"

namespace portolan::wire {
namespace {

constexpr size_t kSlots = 64;
constexpr size_t kStride = 2048;

const LinkShape kLink{.type = LinkType::kEthernet, .source = {{2, 0, 0, 0, 0, 1}}};
const IpShape kV4{.source = addr::IpAddress::v4(0x0a000001)};
const IpShape kV6{.source = addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 1))};

void stamp_all(benchmark::State& state, const Template& probe, bool v4) {
  std::vector<uint8_t> memory(kSlots * kStride);
  std::array<uint8_t*, kSlots> slots;
  std::array<Stamp, kSlots> stamps;
  for (uint32_t i = 0; i < kSlots; ++i) {
    slots[i] = &memory[i * kStride];
    stamps[i] = {.destination = v4 ? addr::IpAddress::v4(0xc0000200 + i)
                                   : addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, i)),
                 .destination_mac = {{2, 0, 0, 0, 0, 2}},
                 .source_port = static_cast<uint16_t>(40000 + i),
                 .destination_port = 80,
                 .token = i * 0x9e3779b9u,
                 .ip_id = static_cast<uint16_t>(i * 257)};
  }
  for (auto _ : state) {
    probe.stamp_burst(slots, stamps);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t{kSlots});
}

void stamp_in_columns(benchmark::State& state, const Template& probe, bool v4) {
  constexpr size_t kOddStride = 25 * 64;  // as pktio::TxSlots has it
  std::vector<uint8_t> memory(base::kColumnSize * kOddStride);
  std::array<uint8_t*, base::kColumnSize> slots;
  static base::Column high, low, ports, token, id;
  for (uint32_t i = 0; i < base::kColumnSize; ++i) {
    slots[i] = &memory[i * kOddStride];
    high[i] = 0x20010db8'00000000;
    low[i] = v4 ? 0xc0000200 + i : i;
    ports[i] = uint64_t{40000 + i} << 16 | 80;
    token[i] = i * 0x9e3779b9u;
    id[i] = static_cast<uint16_t>(i * 257);
  }
  for (auto _ : state) {
    stamp_columns(probe, {{2, 0, 0, 0, 0, 2}}, {high, low, ports, token, id}, slots);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t{base::kColumnSize});
}

void ColumnsTcpSynV4(benchmark::State& state) { stamp_in_columns(state, Template::tcp_syn(kLink, kV4, {}), true); }
void ColumnsTcpSynV6(benchmark::State& state) { stamp_in_columns(state, Template::tcp_syn(kLink, kV6, {}), false); }
void ColumnsUdpV4(benchmark::State& state) {
  const std::vector<uint8_t> payload(40);
  stamp_in_columns(state, Template::udp(kLink, kV4, payload, TokenPlace{.offset = 0, .width = 2}), true);
}

void TcpSynV4(benchmark::State& state) { stamp_all(state, Template::tcp_syn(kLink, kV4, {}), true); }
void TcpSynV6(benchmark::State& state) { stamp_all(state, Template::tcp_syn(kLink, kV6, {}), false); }
void UdpV4(benchmark::State& state) {
  const std::vector<uint8_t> payload(40);
  stamp_all(state, Template::udp(kLink, kV4, payload, TokenPlace{.offset = 0, .width = 2}), true);
}
void IcmpEchoV4(benchmark::State& state) { stamp_all(state, Template::icmp_echo(kLink, kV4), true); }
void SctpInitV4(benchmark::State& state) { stamp_all(state, Template::sctp_init(kLink, kV4), true); }
void ArpRequest(benchmark::State& state) { stamp_all(state, Template::arp_request(kLink, kV4), true); }
void NeighborSolicitation(benchmark::State& state) {
  stamp_all(state, Template::neighbor_solicitation(kLink, kV6), false);
}
BENCHMARK(ColumnsTcpSynV4);
BENCHMARK(ColumnsTcpSynV6);
BENCHMARK(ColumnsUdpV4);
BENCHMARK(TcpSynV4);
BENCHMARK(TcpSynV6);
BENCHMARK(UdpV4);
BENCHMARK(IcmpEchoV4);
BENCHMARK(SctpInitV4);
BENCHMARK(ArpRequest);
BENCHMARK(NeighborSolicitation);

}  // namespace
}  // namespace portolan::wire
