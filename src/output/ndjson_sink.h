// SPDX-License-Identifier: Apache-2.0
// Newline-delimited JSON (-oD): one object a line. docs/formats/ndjson.md
//
//   {"ip":"192.0.2.10","timestamp":"1700000000","port":80,"proto":"tcp","rec_type":"status",
//    "data":{"status":"open","reason":"syn-ack","ttl":55,"time":"2023-11-14T22:13:20.000Z","proof":"cookie"}}
//
// (on one line). The members up to "ttl" are masscan's, in its order and with its types; what else the answer told
// follows inside "data", as result/field_table.h lists it. Objects with another rec_type may be added: skip those that
// you do not know. No header and no trailer are needed, so a file that was cut is valid up to its last whole line.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kNdjson;  // results only

// The same, between one object with rec_type "manifest" (what was asked) and one with "summary" (what was counted).
extern const LineFormat kNdjsonWithRun;

void append_ndjson(std::string& out, const result::Observation& o);  // with its newline
void append_ndjson_banner(std::string& out, const result::Banner& b);

}  // namespace portolan::output
