// SPDX-License-Identifier: Apache-2.0
// What the demo prints about its network and its scan: the map, and found against true. Pure text; any thread.
#pragma once

#include <iosfwd>
#include <set>
#include <string>

#include "portolan/demo_network.h"

namespace portolan::cli {

// How the terminal wants it: plain ASCII without colour unless told otherwise.
struct ReportStyle {
  bool color = false;
  bool utf8 = false;
};

std::string demo_map(const ReportStyle& style);

// A row for each address of each host, one for whatever was found elsewhere, and the sum.
std::string demo_comparison(const std::set<OpenPort>& truth, const std::set<OpenPort>& found, const ReportStyle& style);

// Open ports of a list file (-oL): lines "open tcp 80 10.66.1.10 1700000000".
std::set<OpenPort> read_list(std::istream& file);

}  // namespace portolan::cli
