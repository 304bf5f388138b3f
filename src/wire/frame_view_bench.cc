// SPDX-License-Identifier: Apache-2.0
// Checking received frames, 64 slots of 2 KiB. Items are frames. Every check includes all checksums.
#include "wire/frame_view.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace portolan::wire {
namespace {

constexpr size_t kSlots = 64;
constexpr size_t kStride = 2048;
constexpr std::array<uint8_t, 4> kMss{2, 4, 5, 0xb4};

size_t write_syn_ack(base::MutableBytes out, uint16_t port, bool v4) {
  const auto v6 = [](uint64_t low) { return addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, low)); };
  const Endpoints ends{v4 ? addr::IpAddress::v4(0xc0000201) : v6(1), v4 ? addr::IpAddress::v4(0x0a000001) : v6(2)};
  const Tcp tcp{
      .source_port = port, .destination_port = 40000, .flags = tcp_flag::kSyn | tcp_flag::kAck, .options = kMss};
  emit(Ethernet{.type = v4 ? ether_type::kIpv4 : ether_type::kIpv6}, out);
  const base::MutableBytes network = out.subspan(ethernet_field::kSize);
  const auto size = static_cast<uint16_t>(size_of(tcp));
  const size_t header = v4 ? ipv4_field::kMinSize : ipv6_field::kSize;
  if (v4) {
    emit(Ipv4{.source = ends.source, .destination = ends.destination, .protocol = 6, .payload_length = size}, network);
  } else {
    emit(Ipv6{.source = ends.source, .destination = ends.destination, .next_header = 6, .payload_length = size},
         network);
  }
  emit(tcp, ends, network.subspan(header));
  return ethernet_field::kSize + header + size;
}

void SynAck(benchmark::State& state) {
  const bool v4 = state.range(0) == 4;
  std::vector<uint8_t> memory(kSlots * kStride);
  std::array<base::Bytes, kSlots> frames;
  for (size_t i = 0; i < kSlots; ++i) {
    const base::MutableBytes slot = base::MutableBytes(memory).subspan(i * kStride, kStride);
    frames[i] = slot.first(write_syn_ack(slot, static_cast<uint16_t>(i), v4));
  }
  uint64_t sum = 0;
  for (auto _ : state) {
    for (const base::Bytes frame : frames) {
      const auto view = FrameView::check(frame, LinkType::kEthernet, false);
      if (!view || !view->tcp().is_syn_ack()) state.SkipWithError("refused a good frame");
      sum += view->source().lo() + view->tcp().acknowledgment().value();
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * int64_t{kSlots});
}
BENCHMARK(SynAck)->Arg(4)->Arg(6);

}  // namespace
}  // namespace portolan::wire
