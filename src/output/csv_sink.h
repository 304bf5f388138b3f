// SPDX-License-Identifier: Apache-2.0
// Comma-separated values (RFC 4180, lines that end in LF): a row a record under one row of names. docs/formats/csv.md
//
//   ip,port,proto,status,reason,ttl,time,mac,service,banner
//   192.0.2.10,80,tcp,open,syn-ack,55,2023-11-14T22:13:20.000Z,,,
//   192.0.2.10,80,tcp,open,banner,55,2023-11-14T22:13:22.000Z,,http,HTTP/1.0 200 OK\x0d\x0a
//
// No field holds a line end: bytes of a banner outside printable ASCII are \xHH. Columns may be added at the end: read
// by name. Constants: any thread.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kCsv;

void append_csv(std::string& out, const result::Observation& o);
void append_csv_banner(std::string& out, const result::Banner& b);

}  // namespace portolan::output
