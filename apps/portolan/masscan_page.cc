// SPDX-License-Identifier: Apache-2.0
// The help of the program that was started as masscan: its options are those of `portolan scan`.
#include <array>

#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using Example = options::Page::Example;

constexpr std::array kExamples{
    Example{"masscan 10.0.0.0/8 -p80,8000-8100 --rate 10000", "Some web ports of a private network, 10,000 a second."},
    Example{"masscan -c scan.conf -oX found.xml", "What scan.conf says, results as XML."},
    Example{"masscan --readscan found.bin -oJ found.json", "A binary file of results into another form."},
    Example{"masscan --nmap", "What nmap's options are here."},
};

}  // namespace

const options::Page kMasscanPage{
    .synopsis = "masscan [options] TARGET...",
    .summary = "find open ports; portolan under the name masscan",
    .description =
        "This is portolan, started under the name masscan: it takes masscan's options, prints results and its status "
        "line as masscan does, and is otherwise portolan scan. An option that masscan accepts and ignores is taken "
        "with its meaning or refused with a reason.\n\n"
        "Exit status: 0 when the scan came to its end or what was asked was printed, 1 when it failed, 2 when the "
        "input was refused and nothing was sent.\n\n"
        "Scan only networks that are yours or whose owners have agreed.",
    .examples = kExamples,
    .statuses = {},
};

}  // namespace portolan::cli
