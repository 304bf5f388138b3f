// SPDX-License-Identifier: Apache-2.0
// The grepable format (-oG): one line a record, fields between tabs. docs/formats/grepable.md
//
//   # Masscan 0.1.0 scan initiated Tue Nov 14 22:13:20 2023
//   # Ports scanned: TCP(1;80-80) UDP(2;53-54) SCTP(0;) PROTOCOLS(0;)
//   Timestamp: 1700000000<TAB>Host: 192.0.2.10 ()<TAB>Ports: 80/open/tcp//http//
//   # Masscan done at Tue Nov 14 22:13:25 2023
//
// kGrepable is masscan's form, kGrepableNmap nmap's: without the time, with all seven fields of a port, and
// "Status: Up" for hosts that have no port. A banner is a line of its own in the first and the version field in the
// second. Constants: any thread.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kGrepable;
extern const LineFormat kGrepableNmap;

void append_grepable(std::string& out, const result::Observation& o);
void append_grepable_banner(std::string& out, const result::Banner& b);
void append_grepable_nmap(std::string& out, const result::Observation& o);
void append_grepable_nmap_banner(std::string& out, const result::Banner& b);

}  // namespace portolan::output
