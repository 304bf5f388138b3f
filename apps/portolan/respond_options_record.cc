// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "options/value.h"
#include "portolan/errors.h"
#include "portolan/respond_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kRecords = "Records";
constexpr std::string_view kRun = "The run";

// "500", "500k", "500m", "2g", "1t": bytes, in powers of 1024.
uint64_t size_of(const Setting& s) {
  constexpr std::string_view kUnits = "kmgt";
  std::string_view digits = s.value;
  int shift = 0;
  const size_t unit = digits.empty() ? std::string_view::npos : kUnits.find(static_cast<char>(digits.back() | 0x20));
  if (unit != std::string_view::npos) {
    shift = static_cast<int>(unit + 1) * 10;
    digits.remove_suffix(1);
  }
  const auto number = options::parse_number(digits);
  if (!number || *number == 0 || *number > UINT64_MAX >> (shift + 1)) {
    refuse("'" + s.value + "' is not a size", s.where.to_string(), "write a number with k, m, g or t behind it: 500m");
  }
  return *number << shift;
}

const std::array kRows{
    RespondOption{{.names = "verbose",
                   .shorts = "-v",
                   .group = kRecords,
                   .help = "Says more on standard error: once what was answered, twice also what was ignored, three "
                           "times also every packet. Errors are always said.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.request.verbosity += 1; }},
    RespondOption{{.shorts = "-vv", .group = kRecords, .help = "The same as -v -v.", .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.request.verbosity += 2; }},
    RespondOption{{.shorts = "-vvv", .group = kRecords, .help = "The same as -v -v -v.", .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.request.verbosity += 3; }},
    RespondOption{{.names = "quiet",
                   .shorts = "-q",
                   .group = kRecords,
                   .help = "No log on standard output.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.request.quiet = true; }},
    RespondOption{
        {.names = "format",
         .kind = Kind::kWord,
         .value = "FORM",
         .words = "console logfmt json",
         .fallback = "console",
         .group = kRecords,
         .help = "The log on standard output: every packet in masscanned's two forms, or a JSON line for each "
                 "contact and conversation (docs/formats/contacts.md).",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) {
          d.request.form = s.value == "json"     ? LogForm::kJson
                           : s.value == "logfmt" ? LogForm::kLogfmt
                                                 : LogForm::kConsole;
        }},
    RespondOption{{.names = "contacts",
                   .kind = Kind::kText,
                   .value = "FILE",
                   .group = kRecords,
                   .help = "Also writes that JSON to FILE.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.contacts_path = s.value; }},
    RespondOption{{.names = "pcap",
                   .kind = Kind::kText,
                   .value = "FILE",
                   .group = kRecords,
                   .help = "Also writes every packet, both ways, to FILE as pcapng.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.capture_path = s.value; }},
    RespondOption{
        {.names = "snaplen",
         .kind = Kind::kNumber,
         .value = "BYTES",
         .min = 64,
         .max = 262'144,
         .fallback = "262144",
         .group = kRecords,
         .help = "Of each packet at most so many bytes.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.snap_length = static_cast<uint32_t>(std::stoul(s.value)); }},
    RespondOption{
        {.names = "payload-cap",
         .kind = Kind::kNumber,
         .value = "BYTES",
         .max = 2048,
         .fallback = "2048",
         .group = kRecords,
         .help = "Of what a client said, at most so many bytes in the JSON.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.payload_cap = static_cast<uint32_t>(std::stoul(s.value)); }},
    RespondOption{
        {.names = "rotate",
         .kind = Kind::kSeconds,
         .value = "SECONDS",
         .min = 1,
         .max = 31'536'000,
         .group = kRecords,
         .help = "Puts the files of --contacts and --pcap aside after this time, and begins new ones. The user "
                 "that the program becomes must be able to write to their folder.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.rotation.every = options::to_nanos(s.value); }},
    RespondOption{{.names = "rotate-size",
                   .kind = Kind::kText,
                   .value = "BYTES",
                   .group = kRecords,
                   .help = "The same when they have reached this size: 500m, 2g.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.rotation.most_bytes = size_of(s); }},
    RespondOption{{.names = "rotate-keep",
                   .kind = Kind::kNumber,
                   .value = "FILES",
                   .min = 1,
                   .max = 100'000,
                   .fallback = "10",
                   .group = kRecords,
                   .help = "How many files that were put aside are kept.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.request.rotation.keep = static_cast<uint32_t>(std::stoul(s.value));
                  }},
    RespondOption{
        {.names = "metrics",
         .kind = Kind::kText,
         .value = "[ADDRESS:]PORT",
         .group = kRecords,
         .help = "Shows all counters at http://127.0.0.1:PORT/metrics in the form that Prometheus reads. Only on "
                 "a loopback address; a process of its own, without any right, serves them.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.metrics = s.value; }},
    RespondOption{{.names = "status",
                   .kind = Kind::kBool,
                   .fallback = "yes",
                   .group = kRun,
                   .help = "A line a second on the terminal: packets, contacts, what was rationed or lost.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.status = options::to_bool(s.value); }},
    RespondOption{{.names = "duration",
                   .kind = Kind::kSeconds,
                   .value = "SECONDS",
                   .max = 31'536'000,
                   .group = kRun,
                   .help = "Ends by itself after this time.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.duration = options::to_nanos(s.value); }},
    RespondOption{{.names = "help", .shorts = "-h -?", .group = kRun, .help = "This text.", .commands = "respond"},
                  [](RespondDraft&, const Setting&) {}},
    RespondOption{
        {.names = "manual man", .group = kRun, .help = "The manual page, for man -l -.", .commands = "respond"},
        [](RespondDraft&, const Setting&) {}},
    RespondOption{
        {.names = "version", .shorts = "-V", .group = kRun, .help = "Which version this is.", .commands = "respond"},
        [](RespondDraft&, const Setting&) {}},
};

}  // namespace

std::span<const RespondOption> respond_record_options() { return kRows; }

}  // namespace portolan::cli
