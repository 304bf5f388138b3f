// SPDX-License-Identifier: Apache-2.0
// What the help and the manual page of `portolan respond` say around its options.
#include <array>

#include "portolan/respond_options.h"

namespace portolan::cli {
namespace {

using Chapter = options::Page::Chapter;
using Example = options::Page::Example;
using Item = options::Page::Item;
using Status = options::Page::Status;

constexpr std::string_view kBeside =
    R"(A responder that plays an address which the machine itself has is not alone: the kernel would answer over it, with
resets, echo replies and unreachable ports. So a firewall table (nftables) drops what arrives for these addresses on this
interface before the kernel sees it; the responder sees it earlier. What the machine needs is let through: connections
that it opens itself, and the ports of --keep-port, which are by default those that it listens on when the responder
starts, ssh among them. There the responder is silent. The table belongs to the process: the kernel removes it when the
process ends, however it ends. --guard never leaves it out.

For addresses that the machine has not, such as a network that is routed to it, no table is needed or made.)";

constexpr std::string_view kExposed =
    R"(Answer only for addresses that are yours: without a list everything on the link is answered for, and an address that
somebody else has is taken from him. On a public address add --deny-special, since whoever seems to come from a private
network there has forged it.

Sources of UDP may be forged. Nobody is sent more bytes over it than came in his name before he has completed a TCP
handshake; --amplification changes that, for a closed laboratory. What looks like an answer is not answered, so that two
responders do not talk to each other for ever.

After its start the program is another user (--user), has no capability left, and may use only the system calls that it
needs. Files of logs are opened before, and their folder must be writable for that user if they are to be rotated.)";

constexpr std::array kSignals{
    Item{"SIGINT, SIGTERM", "End the program; its files are whole."},
    Item{"SIGHUP", "Has --rules read again. With a mistake in the file the old rules stay."},
};

constexpr std::array kChapters{
    Chapter{"BESIDE THE KERNEL", kBeside},
    Chapter{"EXPOSED TO EVERYBODY", kExposed},
    Chapter{"SIGNALS", {}, kSignals},
};

constexpr std::array kExamples{
    Example{"sudo portolan respond -i veth1 --self-ip-list 10.0.0.0/24", "Answers for a whole network on one link."},
    Example{"sudo portolan respond -i eth0 --self-ip-list 203.0.113.7 --deny-special --contacts contacts.ndjson",
            "A sensor on a public address: who came, and what they said."},
    Example{"sudo portolan respond -i veth1 --population seed=7,live=0.2,tcp=22:0.5 --self-ip-list 10.0.0.0/8",
            "Three million simulated hosts, the same ones every time."},
    Example{"portolan respond --population hosts.toml --truth 10.0.0.0/16 22,80,443 > truth.ndjson",
            "What a perfect scan of that population would find. Nothing is sent."},
};

constexpr std::array kStatuses{
    Status{0, "It was told to end and did, or what was asked was printed."},
    Status{1, "It began and failed: the message says why. The logs are whole."},
    Status{2, "The input was refused: the message says what, where, and the cure. Nothing was sent."},
};

}  // namespace

const options::Page kRespondPage{
    .synopsis = "portolan respond -i INTERFACE [options]",
    .summary = "answer scanners and bots, on one address or on whole networks",
    .description =
        R"(Lets them talk first: answers ARP, ping, every TCP SYN and many application protocols on every port, TCP and UDP,
IPv4 and IPv6, with its own TCP/IP stack, and tells who came and what they said. It plays one host, or with --population
up to billions of simulated ones.

It is made to be exposed: a SYN costs no memory, over UDP it never says more than it was told, it answers nobody faster
than its limits allow, and after its start it has no rights left but to send and receive on one interface.

Started under the name masscanned it behaves as that program does. Answer only for addresses that are yours.)",
    .examples = kExamples,
    .statuses = kStatuses,
    .chapters = kChapters,
    .see_also = "portolan(1) portolan-scan(1) portolan-score(1) nft(8)",
};

}  // namespace portolan::cli
