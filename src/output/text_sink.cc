// SPDX-License-Identifier: Apache-2.0
#include "output/text_sink.h"

#include <fmt/format.h>

#include <iterator>

#include "output/put.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

using result::Observation;
using result::State;

constexpr size_t kMasscanWidth = 79;

void append_place(std::string& out, const addr::Target& target) {
  out += " port ";
  put(out, target.service.port);
  out.push_back('/');
  out += addr::name(target.service.protocol);
  out += " on ";
  put(out, target.address);
}

// Without its newline.
void sentence(std::string& out, const Observation& o, std::string_view before_state, std::string_view after_state) {
  out += "Discovered ";
  out += before_state;
  out += result::status_word(o);
  out += after_state;
  append_place(out, o.target);
  if (o.has_mac) {
    out += " (";
    put(out, o.mac);
    out.push_back(')');
  }
  // Who filtered is the first thing a reader asks; there was no such line before, so no parser is surprised.
  if (o.state == State::kFiltered) {
    fmt::format_to(std::back_inserter(out), " ({}", result::reason_text(o));
    if (o.responder != o.target.address) fmt::format_to(std::back_inserter(out), " from {}", o.responder.to_string());
    out.push_back(')');
  }
}

// masscan writes what XML would have to escape as bytes too, in every form.
void append_masscan_printable(std::string& out, std::string_view text) {
  constexpr std::string_view kMarkup = "<>&\"'";
  for (const char c : text) {
    if (kMarkup.find(c) == std::string_view::npos) {
      append_printable(out, {&c, 1});
      continue;
    }
    out += "\\x";
    put_hex_byte(out, static_cast<uint8_t>(c));
  }
}

void banner_head(std::string& out, const result::Banner& b, std::string_view application) {
  out += "Banner on";
  append_place(out, b.target);
  out += ": [";
  append_printable(out, application);
  out += "] ";
}

// What was told apart by a guess has a name of its own, which masscan 1.3 keeps to itself.
std::string_view masscan_name(result::Application a) {
  constexpr result::Application kGuessed{1}, kUnknown{0};
  return name(a == kGuessed ? kUnknown : a);
}

void end_padded(std::string& out, size_t start) {
  const size_t size = out.size() - start;
  if (size < kMasscanWidth) out.append(kMasscanWidth - size, ' ');
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
  out.push_back('\n');
}

void no_header(std::string&, const result::RunManifest&) {}
void no_trailer(std::string&, const result::RunSummary&) {}

}  // namespace

void append_text(std::string& out, const Observation& o) {
  sentence(out, o, "", "");
  out.push_back('\n');
}

// The status line of masscan is drawn on the same line, and it does not know how to erase it.
void append_text_masscan(std::string& out, const Observation& o) {
  const size_t start = out.size();
  sentence(out, o, "", "");
  end_padded(out, start);
}

void append_text_banner(std::string& out, const result::Banner& b) {
  banner_head(out, b, name(b.application));
  append_printable(out, base::as_text(b.text));
  out.push_back('\n');
}

void append_text_banner_masscan(std::string& out, const result::Banner& b) {
  const size_t start = out.size();
  banner_head(out, b, masscan_name(b.application));
  append_masscan_printable(out, base::as_text(b.text));
  end_padded(out, start);
}

void terminal_banner(std::string& out, const result::Banner& b) {
  out += "\r\x1b[K";
  append_text_banner(out, b);
}

const LineFormat kText{no_header, append_text, append_text_banner, no_trailer};
const LineFormat kTextMasscan{no_header, append_text_masscan, append_text_banner_masscan, no_trailer};
const LineFormat kTextTerminal{no_header, terminal_record, terminal_banner, no_trailer};

}  // namespace portolan::output
