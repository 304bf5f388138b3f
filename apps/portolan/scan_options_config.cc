// SPDX-License-Identifier: Apache-2.0
// Configuration files, and what is printed instead of scanning. All but --readrange are resolved by
// read_configuration() (configuration.h), before any effect runs.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kConfig = "Configuration";

void resolved_before(ScanDraft&, const Setting&) {}

const std::array kRows{
    ScanOption{{.names = "conf config",
                .shorts = "-c",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kConfig,
                .help = "Reads options from FILE, at this place among the others: a line is NAME = VALUE, by the names "
                        "of the long options; lists add up, NAME = alone takes back what was said before. Files may "
                        "name further ones so.",
                .commands = "scan"},
               resolved_before},
    ScanOption{{.names = "system-conf",
                .kind = Kind::kText,
                .value = "FILE",
                .words = "off",
                .fallback = "/etc/portolan/portolan.conf",
                .group = kConfig,
                .help = "The file that is read before everything else, if it is there; off: none. When it changes "
                        "anything, standard error says so.",
                .commands = "scan"},
               resolved_before},
    ScanOption{{.names = "echo",
                .group = kConfig,
                .help = "Prints what is asked here as a configuration file, and scans nothing. What would be refused "
                        "is refused; a password is printed too.",
                .commands = "scan"},
               resolved_before},
    ScanOption{{.names = "echo-all",
                .group = kConfig,
                .help = "The same, and the defaults of all other options as remarks.",
                .commands = "scan"},
               resolved_before},
    ScanOption{{.names = "echo-cidr",
                .group = kConfig,
                .help = "The same as --echo, with the addresses that the targets stand for as prefixes: what lists "
                        "and names hold now, without what is excluded.",
                .commands = "scan"},
               resolved_before},
    ScanOption{{.names = "readrange readranges",
                .kind = Kind::kList,
                .value = "FILE",
                .group = kConfig,
                .help = "Reads targets from FILE, or from standard input when it is -, and prints the addresses that "
                        "a scan of them would ask, as ranges in order, or as prefixes with --echo-cidr. Scans nothing.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.target_files.push_back({s.value, s.where});
               }},
};

}  // namespace

std::span<const ScanOption> config_options() { return kRows; }

}  // namespace portolan::cli
