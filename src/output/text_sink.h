// SPDX-License-Identifier: Apache-2.0
// The form for people: one sentence a result. docs/formats/text.md
//
//   Discovered open port 80/tcp on 192.0.2.10
//   Discovered up port 0/arp on 192.0.2.7 (b8:27:eb:01:02:03)
//   Discovered filtered port 22/tcp on 192.0.2.9 (admin-prohibited from 192.0.2.1)
//
// Programs parse the first two, so their words and spaces are fixed; programs that begin today should read NDJSON.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kText;  // files and pipes: exactly the lines above

// The first two, and banners, padded with blanks to 79 columns, as masscan writes them: for a program that was started
// as masscan.
extern const LineFormat kTextMasscan;

// A terminal that a status line is also drawn on: each sentence first clears the line, and the state has a colour.
extern const LineFormat kTextTerminal;

void append_text(std::string& out, const result::Observation& o);  // with its newline
void append_text_masscan(std::string& out, const result::Observation& o);
void append_text_banner(std::string& out, const result::Banner& b);
void append_text_banner_masscan(std::string& out, const result::Banner& b);

}  // namespace portolan::output
