// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "options/help.h"

namespace portolan::options {
namespace {

// Text as roff reads it: backslashes and hyphens kept as they are, no line that begins like a request.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool line_start = out.empty() || out.back() == '\n';
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// An argument of a macro, in quotes.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : escape(text)) out += c == '"' ? "\\(dq" : std::string(1, c);
  return out + "\"";
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    out += fmt::format(".PP\n{}\n", escape(text.substr(0, end)));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

}  // namespace

std::string render_man(const Table& table, const Page& page, std::string_view version) {
  const std::string name = fmt::format("portolan-{}", table.command());
  std::string out = fmt::format(".TH {} 1 \"\" {}\n", quoted(upper(name)), quoted(fmt::format("portolan {}", version)));
  out += fmt::format(".SH NAME\n{} \\- {}\n", escape(name), escape(page.summary));
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", escape(page.synopsis));
  out += ".SH DESCRIPTION\n" + paragraphs(page.description) + ".SH OPTIONS\n";
  for (const std::string_view group : groups(table)) {
    out += fmt::format(".SS {}\n", quoted(group));
    for (const Option* row : rows_of(table, group)) {
      out += fmt::format(".TP\n.B {}\n{}\n", escape(signature(*row)), escape(full_help(*row)));
      if (const std::string others = other_names(*row); !others.empty()) {
        out += fmt::format(".br\nThe same: {}.\n", escape(others));
      }
    }
  }
  if (!page.examples.empty()) out += ".SH EXAMPLES\n";
  for (const auto& [command, says] : page.examples) {
    out += fmt::format(".TP\n.B {}\n{}\n", escape(command), escape(says));
  }
  if (!page.statuses.empty()) out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : page.statuses) out += fmt::format(".TP\n.B {}\n{}\n", code, escape(meaning));
  return out;
}

}  // namespace portolan::options
