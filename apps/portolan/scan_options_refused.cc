// SPDX-License-Identifier: Apache-2.0
// What masscan and nmap take and `portolan scan` does not. Nothing of it is accepted and then ignored: each row says
// why it is not here, and what to do instead.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Option;

constexpr Option names(std::string_view names, std::string_view cure) {
  return {.names = names, .kind = Kind::kRefused, .help = cure, .commands = "scan"};
}

constexpr Option shorts(std::string_view shorts, std::string_view cure) {
  return {.shorts = shorts, .kind = Kind::kRefused, .help = cure, .commands = "scan"};
}

constexpr Option both(std::string_view names, std::string_view shorts, std::string_view cure) {
  return {.names = names, .shorts = shorts, .kind = Kind::kRefused, .help = cure, .commands = "scan"};
}

constexpr std::array kRows{
    // How fast.
    names("min-rate", "the rate is kept as it is set, so it is the least and the most: say it with --rate"),
    shorts("-T", "nmap's templates name no rate: say how many probes a second with --rate"),
    names("min-parallelism max-parallelism min-hostgroup max-hostgroup",
          "targets are not taken in groups that wait for each other: say with --rate how fast probes leave"),
    names(
        "scan-delay max-scan-delay",
        "probes go round all targets in a random order, so there is no delay for one host: use --rate, as 0.5 for one "
        "probe in two seconds"),
    names("host-timeout",
          "no host is waited for, so none can take too long: --wait says how long to listen at the end"),
    names("initial-rtt-timeout min-rtt-timeout max-rtt-timeout",
          "answers are not waited for one by one: --retry-spacing is the time between two probes to one target, --wait "
          "the time to listen at the end"),
    names("defeat-rst-ratelimit defeat-icmp-ratelimit",
          "no answer slows the scan down, whether it is limited or not: leave it out, and use --retries for lost ones"),
    names("stats-every", "the status comes by itself; --ndjson-status gives it once a second, for programs"),

    // What listens there. Of a later version.
    both("banners banner", "-sV",
         "this version finds ports, and does not talk yet to what listens there: leave it out, and give what was found "
         "(--output-format pairs) to a program that does"),
    names("rawudp",
          "this version makes no banners of UDP answers yet: leave it out; --pcap FILE keeps every frame whole"),
    names("hello hello-file hello-filename hello-string http-cookie http-header http-field http-method http-version "
          "http-url http-uri http-user-agent http-host http-payload",
          "this version has no conversations over TCP yet, so nothing would be said: leave it out"),
    names("hello-timeout connection-timeout tcp-timeout",
          "this version holds no connections open yet, so none can take too long: leave it out"),
    names("capture", "this version takes no banners yet, so there is nothing to keep of them: leave it out"),
    names(
        "heartbleed ticketbleed vuln",
        "ports are found here, vulnerabilities are not tried: give what was found (--output-format pairs) to a program "
        "that does"),
    names("nmap-service-probes nmap-service-probe version-intensity version-light version-all version-trace allports "
          "servicedb versiondb",
          "services are not identified by this version: leave it out; what UDP ports are asked can be given with "
          "--nmap-payloads or --pcap-payloads"),
    both("script script-args script-args-file script-trace script-updatedb script-help script-timeout", "-sC",
         "no scripts run inside a scan: pipe the results into one, as in: portolan scan ... -oD - | script"),
    names("debug-tcp tcp-debug",
          "there is no TCP stack in this version whose steps could be shown: --packet-trace shows "
          "frames"),
    names("banner1",
          "it tries masscan's own recognition of banners on a capture, and this version has none: leave it "
          "out"),

    // Other ways of asking.
    shorts("-sT",
           "the kernel's connect() needs a socket for each port and is slow: use -sS, which needs the right to "
           "send raw packets"),
    both("scanflags", "-sA -sF -sM -sN -sW -sX",
         "only the answer to a SYN shows that a port is open and proves that it was asked: use -sS"),
    shorts("-sI", "an idle scan sends in the name of somebody else, who has not agreed: use -sS"),
    shorts("-b", "an FTP bounce scan is done by somebody else's server, who has not agreed: use -sS"),
    shorts("-D", "decoys would be seen to scan and have not agreed: scan from addresses of your own, --source-ip"),
    names("proxies", "probes are made by the packet and pass no proxy: run it where the packets may leave from"),
    names("badsum", "every host drops a packet with a wrong checksum, so nothing would be found: leave it out"),
    both("mtu", "-f", "probes are shorter than any link's MTU and are not cut to pieces: leave it out"),
    names("ip-options", "routers drop packets with IP options, so nothing would be found: leave it out"),
    names("data data-string data-length",
          "a UDP probe holds what the protocol of its port asks; bring others with --nmap-payloads or --pcap-payloads"),
    names("min-packet min-pkt",
          "a probe is as long as its protocol needs, and the link fills short frames up: leave it "
          "out"),
    shorts("-P", "every target is asked whether its host answers or not (-Pn); --ping asks for an ICMP echo as well"),
    names("disable-arp-ping discovery-ignore-rst",
          "no host is asked whether it is up before its ports are (-Pn): leave it out"),
    both("osscan-limit osscan-guess max-os-tries", "-O",
         "systems are not guessed: -oD gives the TTL, window and TCP options of each answer, by which others do"),
    shorts("-A", "it stands for -O, -sV, -sC and --traceroute, of which none is here: leave it out"),
    names("traceroute", "paths are not traced: -oD gives the TTL that each answer had left"),
    shorts("-iR", "addresses are not invented: name a range, and --resume-count N asks N of it, chosen at random"),
    shorts("-r",
           "ports are always tried in a random order, so that no host gets all at once: sort the results instead"),
    names("port-ratio", "ports are known by their rank: use --top-ports N"),
    both("dns-servers system-dns", "-R",
         "addresses of results are not looked up; names of targets are, by the system's resolver (/etc/resolv.conf)"),

    // Drivers and rights.
    names("pfring",
          "PF_RING is not used: --lane xdp sends and receives in the kernel's own driver, --lane af_xdp goes past the "
          "network stack; without --lane the fastest that the interface can is taken"),
    names("sendq sendqueue",
          "it is a queue of Windows' packet driver; here packet sockets (AF_PACKET, --lane packet) always send in "
          "batches: leave it out"),
    names("send-ip",
          "frames are made whole; links without a header (tun, ppp) get bare IP packets by themselves: leave "
          "it out"),
    names("privileged unprivileged",
          "rights are not assumed but used: run it by sudo, or give it CAP_NET_RAW and CAP_NET_ADMIN; without them "
          "-sL and --offline work"),
    names("bpf",
          "the filter of what is received is made from the scan's own addresses and ports: leave it out; --pcap "
          "FILE keeps what passed it"),
    names("nsock-engine", "there is one loop, on packet rings: leave it out; --lane chooses the ring"),
    names("blackrock-rounds",
          "the order is another permutation's, whose rounds are fixed: --seed N gives another order"),
    names("adler32", "SCTP has CRC32c since 2002 (RFC 3309), and no host takes the older sum: leave it out"),

    // For those who look for faults.
    names("debug",
          "--iflist shows interfaces, and -v shows by which one and from where the scan would go, also with "
          "--offline"),
    names("log-errors", "errors and warnings stand on standard error, never in results: keep them with 2>FILE"),
    names("reason", "-oD, -oJ, -oX and the templates' {reason} say why each port counts as what it does"),
    names("backtrace", "a crash leaves its traces to the system (coredumpctl, ulimit -c): leave it out"),
    names("release-memory", "all memory is given back when the program ends: leave it out"),
    names("benchmark",
          "--offline --rate 100m --wait 0 TARGETS makes probes and does not send them; its summary says how "
          "many a second"),
    names("test notest", "they do nothing in masscan either: --selftest checks this program"),
    names("datadir",
          "no data files are read: lists of ports and payloads are built in, and --nmap-payloads brings "
          "others"),

    // Output.
    names("json-status status-json", "each status is an object on a line of its own: use --ndjson-status"),
    shorts("-oN", "it is for people; they read -oL, or -oX with --xml-dialect nmap, from which nmap's tools make it"),
};

}  // namespace

std::span<const options::Option> refused_options() { return kRows; }

}  // namespace portolan::cli
