// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "options/value.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kResults = "Results";
constexpr std::string_view kRun = "The run";

Shown shown_of(std::string_view words) {
  Shown shown{.open = false};
  while (!words.empty()) {
    const size_t end = std::min(words.find(','), words.size());
    const std::string_view word = words.substr(0, end);
    shown.open |= word == "open" || word == "all";
    shown.closed |= word == "closed" || word == "all";
    shown.filtered |= word == "filtered" || word == "all";
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return shown;
}

// --offline=no takes back an earlier --offline, and nothing else.
void set_offline(ScanDraft& d, const Setting& s) {
  Mode& mode = d.request.mode;
  if (mode != Mode::kList) mode = options::to_bool(s.value) ? Mode::kOffline : Mode::kScan;
}

When when_of(std::string_view word) {
  if (word == "always") return When::kAlways;
  return word == "never" ? When::kNever : When::kAuto;
}

const std::array kRows{
    ScanOption{
        {.shorts = "-oL",
         .kind = Kind::kList,
         .value = "FILE",
         .group = kResults,
         .help = "Also writes results to FILE as a list, one a line; - is standard output. As many outputs as are "
                 "wanted may be given.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.request.outputs.push_back({Format::kList, s.value});
        }},
    ScanOption{{.shorts = "-oD",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kResults,
                .help = "Also writes results to FILE as JSON, one object a line.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.outputs.push_back({Format::kNdjson, s.value});
               }},
    ScanOption{
        {.names = "output-format",
         .kind = Kind::kWord,
         .value = "FORMAT",
         .words = "list ndjson",
         .group = kResults,
         .help = "The format of --output-filename.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) { d.output_format = s.value == "list" ? Format::kList : Format::kNdjson; }},
    ScanOption{{.names = "output-filename output-file",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kResults,
                .help = "Also writes results to FILE, in the format of --output-format.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.output_filename = s.value; }},
    ScanOption{{.names = "append-output output-append",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kResults,
                .help = "Adds to files that are there instead of replacing them.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.append = options::to_bool(s.value); }},
    ScanOption{{.names = "show output-show output-status",
                .kind = Kind::kWords,
                .value = "STATES",
                .words = "open closed filtered all",
                .fallback = "open",
                .group = kResults,
                .help = "Which results to report, by comma.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.shown = shown_of(s.value); }},
    ScanOption{{.names = "open-only open output-show-open",
                .group = kResults,
                .help = "The same as --show open.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.shown = Shown{}; }},
    ScanOption{{.names = "color",
                .kind = Kind::kWord,
                .value = "WHEN",
                .words = "auto always never",
                .fallback = "auto",
                .group = kResults,
                .help = "Colours on the terminal. auto also honours NO_COLOR.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.color = when_of(s.value); }},
    ScanOption{{.names = "status",
                .kind = Kind::kBool,
                .fallback = "yes",
                .group = kResults,
                .help = "Says now and then on standard error how far the scan has come.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.status = options::to_bool(s.value); }},
    ScanOption{{.names = "nostatus", .group = kResults, .help = "The same as --status no.", .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.status = false; }},
    ScanOption{{.shorts = "-n",
                .group = kResults,
                .help = "Asks for what is always done: addresses of results are not looked up in DNS.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},

    ScanOption{{.names = "offline dry-run notransmit nosend",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kRun,
                .help = "Does everything but send.",
                .commands = "scan"},
               set_offline},
    ScanOption{{.names = "cpus cpu",
                .kind = Kind::kText,
                .value = "LIST",
                .group = kRun,
                .help = "Scans with several lanes, one on each CPU of LIST, as 0-3,8: each sends and receives a part "
                        "of the whole. Without it there is one lane, on whichever CPU is free.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.cpus = Sourced{s.value, s.where};
               }},
    ScanOption{{.names = "packet-trace trace-packet",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kRun,
                .help = "Prints a line on standard error for each frame that is sent or received.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.packet_trace = options::to_bool(s.value); }},
    ScanOption{{.names = "pcap pcap-filename",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kRun,
                .help = "Keeps a copy of all received frames in FILE, for tcpdump and the like.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.pcap_path = s.value; }},
    ScanOption{{.names = "help",
                .shorts = "-h -?",
                .group = kRun,
                .help = "Prints this, and does nothing else.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},
    ScanOption{{.names = "manual",
                .group = kRun,
                .help = "Prints the manual page, for man -l -, and does nothing else.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},
};

}  // namespace

std::span<const ScanOption> output_options() { return kRows; }

}  // namespace portolan::cli
