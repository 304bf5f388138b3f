// SPDX-License-Identifier: Apache-2.0
// What a conversation costs: accept, a request that is answered, the client's FIN and ours; and what a table costs that
// is always full, so that each that comes evicts one.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include "stack/tcp_server.h"

namespace portolan::stack {
namespace {

class Answerer : public TcpEvents, public TcpOutput {
 public:
  explicit Answerer(uint32_t connections) : server(limits(connections), *this, *this) {}

  void on_data(TcpId id, base::Bytes) override { server.send(id, kAnswer, now); }
  void on_end_of_data(TcpId id) override { server.close(id, now); }
  void on_room(TcpId) override {}
  void on_gone(TcpId, TcpEnd) override {}
  void send(const TcpPeer&, const wire::Tcp& s) override { sent += s.payload.size() + 1; }

  static TcpLimits limits(uint32_t connections) {
    TcpLimits l;
    l.connections = connections;
    l.blocks = 4096;
    return l;
  }
  static constexpr std::array<uint8_t, 200> kAnswer{};

  base::Nanos now = base::kSecond;
  uint64_t sent = 0;
  TcpServer server;
};

std::vector<uint8_t> segment(uint32_t seq, uint32_t ack, uint8_t flags, size_t payload) {
  const std::vector<uint8_t> text(payload, 'x');
  wire::Tcp t;
  t.sequence = base::SeqNum(seq);
  t.acknowledgment = base::SeqNum(ack);
  t.flags = flags;
  t.window = 500;
  t.payload = text;
  std::vector<uint8_t> out(size_of(t));
  emit(t, {addr::IpAddress::v4(1), addr::IpAddress::v4(2)}, out);
  return out;
}

TcpPeer peer(uint32_t n) {
  TcpPeer p;
  p.client = addr::IpAddress::v4(n);
  p.server = addr::IpAddress::v4(0xcb007101);
  p.client_port = 40000;
  p.server_port = 80;
  return p;
}

// Resident memory of the process, MiB.
double resident() {
  long pages = 0;
  if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(f);
  }
  return static_cast<double>(pages) * 4096 / (1 << 20);
}

void conversation(benchmark::State& state) {
  Answerer a(static_cast<uint32_t>(state.range(0)));
  const auto ack = segment(1, 1, wire::tcp_flag::kAck, 0);
  const auto request = segment(1, 1, wire::tcp_flag::kAck | wire::tcp_flag::kPsh, 100);
  const auto fin = segment(101, 201, wire::tcp_flag::kAck | wire::tcp_flag::kFin, 0);
  const auto last = segment(102, 202, wire::tcp_flag::kAck, 0);
  // The table is kept nearly full with those that say nothing.
  uint32_t n = 1;
  for (int64_t i = 1; i < state.range(0); ++i) {
    a.server.accept(peer(n++), *wire::TcpView::check(ack), {3, 7}, a.now, [](TcpId) {});
  }
  for (auto _ : state) {
    const TcpPeer p = peer(n++);
    a.now += base::kMicrosecond;
    TcpId id = 0;
    a.server.accept(p, *wire::TcpView::check(ack), {3, 7}, a.now, [&](TcpId made) { id = made; });
    for (const auto* s : {&request, &fin, &last})
      a.server.on_segment(*a.server.find(p), *wire::TcpView::check(*s), a.now);
    a.server.on_time(a.now);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["resident_mib"] = resident();
  benchmark::DoNotOptimize(a.sent);
}
BENCHMARK(conversation)->Arg(1024)->Arg(65536);

void flood_of_handshakes(benchmark::State& state) {
  Answerer a(static_cast<uint32_t>(state.range(0)));
  const auto request = segment(1, 1, wire::tcp_flag::kAck | wire::tcp_flag::kPsh, 100);
  uint32_t n = 1;
  for (auto _ : state) {
    a.now += base::kMicrosecond;
    a.server.accept(peer(n++), *wire::TcpView::check(request), {3, 7}, a.now, [](TcpId) {});
    a.server.on_time(a.now);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["resident_mib"] = resident();
}
BENCHMARK(flood_of_handshakes)->Arg(1024)->Arg(65536);

}  // namespace
}  // namespace portolan::stack
