// SPDX-License-Identifier: Apache-2.0
// Long scans: parts of one, going on with one, and being told things while one runs.
#include <fmt/format.h>

#include <array>

#include "options/value.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kLong = "Long scans";
constexpr uint64_t kDay = 24 * 3600;

base::u128 index_of(const Setting& s) {
  const auto index = base::parse_u128(s.value);
  if (!index) refuse(fmt::format("'{}' is not an index", s.value), s.where.to_string(), "write decimal digits");
  return *index;
}

const std::array kRows{
    ScanOption{{.names = "resume",
                .kind = Kind::kText,
                .value = "FILE",
                .group = kLong,
                .help = "Goes on with the scan that FILE (paused.conf) is of, with its settings, and appends to its "
                        "outputs. Further settings count after those of the file; only what does not change which "
                        "targets are asked in which order is taken, and --exclude, which then holds as well.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},  // take_resumed() has taken it out
    ScanOption{{.names = "resume-index",
                .kind = Kind::kText,
                .value = "N",
                .fallback = "0",
                .group = kLong,
                .help = "Begins at the N-th probe of the order, counted from 0.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.plan.part.first_index = index_of(s); }},
    ScanOption{{.names = "resume-count",
                .kind = Kind::kText,
                .value = "N",
                .fallback = "all",
                .group = kLong,
                .help = "Asks that many probes of the order, and ends; 0 means all. Shards take their part of them.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 const base::u128 count = index_of(s);
                 d.request.plan.part.count = count == 0 ? base::kU128Max : count;
               }},
    ScanOption{{.names = "infinite",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kLong,
                .help = "Scans again and again until it is stopped, each round in another order.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.infinite = options::to_bool(s.value); }},
    ScanOption{
        {.names = "exclude-late",
         .kind = Kind::kList,
         .value = "TARGETS",
         .group = kLong,
         .help = "Addresses that are targets and yet never sent to; the order of the others stays as it is. What "
                 "--exclude becomes with --resume.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.late_exclusions.push_back({s.value, s.where});
        }},
    ScanOption{{.names = "excludefile-late",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kLong,
                .help = "The same, from a file.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.late_exclusion_files.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "exclude-ports-late",
                .kind = Kind::kList,
                .value = "PORTS",
                .group = kLong,
                .help = "The same, for ports: what --exclude-ports becomes with --resume.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.late_excluded_ports.push_back({s.value, s.where});
               }},
    ScanOption{{.names = "checkpoint",
                .kind = Kind::kText,
                .value = "FILE",
                .words = "off",
                .fallback = "paused.conf",
                .group = kLong,
                .help = "Where the state of the scan is kept while it runs, for --resume; off: nowhere. A scan that "
                        "comes to its end removes it.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.checkpoint_path = s.value; }},
    ScanOption{{.names = "checkpoint-interval",
                .kind = Kind::kSeconds,
                .value = "SECONDS",
                .min = 1,
                .max = kDay,
                .fallback = "5",
                .group = kLong,
                .help = "How often.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.checkpoint_every = options::to_nanos(s.value); }},
    ScanOption{{.names = "control",
                .kind = Kind::kText,
                .value = "PATH",
                .words = "off",
                .fallback = "a socket in /run/portolan",
                .group = kLong,
                .help = "The local socket at which portolan ctl asks the scan; off: none.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.control_path = s.value; }},
};

}  // namespace

std::span<const ScanOption> run_options() { return kRows; }

}  // namespace portolan::cli
