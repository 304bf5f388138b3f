// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <utility>

#include "options/value.h"
#include "output/format.h"
#include "output/redis_sink.h"
#include "output/template_sink.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kResults = "Results";
constexpr std::string_view kRun = "The run";
constexpr std::string_view kNmapStylesheet = "https://nmap.org/svn/docs/nmap.xsl";

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

template <output::Format format>
void add_output(ScanDraft& d, const Setting& s) {
  d.request.outputs.push_back({format, s.value});
}

void add_redis(ScanDraft& d, const Setting& s) {
  std::string value = s.value;
  // masscan writes "10.0.0.9 6379" into its files.
  const size_t blank = value.find(' ');
  if (blank != std::string::npos && options::parse_number(value.substr(blank + 1))) value[blank] = ':';
  if (const auto server = output::parse_redis_server(value); !server) {
    refuse(server.error(), s.where.to_string(), "write HOST, HOST:PORT or [ADDRESS]:PORT");
  }
  d.request.outputs.push_back({output::Format::kRedis, std::move(value)});
}

// The set that -oA stands for: what people read, what nmap's readers take, and what programs read.
void add_all_outputs(ScanDraft& d, const Setting& s) {
  static constexpr std::pair<output::Format, std::string_view> kSet[] = {{output::Format::kXml, ".xml"},
                                                                         {output::Format::kGrepable, ".gnmap"},
                                                                         {output::Format::kList, ".list"},
                                                                         {output::Format::kJson, ".json"}};
  for (const auto& [format, ending] : kSet) d.request.outputs.push_back({format, s.value + std::string(ending)});
}

// A format by name, or a line of the user's own making.
void set_output_format(ScanDraft& d, const Setting& s) {
  if (s.value.find('{') != std::string::npos) {
    const auto form = output::Template::parse(s.value);
    if (!form) refuse(form.error(), s.where.to_string(), "write fields in braces, as '{ip},{port}'");
    d.request.template_text = s.value;
    d.output_format = output::Format::kTemplated;
    return;
  }
  const auto format = output::format_from_name(s.value);
  if (!format) {
    refuse(fmt::format("there is no output format '{}'", s.value), s.where.to_string(),
           fmt::format("one of: {}, or fields in braces, as '{{ip}},{{port}}'", output::format_words()));
  }
  d.output_format = *format;
}

void take_from(Shown& shown, const Shown& away) {
  shown.open &= !away.open;
  shown.closed &= !away.closed;
  shown.filtered &= !away.filtered;
}

constexpr options::Option file_row(std::string_view name, std::string_view shorts, std::string_view help) {
  return {.names = name,
          .shorts = shorts,
          .kind = Kind::kList,
          .value = "FILE",
          .group = kResults,
          .help = help,
          .commands = "scan convert"};
}

