// SPDX-License-Identifier: Apache-2.0
#include "output/line_sink.h"

#include "output/put.h"

namespace portolan::output {

void LineSink::begin(const result::RunManifest& manifest) {
  if (!format_->header_once || !file_.began_with_content()) format_->header(line_, manifest);
  hand_over();
  // The header tells a reader at once what this file is, even when the first result is an hour away.
  file_.flush();
}

void LineSink::write(const result::Observation& o) {
  format_->record(line_, o);
  hand_over();
}

void LineSink::banner(const result::Banner& b) {
  format_->banner(line_, b);
  hand_over();
}

void LineSink::end(const result::RunSummary& summary) {
  format_->trailer(line_, summary);
  hand_over();
  file_.close();
}

void LineSink::hand_over() {
  file_.append(line_);
  line_.clear();
  if (flush_each_) file_.flush();
}

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      out.push_back(c);
    } else {
      out += "\\x";
      put_hex_byte(out, static_cast<uint8_t>(c));
    }
  }
}

}  // namespace portolan::output
