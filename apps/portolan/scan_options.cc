// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_options.h"

#include <array>
#include <stdexcept>

namespace portolan::cli {
namespace {

using Example = options::Page::Example;
using Status = options::Page::Status;

constexpr std::array kExamples{
    Example{"sudo portolan scan 192.168.1.0/24 --top-ports 100",
            "The hundred most common TCP ports of one's own network."},
    Example{"sudo portolan scan 2001:db8:1::/120 -p 22,80,443 -sS -sU", "TCP and UDP, over IPv6."},
    Example{"sudo portolan scan 10.0.0.0/8 -p 443 --rate 20k --exclude 10.9.0.0/16 -oD found.ndjson",
            "A large private network at 20,000 probes a second, without one part of it, results to a file."},
    Example{"portolan scan -sL 192.0.2.0/28 -p 80 --seed 7 --shard 1/2",
            "What the first of two machines would probe, in that order. Nothing is sent."},
    Example{"sudo portolan scan --arp 192.168.1.0/24", "Which neighbours are there."},
};

constexpr std::array kStatuses{
    Status{0, "The scan came to its end, or what was asked was printed."},
    Status{1, "The scan began and failed: the message says why. Results so far are in the files."},
    Status{2, "The input was refused: the message says what, where, and the cure. Nothing was sent."},
};

std::vector<const options::Option*> all_options() {
  std::vector<const options::Option*> rows;
  for (const auto& part : {target_options(), probe_options(), output_options()}) {
    for (const ScanOption& row : part) rows.push_back(&row.option);
  }
  for (const options::Option& row : refused_options()) rows.push_back(&row);
  return rows;
}

const ScanOption& scan_option_of(const options::Setting& setting) {
  for (const auto& part : {target_options(), probe_options(), output_options()}) {
    for (const ScanOption& row : part) {
      if (&row.option == setting.option) return row;
    }
  }
  throw std::logic_error("a setting of no option of scan");
}

}  // namespace

const options::Page kScanPage{
    .synopsis = "portolan scan [options] TARGET...",
    .summary = "find open ports, on one host or on whole networks",
    .description =
        "Sends one probe to each port of each target, in a random order and at a steady rate, and reports what "
        "answers. "
        "Only answers that prove to be meant for this scan count. Scanning needs the right to send raw packets; run it "
        "by sudo.\n\n"
        "Options may be spelt --name value, --name=value or --name:value; case, hyphens, underscores and dots inside a "
        "name do not matter. For options with one value the last one given counts; lists add up. Any doubt about the "
        "input ends the program before a packet is sent.\n\n"
        "Scan only networks that are yours or whose owners have agreed.",
    .examples = kExamples,
    .statuses = kStatuses,
};

const options::Table& scan_table() {
  static const options::Table table("scan", all_options());
  return table;
}

ScanDraft apply_settings(const options::Settings& settings) {
  ScanDraft draft;
  for (const options::Setting& s : settings.settings) scan_option_of(s).apply(draft, s);
  for (const options::Word& w : settings.words) draft.targets.push_back({w.text, w.where});
  return draft;
}

}  // namespace portolan::cli
