// SPDX-License-Identifier: Apache-2.0
// The JSON format (-oJ): one array, an object a record. docs/formats/json.md
//
//   [
//   {   "ip": "192.0.2.10",   "timestamp": "1700000000", "ports": [ {"port": 80, "proto": "tcp", ... } ] }
//   ,
//   {   "ip": "192.0.2.11",   ...
//   ]
//
// masscan's records to the blank, since people read them line by line; the array is valid JSON (RFC 8259) from the
// first moment. Programs that begin today should read NDJSON. Constants: any thread.
#pragma once

#include "output/document_sink.h"

namespace portolan::output {

extern const DocumentFormat kJson;

void append_json(std::string& out, const result::Observation& o);  // with its newline
void append_json_banner(std::string& out, const result::Banner& b);

}  // namespace portolan::output