const std::array kRows{
    ScanOption{file_row("output-list", "-oL",
                        "Also writes results to FILE as a list, one a line; - is standard output. As many "
                        "outputs as are wanted may be given."),
               add_output<output::Format::kList>},
    ScanOption{file_row("output-ndjson", "-oD", "Also writes results to FILE as JSON, one object a line."),
               add_output<output::Format::kNdjson>},
    ScanOption{file_row("output-json", "-oJ", "Also writes results to FILE as one JSON array."),
               add_output<output::Format::kJson>},
    ScanOption{file_row("output-xml", "-oX", "Also writes results to FILE as XML."), add_output<output::Format::kXml>},
    ScanOption{file_row("output-grepable", "-oG", "Also writes results to FILE in the grepable form."),
               add_output<output::Format::kGrepable>},
    ScanOption{file_row("output-binary", "-oB", "Also writes results to FILE as masscan's binary file."),
               add_output<output::Format::kBinary>},
    ScanOption{file_row("output-unicornscan", "-oU", "Also writes results to FILE as unicornscan does."),
               add_output<output::Format::kUnicornscan>},
    ScanOption{file_row("output-hostonly", "-oH", "Also writes the address of each result to FILE."),
               add_output<output::Format::kHostOnly>},
    ScanOption{file_row("output-sqlite", "-oS", "Also writes results into FILE, an SQLite database."),
               add_output<output::Format::kSqlite>},
    ScanOption{{.names = "redis",
                .shorts = "-oR",
                .kind = Kind::kList,
                .value = "HOST:PORT",
                .group = kResults,
                .help = "Also writes results to a Redis server, under masscan's keys; the port is 6379 where none is "
                        "given.",
                .commands = "scan convert"},
               add_redis},
    ScanOption{{.names = "redis-pwd",
                .kind = Kind::kText,
                .value = "PASSWORD",
                .group = kResults,
                .help = "What the Redis server wants to hear first.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) { d.request.redis_password = s.value; }},
    ScanOption{{.names = "output-all",
                .shorts = "-oA",
                .kind = Kind::kList,
                .value = "BASE",
                .group = kResults,
                .help = "Also writes BASE.xml, BASE.gnmap (grepable), BASE.list and BASE.json.",
                .commands = "scan convert"},
               add_all_outputs},
    ScanOption{
        {.names = "output-format",
         .kind = Kind::kText,
         .value = "FORMAT",
         .words = "text list ndjson json xml grepable binary unicornscan hostonly certs csv pairs sqlite redis none",
         .group = kResults,
         .help = "The format of --output-filename: text list ndjson json xml grepable binary unicornscan hostonly "
                 "certs csv pairs (address:port) sqlite redis (with --redis) none, or a line of one's own with fields "
                 "in braces, as "
                 "'{ip},{port},{proto}'.",
         .commands = "scan convert"},
        set_output_format},
    ScanOption{{.names = "output-filename output-file",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kResults,
                .help = "Also writes results to FILE, in the format of --output-format; without one, that of FILE's "
                        "ending, or XML.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) { d.output_filename = s.value; }},
    ScanOption{{.names = "xml-dialect",
                .kind = Kind::kWord,
                .value = "WHOSE",
                .words = "masscan nmap",
                .fallback = "masscan",
                .group = kResults,
                .help = "Whose form XML and grepable files have: with nmap they are valid by its DTD, hosts grouped.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.dialect = s.value == "nmap" ? output::Dialect::kNmap : output::Dialect::kMasscan;
               }},
    ScanOption{{.names = "stylesheet",
                .kind = Kind::kText,
                .value = "URL",
                .group = kResults,
                .help = "Names a stylesheet in XML files.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) { d.request.stylesheet = s.value; }},
    ScanOption{{.names = "no-stylesheet",
                .group = kResults,
                .help = "Takes back an earlier --stylesheet or --webxml.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting&) { d.request.stylesheet.clear(); }},
    ScanOption{{.names = "webxml", .group = kResults, .help = "Names nmap's stylesheet.", .commands = "scan convert"},
               [](ScanDraft& d, const Setting&) { d.request.stylesheet = kNmapStylesheet; }},
    ScanOption{{.names = "flush",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kResults,
                .help = "Writes each result to the files at once, and not ten times a second.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.flush = options::to_bool(s.value); }},
    ScanOption{{.names = "interactive",
                .group = kResults,
                .help = "Also prints results on standard output while files are written.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.interactive = true; }},
    ScanOption{{.names = "nointeractive",
                .group = kResults,
                .help = "Prints no results while files are written, not even on a terminal.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting&) { d.request.interactive = false; }},
    ScanOption{{.names = "append-output output-append",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kResults,
                .help = "Adds to files that are there instead of replacing them.",
                .commands = "scan convert"},
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
    ScanOption{{.names = "noshow output-noshow",
                .kind = Kind::kWords,
                .value = "STATES",
                .words = "open closed filtered all",
                .group = kResults,
                .help = "Which results not to report, by comma; of those that --show names.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { take_from(d.request.shown, shown_of(s.value)); }},
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
    ScanOption{{.names = "numeric",
                .shorts = "-n",
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
