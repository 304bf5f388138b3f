// SPDX-License-Identifier: Apache-2.0
#include "output/text_sink.h"

#include <fmt/format.h>

#include <iterator>

#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

using result::Observation;
using result::State;

void sentence(std::string& out, const Observation& o, std::string_view before_state, std::string_view after_state) {
  fmt::format_to(std::back_inserter(out), "Discovered {}{}{} port {}/{} on {}", before_state, result::status_word(o),
                 after_state, o.target.service.port, addr::name(o.target.service.protocol),
                 o.target.address.to_string());
  if (o.has_mac) fmt::format_to(std::back_inserter(out), " ({})", o.mac.to_string());
  // Who filtered is the first thing a reader asks; there was no such line before, so no parser is surprised.
  if (o.state == State::kFiltered) {
    fmt::format_to(std::back_inserter(out), " ({}", result::reason_text(o));
    if (o.responder != o.target.address) fmt::format_to(std::back_inserter(out), " from {}", o.responder.to_string());
    out.push_back(')');
  }
  out.push_back('\n');
}

std::string_view colour(State s) {
  switch (s) {
    case State::kOpen:
    case State::kUp:
      return "\x1b[32m";
    case State::kClosed:
      return "\x1b[31m";
    case State::kFiltered:
      return "\x1b[33m";
  }
  return "";
}

void terminal_record(std::string& out, const Observation& o) {
  out += "\r\x1b[K";
  sentence(out, o, colour(o.state), "\x1b[0m");
}

void no_header(std::string&, const result::RunManifest&) {}
void no_trailer(std::string&, const result::RunSummary&) {}

}  // namespace

void append_text(std::string& out, const Observation& o) { sentence(out, o, "", ""); }

const LineFormat kText{no_header, append_text, no_trailer};
const LineFormat kTextTerminal{no_header, terminal_record, no_trailer};

}  // namespace portolan::output
