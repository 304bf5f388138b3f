// SPDX-License-Identifier: Apache-2.0
// LinesReader: results of which each is a line of text: the list (-oL), grepable in masscan's and nmap's form (-oG),
// unicornscan (-oU), and address:port.
//
// One reader for all, since each line says by its first word what it is, and masscan itself mixes them. Lines that
// begin with '#' and empty ones are passed over. A last line without a line feed is taken for torn: a piece of a line
// can look like a whole one of something else (port 80 of 8080). CSV has a reader of its own (read_csv.h). Use it
// through ResultStream (result_reader.h). One thread.
#pragma once

#include <string>

#include "output/result_reader.h"

namespace portolan::output {

class LinesReader final : public ResultReader {
 public:
  size_t read(std::string_view bytes, bool last, result::Sink& into) override;
  std::string_view form() const override { return "lines of text"; }

  // Whether a line begins as one of ours: its first word or its form says so.
  static bool knows(std::string_view line);

 private:
  // Empty: it was told, or is none. Otherwise what is wrong.
  std::string_view line(std::string_view text, result::Sink& into);
  std::string_view list(std::string_view text, result::Sink& into);
  std::string_view grepable(std::string_view text, result::Sink& into);
  std::string_view grepable_ports(std::string_view ports, Said said, result::Sink& into);
  std::string_view grepable_port(std::string_view port, Said said, result::Sink& into);
  std::string_view unicornscan(std::string_view text, result::Sink& into);
  std::string_view pair(std::string_view text, result::Sink& into);
  std::string_view banner(Said& said, std::string_view text, result::Sink& into);

  std::string text_;  // a banner without its escapes
};

}  // namespace portolan::output
