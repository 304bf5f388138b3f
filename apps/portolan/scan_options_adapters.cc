// SPDX-License-Identifier: Apache-2.0
// By which interfaces, from which addresses and ports, and to which router: --adapter and what belongs to it.
#include <fmt/format.h>

#include <array>

#include "addr/grammar.h"
#include "options/value.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kWay = "Interface and addresses";
constexpr size_t kMostPortRanges = 100;

addr::MacAddress mac_of(const Setting& s) {
  const auto mac = addr::MacAddress::parse(s.value);
  if (!mac) {
    refuse(fmt::format("'{}' is not a MAC address", s.value), s.where.to_string(), "write it as 00:11:22:aa:bb:cc");
  }
  return *mac;
}

addr::MacAddress own_mac_of(const Setting& s) {
  const addr::MacAddress mac = mac_of(s);
  if (mac.is_group()) {
    refuse(fmt::format("{} is a group address, which nobody can send from", s.value), s.where.to_string(),
           "the first byte of a station's address is even");
  }
  return mac;
}

void set_source_ports(ScanDraft& d, const Setting& s) {
  if (s.index && *s.index != 0) {
    refuse("all adapters send from the same ports", s.where.to_string(), "give --source-port once, without a number");
  }
  const auto ports = scan::SourcePorts::parse(s.value);
  if (!ports) refuse(ports.error().what, s.where.to_string(), ports.error().cure);
  if (const size_t ranges = ports->ranges().size(); ranges > kMostPortRanges) {
    refuse(fmt::format("{} ranges of source ports are more than {}", ranges, kMostPortRanges), s.where.to_string(),
           "give fewer and longer ranges: the kernel guard has rules for each");
  }
  d.request.source_ports = *ports;
}

// What has been said of the adapter with the setting's number; 0 where it has none.
AdapterDraft& adapter_of(ScanDraft& d, const Setting& s) {
  const auto [at, is_new] = d.adapters.try_emplace(s.index.value_or(0));
  if (is_new) at->second.where = s.where;
  return at->second;
}

void set_router_ip(ScanDraft& d, const Setting& s) {
  const auto address = addr::parse_address(s.value);
  if (!address) {
    refuse(fmt::format("'{}' is not a router's address", s.value), s.where.to_string(),
           "give one IPv4 or IPv6 address; give the option twice for one of each");
  }
  AdapterDraft& adapter = adapter_of(d, s);
  adapter.router_where = s.where;
  (address->is_v4() ? adapter.egress.router_v4 : adapter.egress.router_v6) = *address;
}

const std::array kRows{
    ScanOption{{.names = "adapter interface if",
                .shorts = "-e -i",
                .kind = Kind::kText,
                .value = "NAME",
                .fallback = "as routes say, for each target",
                .group = kWay,
                .help = "Sends by this interface only. With --adapter[1] NAME and so on there are several: targets are "
                        "dealt to them evenly, and what is said of one (--source-ip[1], --router-mac[1] ...) takes its "
                        "number; without one it is of adapter 0.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) { adapter_of(d, s).egress.interface = s.value; }},
    ScanOption{
        {.names = "source-ip adapter-ip source-address spoof-ip spoof-address src-ip",
         .shorts = "-S",
         .kind = Kind::kList,
         .value = "ADDRESSES",
         .fallback = "the interface's",
         .group = kWay,
         .help = "Sends from this address, or evenly from these addresses, ranges and prefixes, by commas; and answers "
                 "ARP and neighbor solicitations for those that the kernel does not have.",
         .commands = "scan",
         .indexed = true},
        [](ScanDraft& d, const Setting& s) {
          adapter_of(d, s).sources.push_back({s.value, s.where});
        }},
    ScanOption{{.names = "source-port adapter-port src-port",
                .shorts = "-g",
                .kind = Kind::kText,
                .value = "PORTS",
                .fallback = "a range that the kernel does not use",
                .group = kWay,
                .help = "Sends from this port, or evenly from these ports and ranges of ports, by commas.",
                .commands = "scan",
                .indexed = true},
               set_source_ports},
    ScanOption{{.names = "source-mac adapter-mac spoof-mac src-mac",
                .kind = Kind::kText,
                .value = "MAC",
                .fallback = "the interface's",
                .group = kWay,
                .help = "Sends from this link address.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) { adapter_of(d, s).egress.source_mac = own_mac_of(s); }},
    ScanOption{{.names = "router-mac router dest-mac destination-mac dst-mac target-mac",
                .kind = Kind::kText,
                .value = "MAC",
                .fallback = "found by ARP and NDP",
                .group = kWay,
                .help = "Sends everything to this link address, whatever the routes say.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) {
                 scan::EgressOverrides& egress = adapter_of(d, s).egress;
                 egress.router_mac_v4 = egress.router_mac_v6 = mac_of(s);
               }},
    ScanOption{{.names = "router-mac-ipv4 router-ipv4",
                .kind = Kind::kText,
                .value = "MAC",
                .group = kWay,
                .help = "The same for IPv4 alone.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) { adapter_of(d, s).egress.router_mac_v4 = mac_of(s); }},
    ScanOption{{.names = "router-mac-ipv6 router-ipv6",
                .kind = Kind::kText,
                .value = "MAC",
                .group = kWay,
                .help = "The same for IPv6 alone.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) { adapter_of(d, s).egress.router_mac_v6 = mac_of(s); }},
    ScanOption{{.names = "router-ip",
                .kind = Kind::kText,
                .value = "ADDRESS",
                .fallback = "as routes say, for each target",
                .group = kWay,
                .help = "Sends everything of this address's family to the router with this address, whatever the "
                        "routes say. It must be on the link: its link address is found by ARP and NDP.",
                .commands = "scan",
                .indexed = true},
               set_router_ip},
    ScanOption{{.names = "adapter-vlan vlan",
                .kind = Kind::kNumber,
                .value = "ID",
                .min = 1,
                .max = 4094,
                .fallback = "no tag",
                .group = kWay,
                .help = "Tags what is sent as of this 802.1Q network.",
                .commands = "scan",
                .indexed = true},
               [](ScanDraft& d, const Setting& s) {
                 adapter_of(d, s).egress.vlan = static_cast<uint16_t>(options::to_number(s.value));
               }},
    ScanOption{{.names = "no-kernel-guard",
                .group = kWay,
                .help = "Does not keep this machine's kernel from answering to what comes back. By default a firewall "
                        "table does, which the kernel removes when the scan ends, however it ends.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.kernel_guard = false; }},
};

}  // namespace

std::span<const ScanOption> adapter_options() { return kRows; }

}  // namespace portolan::cli
