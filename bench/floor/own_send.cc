// SPDX-License-Identifier: Apache-2.0
// own_send NEAR FAR WAY [options]: the scanner's whole sending side (position, permutation, pick, path, cookie, stamp)
// into one of its ports. What bench/limits holds against the bare loops of bare_send.
//
//   packet  PacketPort
//   xsk     XskPort in copy mode
//   null    NullPort: no sending
//   port-packet, port-xsk  the port alone: slots are lent and sent, and nothing is written into them
// IPv4 SYNs to one port of a /8, as often as it takes. Options: measure.h.
#include <fmt/format.h>
#include <net/if.h>

#include <memory>
#include <stdexcept>

#include "addr/target_set_builder.h"
#include "measure.h"
#include "pktio/null_port.h"
#include "pktio/packet_port.h"
#include "pktio/xsk_port.h"
#include "scan/sender.h"

namespace portolan::bench {
namespace {

using addr::IpAddress;

constexpr uint16_t kSynBytes = 54;

host::Vantage one_router(const std::string& interface) {
  const IpAddress us = IpAddress::v4(0xc0000201);
  host::Vantage v;
  v.interfaces.push_back({1, interface, host::LinkKind::kEthernet, true, 1500, {{2, 0, 0, 0, 0, 1}}, {{us, 24}}});
  v.hops = {{IpAddress::v4(0), IpAddress::v4(~0u), 1, us, {}}};
  return v;
}

scan::Plan plan_of_a_net() {
  scan::Plan plan;
  addr::TargetSetBuilder b;
  b.add_v4(0x0b000000, 0x0bffffff);
  b.add_service({addr::Protocol::kTcp, 80});
  plan.targets = std::move(std::move(b).build({.include_reserved = true})->set);
  plan.seed = 7;
  plan.key = {1, 2};
  plan.rate = pace::Rate::unlimited();
  plan.source_ports = {61000, 62023};
  return plan;
}

template <class PortType>
std::unique_ptr<pktio::Port> or_throw(tl::expected<std::unique_ptr<PortType>, std::string> port) {
  if (!port) throw std::runtime_error(port.error());
  return std::move(*port);
}

std::unique_ptr<pktio::Port> open(const std::string& interface, const std::string& way) {
  if (way == "null") return std::make_unique<pktio::NullPort>();
  if (way == "xsk") return or_throw(pktio::XskPort::open({.interface_name = interface, .mode = pktio::XskMode::kCopy}));
  if (way != "packet") throw std::runtime_error("no such way: " + way);
  pktio::KernelPortOptions options;
  options.interface_name = interface;
  options.interface_index = static_cast<int>(if_nametoindex(interface.c_str()));
  options.ring = pktio::RingSize::small();
  return or_throw(pktio::PacketPort::open(options));
}

using Ended = std::atomic<bool>;
bool goes_on(const Ended& ended) { return !ended.load(std::memory_order_relaxed); }

void run_port(pktio::Port& port, uint32_t batch, const Ended& ended) {
  while (goes_on(ended)) {
    const std::span<pktio::TxSlot> slots = port.acquire(batch);
    for (pktio::TxSlot& slot : slots) slot.length = kSynBytes;
    port.commit(slots.size());
  }
}

void run_sender(const Options& o, pktio::Port& port, const Ended& ended) {
  pktio::Port* ports[] = {&port};
  const scan::Plan plan = plan_of_a_net();
  scan::Egress egress = std::move(*scan::Egress::make(plan, one_router(o.near)));
  for (scan::Path& p : egress.paths()) p.next_hop = addr::MacAddress::broadcast();
  scan::LaneState lane(plan, std::move(egress), ports);
  const base::SystemClock clock;
  auto sender = std::make_unique<scan::Sender>(lane, clock.now());
  while (goes_on(ended)) {
    if (sender->finished()) sender = std::make_unique<scan::Sender>(lane, clock.now());
    sender->turn(clock.now());
  }
}

int main_of(const Options& o) {
  const bool port_alone = o.way.starts_with("port-");
  std::unique_ptr<FarSide> far;
  if (o.way != "null") far = std::make_unique<FarSide>(o.far);
  const std::unique_ptr<pktio::Port> port = open(o.near, port_alone ? o.way.substr(5) : o.way);
  Ended ended{false};
  Loop loop{.run = [&] { run_sender(o, *port, ended); },
            .stop = [&] { ended = true; },
            .sent = [&] { return port->stats().sent; }};
  if (port_alone) loop.run = [&] { run_port(*port, o.batch, ended); };
  return measure(o, far.get(), loop);
}

}  // namespace
}  // namespace portolan::bench

int main(int argc, char** argv) {
  try {
    return portolan::bench::main_of(portolan::bench::parse(argc, argv));
  } catch (const std::exception& e) {
    fmt::print(stderr, "own_send: {}\n", e.what());
    return EXIT_FAILURE;
  }
}
