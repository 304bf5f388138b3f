// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "options/help.h"

namespace portolan::options {
namespace {

// What roff would show as another character, so that a command could not be copied out of a page.
std::string_view spelling_of(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return {};
  }
}

// Text as roff reads it: every character kept as it is, no line that begins like a request.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((out.empty() || out.back() == '\n') && c == '.') out += "\\&";
    if (const std::string_view spelling = spelling_of(c); !spelling.empty()) {
      out += spelling;
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

std::vector<std::string_view> parts(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    all.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return all;
}

// A heading has set the distance to what follows it: its first paragraph needs no macro.
std::string paragraphs(std::string_view text) {
  std::string out;
  for (const std::string_view part : parts(text)) {
    if (part.starts_with(' ')) {
      out += fmt::format(".PP\n.nf\n{}\n.fi\n", escape(part));
    } else {
      out += fmt::format("{}{}\n", out.empty() ? "" : ".PP\n", escape(part));
    }
  }
  return out;
}

std::string item(std::string_view term, std::string_view says) {
  return fmt::format(".TP\n.B {}\n{}\n", quoted(term), escape(says));
}

// "nft(8)" as pages name each other: the name in bold, its section not.
std::string see_also(std::string_view pages) {
  std::vector<std::string> lines;
  for (const std::string_view page : split_words(pages)) {
    const size_t section = page.find('(');
    lines.push_back(fmt::format(".BR {} {}", escape(page.substr(0, section)), page.substr(section)));
  }
  return fmt::format("{}\n", fmt::join(lines, ",\n"));
}

std::string option_chapter(const Table& table) {
  std::string out = table.rows().empty() ? "" : ".SH OPTIONS\n";
  const auto all = groups(table);
  for (const std::string_view group : all) {
    if (all.size() > 1) out += fmt::format(".SS {}\n", quoted(group));
    for (const Option* row : rows_of(table, group)) {
      out += item(signature(*row), full_help(*row));
      if (const std::string others = other_names(*row); !others.empty()) {
        out += fmt::format(".br\nThe same: {}.\n", escape(others));
      }
    }
  }
  return out;
}

}  // namespace

std::string render_man(const Table& table, const Page& page, std::string_view version) {
  const std::string name = table.command().empty() ? "portolan" : fmt::format("portolan-{}", table.command());
  std::string out = fmt::format(".TH {} 1 \"\" {} {}\n", quoted(upper(name)),
                                quoted(fmt::format("portolan {}", version)), quoted("Portolan"));
  out += ".nh\n.ad l\n";  // an option that is hyphenated at the end of a line cannot be copied
  out += fmt::format(".SH NAME\n{} \\- {}\n", escape(name), escape(page.summary));
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", quoted(page.synopsis));
  out += ".SH DESCRIPTION\n" + paragraphs(page.description) + option_chapter(table);
  for (const Page::Chapter& chapter : page.chapters) {
    out += fmt::format(".SH {}\n{}", quoted(chapter.title), paragraphs(chapter.text));
    for (const auto& [term, says] : chapter.items) out += item(term, says);
  }
  if (!page.examples.empty()) out += ".SH EXAMPLES\n";
  for (const auto& [command, says] : page.examples) out += item(command, says);
  if (!page.statuses.empty()) out += ".SH \"EXIT STATUS\"\n";
  for (const auto& [code, meaning] : page.statuses) out += item(fmt::format("{}", code), meaning);
  if (!page.see_also.empty()) out += ".SH \"SEE ALSO\"\n" + see_also(page.see_also);
  return out;
}

}  // namespace portolan::options
