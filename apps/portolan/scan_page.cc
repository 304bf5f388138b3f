// SPDX-License-Identifier: Apache-2.0
// What the help and the manual page of `portolan scan` say around its options.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using Chapter = options::Page::Chapter;
using Example = options::Page::Example;
using Item = options::Page::Item;
using Status = options::Page::Status;

constexpr std::string_view kTargets =
    R"(A target is an address, a range (192.0.2.1-192.0.2.9), a prefix (192.0.2.0/24, 2001:db8::/64), a host name, or one
service of an address (192.0.2.1:80, [2001:db8::1]:53/udp). Any number of them is taken, IPv4 and IPv6 together, and an
address that is named twice is asked once. Names are resolved once, before the scan.

Special-purpose networks (private, documentation, reserved) that merely lie inside of something wider are left out, and
the program says which; one that is itself a target is scanned. Multicast, broadcast and unspecified addresses are never
sent to. Exclusions count more than targets, in whichever order they are given. Who asks for more than 16,777,216
addresses must name exclusions, or say by --no-exclude-file that there are none.)";

constexpr std::string_view kResults =
    R"(Each answer that counts is one result. It is printed on standard output as a sentence, and written to every output
that was asked for; several outputs at once are fine. A file is whole at every moment, also after the program was killed.
No answer is no result: the probe or the answer was lost, or a firewall is silent. --retries tells the one from the other.)";

constexpr std::array kStates{
    Item{"open", "Something accepts connections, or answers, there."},
    Item{"closed", "The host says that nothing is there. Shown with --show closed or --show all."},
    Item{"filtered", "An ICMP error says that it cannot or may not be reached. Shown likewise."},
    Item{"up", "A neighbour that answered ARP or neighbor solicitation. Counts as open for --show."},
};

constexpr std::string_view kConfiguration =
    R"(Every long option is also a name in a configuration file, which --conf reads at its place among the other options. A
line is "name = value", with the values of the command line; of an option that has none it is true or false. A line that
begins with # is a remark; behind a value it would be a part of it. Of options with one value the last line counts, lines
of lists add up, and "name =" takes back what was said of it before, so that a list is empty again. A name that is not
known, a value that does not fit or a line without "=" stops the program with the file and the line.

  # whom, and whom never
  range = 192.168.1.0/24
  range = 192.168.2.1-192.168.2.99
  exclude = 192.168.1.1
  # what, and how fast
  ports = T:22,80,443,U:53
  rate = 500
  open-only = true
  output-format = ndjson
  output-filename = office.ndjson

Before everything else /etc/portolan/portolan.conf is read if it is there; under the name masscan it is
/etc/masscan/masscan.conf. When it sets anything the program says so on standard error. This is the place for what holds
for every scan of a machine: its interface, and above all the networks that are to be left alone. With --readscan it is
not read.

--echo prints the settings as such a file and does nothing else. docs/formats/configuration.md in the source has the
grammar.)";

constexpr std::string_view kOrder =
    R"(A scan is a list of probes, every port of every target, numbered from 0 and visited in a random order, so that no
network is asked much at a time. The order is worked out, not stored: it follows from the targets, the ports and the seed
alone, whatever the rate. Who gives the same three sees the same order; -sL prints it and sends nothing.

So a scan can be split. With --shard 1/3, 2/3 and 3/3 and one --seed three machines do a third each, nothing twice and
nothing left out. --resume-index and --resume-count cut out a stretch of the order instead: a script can hand out pieces
of a million probes as machines become free. Without --seed one is drawn, and every shard would have an order of its own.)";

constexpr std::string_view kRate =
    R"(The default of 100 probes a second is slow on purpose. Raise it step by step, with an eye on the summary: kernel_dropped
and send_refused say that this machine could not keep up, and results may be missing. The weakest device on the way often
is a home router or a firewall, which keeps a record of every probe and stops forwarding anything when it has no room left;
nothing in our own counters shows that, but recall does: scan a network that you know.

Up to 250,000 probes a second leave by packet sockets (the lane packet). Faster scans take a lane on which the kernel's
driver makes the probes (xdp) or which passes the network stack by (af_xdp), if the interface can; the program says at its
start which one it took, and why not another. The link is the last bound: one Gbit/s carries 1,488,095 SYNs a second.
docs/performance.md in the source says what to expect and what to tune.)";

constexpr std::string_view kStack =
    R"(The program makes its packets itself and reads the answers itself, past the kernel: it has its own IPv4, IPv6, ARP,
neighbor discovery, ICMP, UDP, SCTP and the part of TCP that a scan needs. From the kernel it takes interfaces, addresses
and routes, once, at the start. What it finds there can be overruled: --adapter, --source-ip, --source-port, --source-mac,
--adapter-vlan, --router-mac.

