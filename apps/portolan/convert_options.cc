// SPDX-License-Identifier: Apache-2.0
#include "portolan/convert_options.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "options/value.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kChoice = "Which results";
constexpr std::string_view kOutputs = "Results";
constexpr std::string_view kMore = "More";

// "csv:found.csv", "{ip}:{port}" is none.
void add_named(ScanDraft& d, const Setting& s) {
  const size_t colon = s.value.find(':');
  const auto by_word = output::format_from_name(s.value.substr(0, colon));
  if (colon != std::string::npos && by_word) {
    const std::string path = s.value.substr(colon + 1);
    if (!path.empty()) return d.request.outputs.push_back({*by_word, path});
  }
  const auto by_ending = output::format_from_path(s.value);
  if (!by_ending) {
    refuse("the format of '" + s.value + "' cannot be told", s.where.to_string(),
           "write --output FORMAT:FILE; formats are " + std::string(output::format_words()));
  }
  d.request.outputs.push_back({*by_ending, s.value});
}

void show(ScanDraft& d, const Setting& s) {
  const std::string words = "," + s.value + ",";
  const bool all = words.find(",all,") != std::string::npos;
  const auto has = [&](std::string_view w) { return all || words.find("," + std::string(w) + ",") != words.npos; };
  d.request.shown = {has("open"), has("closed"), has("filtered")};
}

const std::array kRows{
    ScanOption{{.names = "range ranges ip",
                .kind = Kind::kList,
                .value = "ADDRESSES",
                .group = kChoice,
                .help = "Only results of these addresses, ranges and networks.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.targets.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "includefile",
                .shorts = "-iL",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kChoice,
                .help = "The same, from a file.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.target_files.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "exclude",
                .kind = Kind::kList,
                .value = "ADDRESSES",
                .group = kChoice,
                .help = "No results of these.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.exclusions.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "excludefile",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kChoice,
                .help = "The same, from a file.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.exclusion_files.push_back({s.value, s.where});
               }},
    ScanOption{
        {.names = "ports port",
         .shorts = "-p",
         .kind = Kind::kList,
         .value = "PORTS",
         .group = kChoice,
         .help = "Only results of these ports, as 80,443,U:53,S:9,O:47,I:0: TCP without a letter, else UDP, SCTP, "
                 "other IP protocols, ICMP.",
         .commands = "convert"},
        [](ScanDraft& d, const Setting& s) {
          d.ports.push_back({{s.value, s.where}, {}});
        }},
    ScanOption{{.names = "exclude-ports exclude-port",
                .kind = Kind::kList,
                .value = "PORTS",
                .group = kChoice,
                .help = "No results of these ports; without a letter of any protocol.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.excluded_ports.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "ping",
                .group = kChoice,
                .help = "With -p: also hosts that answered echo requests.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting&) { d.ping = true; }},
    ScanOption{{.names = "arp",
                .group = kChoice,
                .help = "With -p: also neighbours that answered ARP or neighbor discovery.",
                .commands = "convert"},
               [](ScanDraft& d, const Setting&) { d.neighbors = true; }},
    ScanOption{{.names = "show",
                .kind = Kind::kWords,
                .value = "STATES",
                .words = "open closed filtered all",
                .fallback = "all",
                .group = kChoice,
                .help = "Which results to keep, by comma. A host that is up counts as open.",
                .commands = "convert"},
               show},
    ScanOption{{.names = "open-only open", .group = kChoice, .help = "The same as --show open.", .commands = "convert"},
               [](ScanDraft& d, const Setting&) { d.request.shown = Shown{}; }},

    ScanOption{{.names = "output",
                .kind = Kind::kList,
                .value = "[FORMAT:]FILE",
                .group = kOutputs,
                .help = "Writes FILE in any format, named before a colon or told by the file's ending, as "
                        "pairs:urls.txt or found.csv.",
                .commands = "convert"},
               add_named},
    ScanOption{{.names = "help",
                .shorts = "-h -?",
                .group = kMore,
                .help = "Prints this, and does nothing else.",
                .commands = "convert"},
               [](ScanDraft&, const Setting&) {}},
    ScanOption{{.names = "manual",
                .group = kMore,
                .help = "Prints the manual page, for man -l -, and does nothing else.",
                .commands = "convert"},
               [](ScanDraft&, const Setting&) {}},
};

using Example = options::Page::Example;
using Status = options::Page::Status;

constexpr std::array kExamples{
    Example{"portolan convert monday.bin tuesday.bin -oJ both.json", "Two of masscan's binary files into one of JSON."},
    Example{"portolan convert found.xml -p 443,8443 --show open --output pairs:- | httpx",
            "What is open of two ports, as address:port for another program."},
    Example{"portolan convert old.bin --read-banner-numbers 1.3 -oD new.ndjson",
            "Banners that masscan 1.3 (Debian's) wrote, by their right names."},
    Example{"ssh host cat found.ndjson | portolan convert - --range 10.9.0.0/16 -oX part.xml --xml-dialect nmap",
            "One network out of a pipe, for programs that read nmap's XML."},
};

constexpr std::array kStatuses{
    Status{0, "All was read and written."},
    Status{1, "An output could not be written whole."},
    Status{2,
           "The input was refused: the message says what, where, and the cure. What stood before a damaged place is in "
           "the "
           "outputs."},
};

std::vector<const ScanOption*> rows() {
  std::vector<const ScanOption*> all;
  const auto is_last = [](const ScanOption& row) { return row.option.group == kMore; };
  for (const ScanOption& row : kRows) {
    if (!is_last(row)) all.push_back(&row);
  }
  for (const ScanOption& row : output_options()) all.push_back(&row);
  for (const ScanOption& row : reading_options()) all.push_back(&row);
  for (const ScanOption& row : kRows) {
    if (is_last(row)) all.push_back(&row);
  }
  return all;
}

}  // namespace

const options::Page kConvertPage{
    .synopsis = "portolan convert [options] FILE...",
    .summary = "read results of scans and write them in other forms",
    .description =
        "Reads any number of files, or - for standard input, in any form that portolan writes (binary, JSON, one "
        "object a "
        "line, XML, list, grepable, CSV, unicornscan, address:port), that masscan writes, and nmap's XML and grepable "
        "files; the form is recognised. Writes all of them, in their order, into every output; without one as text on "
        "standard output.\n\n"
        "A file that ends inside a record, as after a kill, is read as far as it goes. At damage the reading ends, "
        "with a "
        "message that says where.",
    .examples = kExamples,
    .statuses = kStatuses,
    .see_also = "portolan(1) portolan-scan(1) jq(1) sqlite3(1)",
};

const options::Table& convert_table() {
  static const options::Table table("convert", [] {
    std::vector<const options::Option*> all;
    for (const ScanOption* row : rows()) all.push_back(&row->option);
    return all;
  }());
  return table;
}

ReadRequest make_convert_request(const options::Settings& settings) {
  ScanDraft draft;
  draft.request.shown = {true, true, true};
  const auto all = rows();
  for (const Setting& s : settings.settings) {
    const auto row = std::find_if(all.begin(), all.end(), [&](const ScanOption* r) { return &r->option == s.option; });
    if (row == all.end()) throw std::logic_error("a setting of no option of convert");
    (*row)->apply(draft, s);
  }
  for (const options::Word& w : settings.words) draft.reading.files.push_back({w.text, w.where});
  return make_read_request(std::move(draft));
}

}  // namespace portolan::cli
