// SPDX-License-Identifier: Apache-2.0
// Reading results of earlier scans, as masscan has it (readscan.h).
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kReading = "Results of earlier scans";

output::BannerNumbers numbers_of(std::string_view word) {
  return word == "1.3" ? output::BannerNumbers::kMasscan13 : output::BannerNumbers::kCurrent;
}

const std::array kRows{
    ScanOption{
        {.names = "readscan",
         .kind = Kind::kList,
         .value = "FILE...",
         .group = kReading,
         .help = "Reads results and sends nothing: FILE and all words behind it, in any form that portolan, masscan "
                 "or nmap writes, into the outputs that are asked for. --range, --exclude, -p, --show and "
                 "--banner-types choose among them. No configuration file is read. See also: portolan convert.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          d.reading.files.push_back({s.value, s.where});
        }},
    ScanOption{{.names = "banner-types banner-type banner-apps banner-app",
                .kind = Kind::kList,
                .value = "TYPES",
                .group = kReading,
                .help = "Only banners of these types, names or numbers by comma, as http,ssl,X509.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) {
                 d.reading.banner_types.push_back({s.value, s.where});
               }},
    ScanOption{
        {.names = "read-banner-numbers",
         .kind = Kind::kWord,
         .value = "VERSION",
         .words = "current 1.3",
         .fallback = "current",
         .group = kReading,
         .help = "Which masscan's numbers the banner records of the binary files that are read have: of its versions "
                 "up to 1.3, or those of today, which are ours. A file does not say it.",
         .commands = "scan convert"},
        [](ScanDraft& d, const Setting& s) { d.reading.numbers = numbers_of(s.value); }},
    ScanOption{{.names = "write-banner-numbers",
                .kind = Kind::kWord,
                .value = "VERSION",
                .words = "current 1.3",
                .fallback = "current",
                .group = kReading,
                .help = "Which of them -oB writes: 1.3 for files that masscan 1.3 is to read.",
                .commands = "scan convert"},
               [](ScanDraft& d, const Setting& s) { d.request.banner_numbers = numbers_of(s.value); }},
};

}  // namespace

std::span<const ScanOption> reading_options() { return kRows; }

}  // namespace portolan::cli
