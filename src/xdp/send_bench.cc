// SPDX-License-Identifier: Apache-2.0
// What a probe costs from the kernel program that sends, over a link whose both ends are in a namespace of this
// process and whose far side drops in its driver. "bare": a program that does nothing but send what it was handed, the
// limit of this machine. Rounds alternate, so that a ratio is of the same minute. Needs root.
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

#include "addr/target_set.h"
#include "base/testing/private_network.h"
#include "xdp/live_call.h"
#include "xdp/send.h"

namespace portolan::xdp {
namespace {

using addr::IpAddress;
using Clock = std::chrono::steady_clock;

constexpr addr::MacAddress kMac{{2, 0, 0, 0, 0, 1}};

int load_instructions(std::span<const bpf_insn> code) {
  return bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "Apache-2.0", code.data(), code.size(), nullptr);
}

// Both ends of the link, the far one dropping.
struct Bed {
  Bed() {
    network.add_veth("near", "far");
    near = static_cast<int>(if_nametoindex("near"));
    constexpr bpf_insn kDrop[] = {{0xb7, 0, 0, 0, XDP_DROP}, {0x95, 0, 0, 0, 0}};
    link = bpf_link_create(load_instructions(kDrop), static_cast<int>(if_nametoindex("far")), BPF_XDP, nullptr);
  }
  // r1 = near, r2 = 0, call bpf_redirect
  int bare() const {
    const bpf_insn code[] = {
        {0xb7, 1, 0, 0, near}, {0xb7, 2, 0, 0, 0}, {0x85, 0, 0, 0, BPF_FUNC_redirect}, {0x95, 0, 0, 0, 0}};
    return load_instructions(code);
  }

  base::testing::PrivateNetwork network;
  int near = 0;
  int link = -1;
};

Bed& bed() {
  static Bed the_bed;
  return the_bed;
}

// Frames that went out of `near` so far.
uint64_t frames_out() {
  std::ifstream devices("/proc/thread-self/net/dev");
  for (std::string line; std::getline(devices, line);) {
    std::istringstream words(line);
    std::string name, skipped;
    uint64_t packets = 0;
    words >> name;
    if (name != "near:") continue;
    for (int i = 0; i < 9; ++i) words >> skipped;  // eight received ones, bytes
    words >> packets;
    return packets;
  }
  return 0;
}

// Nanoseconds a frame while a call runs: those of the best 5 ms of a fifth of a second, as other processes share the
// machine and may only make it worse.
double best_nanos(const std::function<void()>& send, const std::function<void()>& stop) {
  std::atomic<bool> ended{false};
  std::thread thread([&] { send(), ended = true; });
  double best = 1e9;
  uint64_t last = 0;
  auto then = Clock::now();
  for (int i = 0; i < 45 && !ended; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const uint64_t now_out = frames_out();
    const auto now = Clock::now();
    const double nanos = std::chrono::duration<double, std::nano>(now - then).count();
    if (last != 0 && now_out != last) best = std::min(best, nanos / static_cast<double>(now_out - last));
    last = now_out, then = now;
  }
  stop();
  thread.join();
  return best;
}

double bare_nanos() {
  static const int program = bed().bare();
  const std::vector<uint8_t> frame(58);
  LiveCall call;
  return best_nanos([&] { call.run(program, frame); }, [&] { call.interrupt(); });
}

struct Scan {
  std::optional<addr::TargetSet> targets;
  std::optional<permute::Permutation> order;
  std::vector<wire::Template> templates;
  std::optional<SendProgram> program;
};

double program_nanos(SendProgram& program) {
  program.begin({});
  program.allow(~uint64_t{0});
  const auto send = [&program] {
    if (const auto ran = program.run(); !ran) fmt::print(stderr, "{}\n", ran.error());
  };
  return best_nanos(send, [&program] { program.interrupt(); });
}

enum Case { kOneRange, kManyRanges, kManyPorts, kUdp, kIpv6, kCases };

std::unique_ptr<Scan> make_scan(Case which) {
  auto scan = std::make_unique<Scan>();
  const bool v6 = which == kIpv6;
  const base::u128 net = base::make_u128(0x20010db8'00010000, 0);
  const IpAddress us = v6 ? IpAddress::v6(net - 1) : IpAddress::v4(0x0afffffe);
  addr::RangeList<uint32_t> list_v4, services;
  addr::RangeList<base::u128> list_v6;
  if (v6) list_v6.add(net, net + 0xffffffff);
  if (which == kManyRanges) {
    for (uint32_t i = 0; i < 100'000; ++i) list_v4.add(0x20000000 + i * 0x4000, 0x20000000 + i * 0x4000 + i % 0x3000);
  } else if (!v6) {
    list_v4.add(0x20000000, 0x5fffffff);
  }
  const auto protocol = which == kUdp ? addr::Protocol::kUdp : addr::Protocol::kTcp;
  services.add(addr::service_key({protocol, 1}),
               addr::service_key({protocol, which == kManyPorts ? uint16_t{1000} : uint16_t{1}}));
  list_v4.normalize(), list_v6.normalize(), services.normalize();
  scan->targets.emplace(addr::ProductBlock(addr::RangeSet(std::move(list_v4)), services),
                        addr::ProductBlock(addr::RangeSet(std::move(list_v6)), services), std::vector<addr::Target>{});
  scan->order.emplace(scan->targets->size(), 7);
  const wire::LinkShape link{.type = wire::LinkType::kEthernet, .source = kMac};
  scan->templates.push_back(protocol == addr::Protocol::kUdp ? wire::Template::udp(link, {us}, {})
                                                             : wire::Template::tcp_syn(link, {us}, {}));
  SendOptions o;
  o.interface_index = bed().near;
  o.targets = &*scan->targets;
  o.order = &*scan->order;
  o.key = {1, 2};
  o.first_port = 32768, o.port_count = 1000;
  const auto asked = v6 ? scan->targets->services_v6() : scan->targets->services_v4();
  o.services.assign(asked.begin(), asked.end());
  o.tags.assign(o.services.size(), 0);
  const IpAddress first = v6 ? IpAddress::v6(net) : IpAddress::v4(0);
  const IpAddress last = v6 ? IpAddress::v6(~base::u128{0}) : IpAddress::v4(~0u);
  const std::vector<const wire::Template*> probes(o.services.size(), &scan->templates[0]);
  o.stretches.push_back({first, last, us, kMac, probes});
  auto program = SendProgram::load(o);
  if (!program) throw std::runtime_error(program.error());
  scan->program.emplace(*std::move(program));
  return scan;
}

void bench_send(benchmark::State& state) {
  static const char* const kNames[] = {"SYN, one range", "SYN, 100,000 ranges", "SYN, 1,000 ports", "UDP", "SYN, IPv6"};
  if (const std::string why = base::testing::PrivateNetwork::why_not(); !why.empty()) {
    return state.SkipWithError(why.c_str());
  }
  bed();
  const auto scan = make_scan(static_cast<Case>(state.range(0)));
  double bare = 1e9, ours = 1e9;
  for (auto _ : state) {
    bare = std::min(bare, bare_nanos());
    const double nanos = program_nanos(*scan->program);
    ours = std::min(ours, nanos);
    state.SetIterationTime(1e-9 * nanos);
  }
  state.SetLabel(kNames[state.range(0)]);
  state.counters["bare_ns"] = bare;
  state.counters["ns"] = ours;
  state.counters["of_bare"] = bare / ours;
}
BENCHMARK(bench_send)->DenseRange(kOneRange, kIpv6)->UseManualTime()->Iterations(3);

}  // namespace
}  // namespace portolan::xdp
