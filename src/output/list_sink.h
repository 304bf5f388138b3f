// SPDX-License-Identifier: Apache-2.0
// The list format (-oL): one line a result, fields between single spaces. docs/formats/list.md
//
//   #masscan
//   # seed: 7
//   open tcp 80 192.0.2.10 1700000000
//   # end
//
// Fields: status, protocol, port, address, seconds since 1970. Lines that begin with '#' are remarks: what was asked
// before the results, what was counted after them. "# end" is the last line of a scan that ended by itself or by one
// Ctrl-c; its absence says that the program was killed, and the lines before it are good all the same.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kList;

void append_list(std::string& out, const result::Observation& o);  // with its newline
void append_list_banner(std::string& out, const result::Banner& b);

}  // namespace portolan::output
