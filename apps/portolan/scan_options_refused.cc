// SPDX-License-Identifier: Apache-2.0
// What masscan and nmap take and `portolan scan` does not. Nothing of it is accepted and then ignored: each row says
// what to do instead.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Option;

constexpr std::array kRows{
    Option{.names = "conf config resume resume-index resume-count echo echo-all echo-cidr",
           .shorts = "-c",
           .kind = Kind::kRefused,
           .help = "this version reads no configuration files and does not resume: give the options themselves",
           .commands = "scan"},
    Option{.names = "min-rate min-parallelism max-parallelism min-hostgroup max-hostgroup scan-delay "
                    "max-scan-delay host-timeout initial-rtt-timeout min-rtt-timeout max-rtt-timeout",
           .shorts = "-T",
           .kind = Kind::kRefused,
           .help = "say how fast with --rate",
           .commands = "scan"},
    Option{.names = "infinite",
           .kind = Kind::kRefused,
           .help = "run the scan again, with another --seed",
           .commands = "scan"},
    Option{.names = "banners banner nobanners nobanner rawudp hello hello-file hello-filename hello-string "
                    "hello-timeout http-cookie http-header http-field http-method http-version http-url "
                    "http-uri http-user-agent http-host http-payload capture nocapture banner-types "
                    "banner-type banner-apps banner-app heartbleed ticketbleed vuln connection-timeout "
                    "tcp-timeout script version-intensity version-light version-all version-trace",
           .shorts = "-sV -sC -A",
           .kind = Kind::kRefused,
           .help = "this version asks which ports are open, and does not talk to what listens there: leave it out",
           .commands = "scan"},
    Option{.names = "nmap-payloads nmap-payload nmap-service-probes nmap-service-probe pcap-payloads "
                    "data-length",
           .kind = Kind::kRefused,
           .help = "UDP probes are built in and cannot be replaced: leave it out",
           .commands = "scan"},
    Option{.shorts = "-sT",
           .kind = Kind::kRefused,
           .help = "there is no scan by the kernel's connect(): leave it out, or use -sS",
           .commands = "scan"},
    Option{.shorts = "-sn -sP",
           .kind = Kind::kRefused,
           .help = "use --ping, and --arp for neighbours, without -p",
           .commands = "scan"},
    Option{.names = "scanflags badsum ip-options mtu",
           .shorts = "-sA -sF -sI -sM -sN -sW -sX -sY -f -b",
           .kind = Kind::kRefused,
           .help = "TCP is probed by SYN alone: use -sS, -sU, -sZ or -sO",
           .commands = "scan"},
    Option{.shorts = "-P",
           .kind = Kind::kRefused,
           .help = "every target is probed whether its host answers or not (-Pn); --ping asks for echoes too",
           .commands = "scan"},
    Option{.names = "osscan-limit osscan-guess traceroute",
           .shorts = "-O",
           .kind = Kind::kRefused,
           .help = "results carry TTL, window and TCP options; what they mean is left to others",
           .commands = "scan"},
    Option{.names = "router-ip",
           .kind = Kind::kRefused,
           .help = "the route decides; give the router's link address with --router-mac",
           .commands = "scan"},
    Option{.names = "dns-servers system-dns",
           .shorts = "-R",
           .kind = Kind::kRefused,
           .help = "names of targets are resolved as the system does it; results are not looked up",
           .commands = "scan"},
    Option{.names = "pfring sendq sendqueue send-eth send-ip privileged unprivileged release-memory "
                    "min-packet min-pkt bpf blackrock-rounds backtrace nobacktrace",
           .kind = Kind::kRefused,
           .help = "there is nothing to choose here: leave it out",
           .commands = "scan"},
    Option{.shorts = "-oX -oG -oJ -oB -oU -oH -oR -oA -oN -oS",
           .kind = Kind::kRefused,
           .help = "this version writes a list (-oL FILE) and JSON, one object a line (-oD FILE)",
           .commands = "scan"},
    Option{.names = "redis redis-pwd stylesheet no-stylesheet webxml rotate output-rotate rotate-output "
                    "rotate-time rotate-offset output-rotate-offset rotate-size output-rotate-filesize "
                    "rotate-filesize rotate-dir output-rotate-dir rotate-directory interactive "
                    "nointeractive ndjson-status status-ndjson json-status status-json",
           .kind = Kind::kRefused,
           .help = "this version writes to files that grow (-oL, -oD), and to the terminal",
           .commands = "scan"},
    Option{.names = "output-noshow noshow",
           .kind = Kind::kRefused,
           .help = "say what to report with --show",
           .commands = "scan"},
    Option{.names = "readscan readrange readranges banner1",
           .kind = Kind::kRefused,
           .help = "this version reads no results of other scans; -sL prints targets",
           .commands = "scan"},
    Option{.names = "iflist",
           .shorts = "-W",
           .kind = Kind::kRefused,
           .help = "ip address and ip route say it",
           .commands = "scan"},
    Option{.names = "debug debug-tcp tcp-debug log-errors reason",
           .shorts = "-d -v",
           .kind = Kind::kRefused,
           .help = "--packet-trace shows each frame, and --pcap keeps them",
           .commands = "scan"},
    Option{.names = "selftest regress benchmark nmap test notest port-ratio datadir",
           .shorts = "-F -r",
           .kind = Kind::kRefused,
           .help = "there is nothing like it here: leave it out",
           .commands = "scan"},
    Option{.shorts = "-iR",
           .kind = Kind::kRefused,
           .help = "name what to scan: a range, or a list by -iL",
           .commands = "scan"},
    Option{.names = "version",
           .shorts = "-V",
           .kind = Kind::kRefused,
           .help = "portolan --version says it",
           .commands = "scan"},
};

}  // namespace

std::span<const options::Option> refused_options() { return kRows; }

}  // namespace portolan::cli
