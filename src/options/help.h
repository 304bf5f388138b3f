// SPDX-License-Identifier: Apache-2.0
// What a table tells people: the help on a terminal and the manual page.
//
// Both are made from the rows alone, so an option cannot be missing from one of them. Groups appear in the order in
// which their first row does; refused rows do not appear. Pure functions: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/table.h"

namespace portolan::options {

// What stands around the options.
struct Page {
  std::string_view synopsis;     // "portolan scan [options] TARGET..."
  std::string_view summary;      // one line: what the command does
  std::string_view description;  // paragraphs, parted by an empty line
  struct Example {
    std::string_view command;
    std::string_view says;
  };
  std::span<const Example> examples = {};
  struct Status {
    int code;
    std::string_view meaning;
  };
  std::span<const Status> statuses = {};
  // What the manual page says besides, between the options and the examples. `text` is paragraphs as above; one whose
  // first line begins with a blank is shown as it is, for commands and files. Items follow it: a word and what it
  // means.
  struct Item {
    std::string_view term;
    std::string_view says;
  };
  struct Chapter {
    std::string_view title;
    std::string_view text;
    std::span<const Item> items = {};
  };
  std::span<const Chapter> chapters = {};
  std::string_view see_also = {};  // manual pages by spaces: "portolan(1) nft(8)"
};

// "-p, --ports PORTS": the short forms, the preferred name, and what the value is called.
std::string signature(const Option& option);

// The other names, "--port, --dst-port"; empty when there is none. Only the manual page lists them.
std::string other_names(const Option& option);

// The help of an option with its default and bounds.
std::string full_help(const Option& option);

// A line of a list: what is explained, indented, and what is said about it in a column to its right, or below it when
// it is long. No line is longer than `width` unless a single word is.
void append_entry(std::string& out, std::string_view head, std::string_view text, size_t width);

// The headings, in the order of their first rows, and the rows under one; without the refused ones.
std::vector<std::string_view> groups(const Table& table);
std::vector<const Option*> rows_of(const Table& table, std::string_view group);

// Plain text, no line longer than `width` unless a single word is.
std::string render_help(const Table& table, const Page& page, size_t width);

// A manual page in the man(7) macros, section 1, for the command "portolan-<command>"; for the program itself, when the
// table is that of no command ("").
std::string render_man(const Table& table, const Page& page, std::string_view version);

}  // namespace portolan::options