It keeps no record of what it has asked. A keyed hash of both ends is the TCP sequence number, or stands in the payload or
the ports, and an answer has to bring it back. Whatever does not prove itself in this way is counted and dropped; where a
protocol leaves no room for a proof the result says so.)";

constexpr std::string_view kResets =
    R"(As a rule both stacks share the machine's address. The kernel knows nothing of our probes: a SYN-ACK to one is a
stranger's to it, and it answers with an RST (over SCTP with an ABORT, over UDP with a port unreachable). That is traffic
that nobody asked for, and it would cut a connection that we mean to keep.

So while a scan runs, a firewall table of its own (nftables, "nft list ruleset" shows it) drops what arrives for the
scan's source ports before the kernel sees it; we see it earlier. Nothing else is touched, and the ports are ones that the
kernel does not use. The table belongs to the process: the kernel removes it when the process ends, however it ends. No
rule of yours is needed. If the table cannot be made (it needs CAP_NET_ADMIN and Linux 5.12), the scan says so, prints the
commands that do the same by hand, and goes on. --no-kernel-guard leaves it out.

The lanes xdp and af_xdp need no table, since they take answers before the kernel's stack. Nor does a --source-ip that is
not the machine's: take an address of the local network that nobody else has. The scan answers ARP and neighbor
solicitation for it, and the kernel does not care about it.

An RST that the program itself sends to each open port is no accident: it spares the other side a half-open connection.
--noreset leaves it out.)";

constexpr std::string_view kStopping =
    R"(Ctrl-c ends the sending. The program then listens for as long as --wait says, since answers are still on their way,
finishes its files and ends; a second Ctrl-c ends the waiting too. The files are whole in either case.

The state of a scan is kept in paused.conf, in the current folder, every few seconds and at its end, so that a scan that
was stopped, killed or cut off by a power failure goes on from there:

  portolan scan --resume paused.conf

What is done is neither asked nor reported again, but for the last seconds before a kill, and results are appended to the
same files. Exclusions may be added, and what changes no order, such as the rate; anything else is refused. A scan that
has come to its end removes the file. masscan can read the parts of it that it knows, and masscan's own is taken too.

While it runs, portolan-ctl(1) asks it how far it is, changes the rate, pauses it and excludes addresses.)";

constexpr std::array kSignals{
    Item{"SIGINT, SIGTERM, SIGHUP", "End the sending, as Ctrl-c does; a second one ends the program."},
    Item{"SIGUSR1, SIGUSR2",
         "Make the rate a quarter higher, and take one such step back. Without effect with --rate 0 or unlimited."},
};

constexpr std::string_view kScripts =
    R"(Results are on standard output or in files, everything else on standard error; the exit status says how it went.
-oD - writes results to a pipe as JSON, one object a line, ten times a second, or with --flush each at once.
--ndjson-status says on standard error, in the same form, how far the scan is, with all of its counters. portolan ctl
--json asks a scan that was started elsewhere. Nothing is ever asked on the terminal.)";

constexpr std::string_view kComplaints =
    R"(Somebody reads the logs at the other end. A scan of networks that are not yours, or not yours alone, is going to be
noticed, and may be against the law where you are or where they are. What has kept other surveys out of trouble:

Have it in writing. In an organisation the owner of the network, and the people who watch it, agree to time, targets and
reason before the first packet. The one whose name is on the line, a provider or an employer, hears of it from you first
and not from a complaint.

Be found easily. Scan from an address whose reverse DNS name speaks for itself (research-scan.example.org), with a web
page behind it that says who you are, what you do, why, and how to be left alone; put a mailbox that a person reads into
its registry entry. Do not move from address to address. A fixed --source-port lets others recognise you, and filter you.

Be slow. The random order spreads a scan over all networks, but the sum is what a provider sees. Ask only for the ports
that you need, once; --retries multiplies.

Take no for an answer, at once and for good. Put whoever asks into an exclude file that every scan reads (excludefile =
in /etc/portolan/portolan.conf). "portolan ctl exclude" takes them out of a scan that runs, also when it is resumed later,
and --exclude with --resume out of one that goes on. An exclude file that cannot be read stops the scan: it never counts as empty.)";

constexpr std::string_view kDifferences =
    R"(masscan's options, aliases and files are taken. Where the two differ, it is meant:

Doubt stops. An option, a target, an exclusion or a file that cannot be understood ends the program before anything is
sent, with status 2. An option that would do nothing is refused, with what to do instead; --nmap lists nmap's words.

The order of probes does not depend on the rate, so shards and stretches fit together whatever the speed of each machine.
--retries N sends up to N further probes, and only to those that are silent. --resume-count ends.

-sU says what ports without a letter are, wherever it stands. Ranges of source ports may have any length. Answers on UDP
and ICMP have to prove themselves as those on TCP do, or say that they could not. Resets of the kernel are kept away without rules of yours.

