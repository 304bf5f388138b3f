// SPDX-License-Identifier: Apache-2.0
// What is asked of the program and not of the network (scan_questions.h), how much it says, and words of masscan and
// nmap that ask for what is always so.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Setting;

constexpr std::string_view kTold = "What is told";
constexpr std::string_view kAlways = "What is always so";

void note_nothing(ScanDraft&, const Setting&) {}

constexpr ScanOption told(std::string_view names, std::string_view shorts, std::string_view help,
                          void (*apply)(ScanDraft&, const Setting&) = note_nothing) {
  return {{.names = names, .shorts = shorts, .group = kTold, .help = help, .commands = "scan"}, apply};
}

constexpr ScanOption always(std::string_view names, std::string_view shorts, std::string_view help) {
  return {{.names = names, .shorts = shorts, .group = kAlways, .help = help, .commands = "scan"}, note_nothing};
}

const std::array kRows{
    told("verbose", "-v -d",
         "Says on standard error, before the first probe, what will be done: targets, seed, rate, and by which "
         "interface, from which address and by which router. Twice: as -vv.",
         [](ScanDraft& d, const Setting&) { ++d.request.verbosity; }),
    told("every-counter", "-vv -vvv -dd -ddd", "The same, and at the end every counter, also those that are 0.",
         [](ScanDraft& d, const Setting&) { d.request.verbosity += 2; }),
    told("ndjson-status status-ndjson", "",
         "Writes the status on standard error for programs: a JSON object a line, once a second and at the end, in "
         "place of the status line and the summary.",
         [](ScanDraft& d, const Setting&) { d.request.status = d.request.ndjson_status = true; }),
    told("iflist", "-W", "Lists the interfaces with their addresses and routers, and does nothing else."),
    told("nmap", "", "Lists nmap's options, and what each is here, and does nothing else."),
    told("version", "-V", "Says which version this is and what is built in, and does nothing else."),
    told("selftest regress", "",
         "Tries checksums, cookies, the order of a scan and a probe on known answers, and does nothing else. The exit "
         "status is 0 when all are right, else 1."),

    always("nobanners nobanner", "", "Asks for what is always so in this version: no banners are taken."),
    ScanOption{{.names = "nocapture",
                .kind = options::Kind::kWords,
                .value = "WHAT",
                .words = "cert servername html heartbleed ticketbleed",
                .group = kAlways,
                .help = "Asks for what is always so in this version: nothing is kept of banners.",
                .commands = "scan"},
               note_nothing},
    always("nobacktrace", "", "Asks for what is always so: after a crash the program does not try to explain itself."),
    always("send-eth", "", "Asks for what is always so: frames are made whole where the link has a header."),
    always("resolve-all", "", "Asks for what is always so: a host name stands for all of its addresses."),
    always("unique", "", "Asks for what is always so: a target that is named twice is asked once."),
    always("noninteractive", "", "Asks for what is always so: no keys are read."),
    always("ipv6", "-6", "Asks for what is always so: IPv6 targets are taken beside those of IPv4."),
};

}  // namespace

std::span<const ScanOption> info_options() { return kRows; }

}  // namespace portolan::cli
