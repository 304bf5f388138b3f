// SPDX-License-Identifier: Apache-2.0
#include "portolan/demo_options.h"

#include <array>

namespace portolan::cli {
namespace {

using options::Option;

constexpr std::string_view kGroup = "Options";

constexpr Option kHelp{.names = "help",
                       .shorts = "-h -?",
                       .group = kGroup,
                       .help = "Prints this, and does nothing else.",
                       .commands = "demo"};
constexpr Option kManual{.names = "manual",
                         .group = kGroup,
                         .help = "Prints the manual page, for man -l -, and does nothing else.",
                         .commands = "demo"};
constexpr std::array<const Option*, 2> kRows{&kHelp, &kManual};

constexpr std::array kExamples{
    options::Page::Example{"sudo portolan demo", "Needs root, to make the network; asks for nothing else."},
};
constexpr std::array kStatuses{
    options::Page::Status{0, "What was found and what is true are the same."},
    options::Page::Status{1, "They are not, or the small network could not be made: the message says why."},
    options::Page::Status{2, "The input was refused: the message says what, and the cure. Nothing was made."},
};

}  // namespace

const options::Page kDemoPage{
    .synopsis = "portolan demo",
    .summary = "scan a small private network that is made for it and taken down again",
    .description =
        "Makes a small network of real Linux hosts in private namespaces, scans it, compares what was found with what "
        "the hosts' own kernels say is open, and takes it down again. The machine's own network is never touched.",
    .examples = kExamples,
    .statuses = kStatuses,
    .see_also = "portolan(1) portolan-scan(1)",
};

const options::Table& demo_table() {
  static const options::Table table("demo", kRows);
  return table;
}

}  // namespace portolan::cli