Results are valid in their format whatever happens, JSON is RFC 8259, and --xml-dialect nmap is valid by nmap's DTD. The
records of masscan's own forms are as its parsers know them.

Started under the name masscan, by a link, the program is this command: it reads masscan's configuration, and prints
masscan's sentences on standard output and its status line on standard error.)";

constexpr std::array kEnvironment{
    Item{"NO_COLOR", "When it is set, --color auto means never."},
    Item{"XDG_RUNTIME_DIR", "Where the control socket of a user other than root is made."},
};

constexpr std::array kFiles{
    Item{"/etc/portolan/portolan.conf", "Settings that are read before all others."},
    Item{"/etc/masscan/masscan.conf", "The same, when the program was started under the name masscan."},
    Item{"paused.conf", "The state of a scan that is not finished; paused.2.conf and so on beside another one's."},
    Item{"paused.conf.PID.answered", "Which targets have answered, beside it. Both are for their owner only."},
    Item{"/run/portolan/scan-PID.sock",
         "The control socket of a scan that root runs; of others $XDG_RUNTIME_DIR/portolan/scan-PID.sock."},
};

constexpr std::array kChapters{
    Chapter{"TARGETS", kTargets},
    Chapter{"RESULTS", kResults, kStates},
    Chapter{"CONFIGURATION FILE", kConfiguration},
    Chapter{"ORDER, SHARDS AND STRETCHES", kOrder},
    Chapter{"RATE AND ITS LIMITS", kRate},
    Chapter{"THE PROGRAM'S OWN TCP/IP STACK", kStack},
    Chapter{"SPURIOUS RESETS", kResets},
    Chapter{"STOPPING AND GOING ON", kStopping},
    Chapter{"SIGNALS", {}, kSignals},
    Chapter{"IN SCRIPTS", kScripts},
    Chapter{"COMPLAINTS", kComplaints},
    Chapter{"DIFFERENCES FROM MASSCAN", kDifferences},
    Chapter{"ENVIRONMENT", {}, kEnvironment},
    Chapter{"FILES", {}, kFiles},
};

constexpr std::array kExamples{
    Example{"sudo portolan scan 192.168.1.0/24 --top-ports 100",
            "The hundred most common TCP ports of one's own network."},
    Example{"sudo portolan scan 2001:db8:1::/120 -p 22,80,443 -sS -sU", "TCP and UDP, over IPv6."},
    Example{"sudo portolan scan 10.0.0.0/8 -p 443 --rate 20k --exclude 10.9.0.0/16 -oD found.ndjson",
            "A large private network at 20,000 probes a second, without one part of it, results to a file."},
    Example{"sudo portolan scan --resume paused.conf", "The same, after Ctrl-c or a power cut."},
    Example{"sudo portolan scan -iL hosts.txt -p 80,443 --retries 2 -oA found",
            "Targets from a file, the silent ones asked again, results as XML, grepable, list and JSON."},
    Example{"portolan scan -sL 192.0.2.0/28 -p 80 --seed 7 --shard 1/2",
            "What the first of two machines would probe, in that order. Nothing is sent."},
    Example{"sudo portolan scan --arp 192.168.1.0/24", "Which neighbours are there."},
    Example{"portolan scan 10.0.0.0/8 -p 443 --rate 20k --echo > office.conf",
            "The same words as a file, for: sudo portolan scan --conf office.conf. Nothing is sent."},
    Example{"portolan scan --readscan monday.bin -oX monday.xml", "One of masscan's binary files as XML."},
};

constexpr std::array kStatuses{
    Status{0, "The scan came to its end, or what was asked was printed."},
    Status{1, "The scan began, and was stopped or failed: the message says why. Results so far are in the files."},
    Status{2, "The input was refused: the message says what, where, and the cure. Nothing was sent."},
};

}  // namespace

const options::Page kScanPage{
    .synopsis = "portolan scan [options] TARGET...",
    .summary = "find open ports, on one host or on whole networks",
    .description =
        R"(Sends one probe to each port of each target, in a random order and at a steady rate, and reports what answers.
Only answers that prove to be meant for this scan count. Scanning needs the right to send raw packets; run it by sudo.

Options may be spelt --name value, --name=value or --name:value; case, hyphens, underscores and dots inside a name do not
matter. For options with one value the last one given counts; lists add up. Any doubt about the input ends the program
before a packet is sent.

Scan only networks that are yours or whose owners have agreed.)",
    .examples = kExamples,
    .statuses = kStatuses,
    .chapters = kChapters,
    .see_also = "portolan(1) portolan-ctl(1) portolan-convert(1) portolan-respond(1) nft(8) nmap(1) masscan(8)",
};

}  // namespace portolan::cli
