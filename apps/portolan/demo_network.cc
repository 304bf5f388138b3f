// SPDX-License-Identifier: Apache-2.0
#include "portolan/demo_network.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "portolan/demo_sandbox.h"

namespace portolan::cli {
namespace {

void rest() {
  for (;;) pause();
}

std::string firewall_rules(const HostPlan& plan) {
  const bool drops = plan.firewall == Firewall::kDrops;
  return fmt::format(
      "table inet demo {{\n chain input {{\n  type filter hook input priority 0;\n  iif lo accept\n"
      "  icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept\n"
      "  tcp dport {{ {} }} accept\n  {}\n }}\n}}\n",
      fmt::join(plan.passes, ", "), drops ? "drop" : "meta l4proto { tcp, udp } reject with icmpx admin-prohibited");
}

bool passes(const HostPlan& plan, const std::string& protocol, uint16_t port) {
  if (plan.firewall == Firewall::kNone) return true;
  return protocol == "tcp" && std::find(plan.passes.begin(), plan.passes.end(), port) != plan.passes.end();
}

}  // namespace

std::string v4_address(int subnet, int number) { return fmt::format("10.66.{}.{}", subnet, number); }
std::string v6_address(int subnet, int number) { return fmt::format("fd00:66:{}::{}", subnet, number); }

const std::vector<HostPlan>& DemoNetwork::hosts() {
  static const std::vector<HostPlan> hosts = {
      {"harbour", 1, 10, {22, 80, 443}, {7}, Firewall::kNone, {}, "keeps nothing shut"},
      {"lighthouse", 1, 11, {25, 587, 993}, {514, 520}, Firewall::kNone, {}, "has more to say by UDP"},
      {"reef", 1, 12, {22, 80, 443}, {7}, Firewall::kDrops, {443}, "drops all but one port in silence"},
      {"fort", 1, 13, {22, 80, 443}, {7}, Firewall::kRejects, {22}, "rejects all but one port by ICMP"},
      {"island", 2, 10, {21, 80, 1000}, {69}, Firewall::kNone, {}, "lies behind the router"},
      {"lagoon", 2, 11, {53}, {7}, Firewall::kNone, {}, "lies behind it too"},
  };
  return hosts;
}

std::vector<std::string> DemoNetwork::target_ranges() {
  return {"10.66.1.0/28", "10.66.2.0/28", "fd00:66:1::/123", "fd00:66:2::/123"};
}

DemoNetwork::DemoNetwork() : here_(getpid()) {
  make_switches();
  scanner_ = sandbox::spawn([] {}, rest);
  plug(scanner_, 1, "eth0");
  configure(scanner_, 1, kScanner);
  add_router();
  for (const HostPlan& plan : hosts()) {
    std::vector<pollfd> open;
    pids_.push_back(sandbox::spawn([&] { open = open_ports(plan); }, [&] { serve(open); }));
    plug(pids_.back(), plan.subnet, "eth0");
    configure(pids_.back(), plan.subnet, plan.number);
    if (plan.firewall != Firewall::kNone) {
      sandbox::must_run_in(pids_.back(), {"nft", "-f", "-"}, firewall_rules(plan));
    }
  }
}

void DemoNetwork::make_switches() {
  sandbox::set_sysctl(here_, "ipv6/conf/default/disable_ipv6", "1");
  std::string lines;
  for (const int subnet : {1, 2}) {
    lines += fmt::format("link add switch{0} type bridge mcast_snooping 0\nlink set switch{0} up\n", subnet);
  }
  sandbox::must_run_in(here_, {"ip", "-batch", "-"}, lines);
}

void DemoNetwork::plug(pid_t host, int subnet, const std::string& interface) {
  const std::string port = fmt::format("port{}", plugged_++);
  // Without this a host may not use its link-local address for the first second, and a router that cannot solicit
  // its neighbours loses what it should forward.
  sandbox::set_sysctl(host, "ipv6/conf/default/accept_dad", "0");
  sandbox::must_run_in(here_, {"ip", "-batch", "-"},
                       fmt::format("link add {0} type veth peer name {1} netns {2}\nlink set {0} master switch{3} up\n",
                                   port, interface, host, subnet));
}

void DemoNetwork::configure(pid_t host, int subnet, int number) {
  const char* interface = number == kRouter && subnet == 2 ? "eth1" : "eth0";
  std::string lines =
      fmt::format("link set lo up\nlink set {0} up\naddr add {1}/24 dev {0}\naddr add {2}/64 dev {0} nodad\n",
                  interface, v4_address(subnet, number), v6_address(subnet, number));
  if (number != kRouter) {
    lines += fmt::format("route add default via {}\nroute add ::/0 via {}\n", v4_address(subnet, kRouter),
                         v6_address(subnet, kRouter));
  }
  sandbox::must_run_in(host, {"ip", "-batch", "-"}, lines);
}

void DemoNetwork::add_router() {
  const pid_t router = sandbox::spawn([] {}, rest);
  plug(router, 1, "eth0");
  plug(router, 2, "eth1");
  configure(router, 1, kRouter);
  configure(router, 2, kRouter);
  sandbox::set_sysctl(router, "ipv4/ip_forward", "1");
  sandbox::set_sysctl(router, "ipv6/conf/all/forwarding", "1");
}

std::set<OpenPort> DemoNetwork::truth() const {
  std::set<OpenPort> open;
  for (size_t i = 0; i < hosts().size(); ++i) {
    const HostPlan& plan = hosts()[i];
    for (const std::string protocol : {"tcp", "udp"}) {
      for (const bool v6 : {false, true}) {
        const std::string address = (v6 ? v6_address : v4_address)(plan.subnet, plan.number);
        for (const uint16_t port : listening_ports(pids_[i], protocol + (v6 ? "6" : ""))) {
          if (passes(plan, protocol, port)) open.emplace(address, protocol, port);
        }
      }
    }
  }
  return open;
}

}  // namespace portolan::cli
