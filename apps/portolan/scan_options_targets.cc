// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "options/value.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kTargets = "Targets";
constexpr std::string_view kPorts = "Ports and scan types";

void add_ports(ScanDraft& d, const Setting& s, std::optional<addr::Protocol> protocol) {
  d.ports.push_back({{s.value, s.where}, protocol});
}

void add_type(ScanDraft& d, addr::Protocol protocol) {
  if (std::find(d.scan_types.begin(), d.scan_types.end(), protocol) == d.scan_types.end()) {
    d.scan_types.push_back(protocol);
  }
}

const std::array kRows{
    ScanOption{
        {.names = "range ranges ip ipv4 dst-ip dest-ip destination-ip target-ip",
         .kind = Kind::kList,
         .value = "TARGETS",
         .group = kTargets,
         .help = "Addresses, ranges (192.0.2.1-192.0.2.9), prefixes (192.0.2.0/24, 2001:db8::/64), host names, or "
                 "single services (192.0.2.1:80, [2001:db8::1]:53/udp), by comma or blank. The same as words "
                 "without an option.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.targets.push_back({s.value, s.where});
        }},
    ScanOption{
        {.names = "includefile",
         .shorts = "-iL",
         .kind = Kind::kList,
         .value = "FILE",
         .group = kTargets,
         .help = "Reads targets from a file, or from standard input when it is -. Lines may hold comments after #.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.target_files.push_back({s.value, s.where});
        }},
    ScanOption{{.names = "exclude exclude-range exclude-ranges exclude-ip exclude-ipv4",
                .kind = Kind::kList,
                .value = "TARGETS",
                .group = kTargets,
                .help = "Addresses, ranges and prefixes that are never sent to, whatever else is said.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.exclusions.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "excludefile",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kTargets,
                .help = "Reads exclusions from a file. A file that cannot be read or understood stops the scan.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.exclusion_files.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "no-exclude-file",
                .group = kTargets,
                .help = "Says that a scan of more than 16,777,216 addresses is meant to have no exclusions.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.no_exclusions_needed = true; }},
    ScanOption{{.names = "include-reserved",
                .kind = Kind::kBool,
                .group = kTargets,
                .help = "Also takes private and reserved networks that lie inside a wider target. One that is a target "
                        "itself is always taken; multicast, broadcast and unspecified addresses never are.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.include_reserved = options::to_bool(s.value); }},

    ScanOption{
        {.names = "ports port dst-port dest-port destination-port target-port",
         .shorts = "-p",
         .kind = Kind::kList,
         .value = "PORTS",
         .group = kPorts,
         .help = "Ports by comma: 80, 20-25, -100, 60000-, - for all, or the name of a service. T: U: S: O: before "
                 "a port make it and those after it TCP, UDP, SCTP or an IP protocol; I:0 is an ICMP echo, I:1 a "
                 "timestamp.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) { add_ports(d, s, std::nullopt); }},
    ScanOption{{.names = "tcp-ports tcp-port",
                .kind = Kind::kList,
                .value = "PORTS",
                .group = kPorts,
                .help = "TCP ports, whatever the scan type.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { add_ports(d, s, addr::Protocol::kTcp); }},
    ScanOption{{.names = "udp-ports udp-port",
                .kind = Kind::kList,
                .value = "PORTS",
                .group = kPorts,
                .help = "UDP ports, whatever the scan type.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { add_ports(d, s, addr::Protocol::kUdp); }},
    ScanOption{{.names = "oprotos oproto",
                .kind = Kind::kList,
                .value = "NUMBERS",
                .group = kPorts,
                .help = "IP protocol numbers, whatever the scan type.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { add_ports(d, s, addr::Protocol::kIp); }},
    ScanOption{{.names = "exclude-ports exclude-port",
                .kind = Kind::kList,
                .value = "PORTS",
                .group = kPorts,
                .help = "Ports that are never tried, whatever else is said. Without a letter they are of all the "
                        "protocols that have ports.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.excluded_ports.push_back({s.value, s.where});
               }},
    ScanOption{
        {.names = "top-ports top-port",
         .kind = Kind::kNumber,
         .value = "N",
         .bare = "20",
         .min = 1,
         .max = 1000,
         .group = kPorts,
         .help = "The N ports most often found open: of TCP, or of the scan types TCP and UDP that are asked for.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.top_ports = static_cast<uint32_t>(options::to_number(s.value));
          d.top_ports_where = s.where;
        }},
    ScanOption{
        {.names = "fast", .shorts = "-F", .group = kPorts, .help = "The same as --top-ports 100.", .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.top_ports = 100;
          d.top_ports_where = s.where;
        }},
    ScanOption{{.names = "scan-tcp",
                .shorts = "-sS",
                .group = kPorts,
                .help = "TCP SYN: what ports without a letter mean by default.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { add_type(d, addr::Protocol::kTcp); }},
    ScanOption{{.names = "scan-udp",
                .shorts = "-sU",
                .group = kPorts,
                .help = "UDP: ports without a letter are UDP ports; with -sS, both. Where it stands does not matter.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { add_type(d, addr::Protocol::kUdp); }},
    ScanOption{{.names = "scan-sctp",
                .shorts = "-sZ -sY",
                .group = kPorts,
                .help = "SCTP INIT, likewise.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { add_type(d, addr::Protocol::kSctp); }},
    ScanOption{{.names = "scan-ip",
                .shorts = "-sO",
                .group = kPorts,
                .help = "IP protocols, likewise: the numbers after -p are those of protocols.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { add_type(d, addr::Protocol::kIp); }},
    ScanOption{{.names = "ping ping-sweep",
                .kind = Kind::kBool,
                .group = kPorts,
                .help = "Also asks each address for an ICMP echo. Needs no ports.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.ping = options::to_bool(s.value); }},
    ScanOption{{.names = "hosts-only",
                .shorts = "-sn -sP",
                .group = kPorts,
                .help = "Asks which hosts are up: an ICMP echo to each address, and no ports. On the local link "
                        "--arp finds those too that do not answer it.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.ping = true;
                 d.hosts_only = s.where;
               }},
    ScanOption{
        {.names = "arp arpscan",
         .kind = Kind::kBool,
         .group = kPorts,
         .help = "Also looks for neighbours on the local link: IPv4 by ARP, IPv6 by neighbor solicitation. Needs "
                 "no ports.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) { d.neighbors = options::to_bool(s.value); }},
    ScanOption{{.names = "list-targets",
                .shorts = "-sL",
                .group = kPorts,
                .help = "Prints the targets in the order in which they would be probed, and sends nothing.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.mode = Mode::kList; }},
};

}  // namespace

std::span<const ScanOption> target_options() { return kRows; }

}  // namespace portolan::cli
