// SPDX-License-Identifier: Apache-2.0
#include "options/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace portolan::options {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kHelpColumn = 30;

// Appends `text` in lines of at most `width`, each after `indent` blanks; the first begins at `column`.
void wrap(std::string& out, std::string_view text, size_t column, size_t indent, size_t width) {
  bool line_is_empty = true;
  for (const std::string_view word : split_words(text)) {
    if (!line_is_empty && column + 1 + word.size() > width) {
      out.push_back('\n');
      column = 0;
      line_is_empty = true;
    }
    if (line_is_empty) {
      out.append(column < indent ? indent - column : 0, ' ');
      column = std::max(column, indent);
    } else {
      out.push_back(' ');
      ++column;
    }
    out += word;
    column += word.size();
    line_is_empty = false;
  }
  out.push_back('\n');
}

void paragraphs(std::string& out, std::string_view text, size_t width) {
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    std::string paragraph(text.substr(0, end));
    std::replace(paragraph.begin(), paragraph.end(), '\n', ' ');
    wrap(out, paragraph, 0, 0, width);
    text.remove_prefix(std::min(end + 2, text.size()));
    if (!text.empty()) out.push_back('\n');
  }
}

// A command, broken where a shell still takes it as one.
void example(std::string& out, std::string_view command, size_t width) {
  std::string lines;
  wrap(lines, command, 0, kIndent, width - 2);
  lines.pop_back();
  for (const char c : lines) out += c == '\n' ? " \\\n  " : std::string(1, c);
  out.push_back('\n');
}

std::string value_of(const Option& option) {
  if (!takes_value(option)) return "";
  const std::string name(option.value.empty() ? (option.kind == Kind::kBool ? "yes|no" : "VALUE") : option.value);
  return option.kind == Kind::kBool || !option.bare.empty() ? fmt::format(" [{}]", name) : " " + name;
}

std::string limits_of(const Option& option) {
  if (option.kind != Kind::kNumber && option.kind != Kind::kSeconds) return "";
  std::string limits;
  if (option.max != UINT64_MAX) {
    limits = fmt::format("{} to {}", option.min, option.max);
  } else if (option.min > 0) {
    limits = fmt::format("at least {}", option.min);
  }
  if (option.words.empty()) return limits;
  return fmt::format("{}or {}", limits.empty() ? "" : limits + ", ", fmt::join(split_words(option.words), " "));
}

}  // namespace

void append_entry(std::string& out, std::string_view head, std::string_view text, size_t width) {
  const size_t start = out.size();
  wrap(out, head, 0, kIndent, width);
  size_t column = out.size() - 1 - start;
  if (column + 2 <= kHelpColumn && out.find('\n', start) == out.size() - 1) {
    out.pop_back();
  } else {
    column = 0;
  }
  wrap(out, text, column, kHelpColumn, width);
}

std::string signature(const Option& option) {
  std::vector<std::string> forms;
  for (const std::string_view form : split_words(option.shorts)) forms.emplace_back(form);
  if (!option.names.empty()) forms.push_back(display(option));
  return fmt::format("{}{}", fmt::join(forms, ", "), value_of(option));
}

std::string other_names(const Option& option) {
  std::string text;
  for (const std::string_view name : split_words(option.names)) {
    if (name.data() == option.names.data()) continue;
    text += fmt::format("{}--{}", text.empty() ? "" : ", ", name);
  }
  return text;
}

std::string full_help(const Option& option) {
  std::vector<std::string> facts;
  if (option.kind == Kind::kWord || option.kind == Kind::kWords) {
    facts.push_back(fmt::format("{}: {}", option.kind == Kind::kWord ? "one of" : "any of",
                                fmt::join(split_words(option.words), " ")));
  }
  if (const std::string limits = limits_of(option); !limits.empty()) facts.push_back(limits);
  if (!option.bare.empty()) facts.push_back(fmt::format("alone: {}", option.bare));
  if (!option.fallback.empty()) facts.push_back(fmt::format("default: {}", option.fallback));
  if (facts.empty()) return std::string(option.help);
  return fmt::format("{} [{}]", option.help, fmt::join(facts, "; "));
}

std::vector<std::string_view> groups(const Table& table) {
  std::vector<std::string_view> found;
  for (const Option* row : table.rows()) {
    if (row->kind == Kind::kRefused) continue;
    if (std::find(found.begin(), found.end(), row->group) == found.end()) found.push_back(row->group);
  }
  return found;
}

std::vector<const Option*> rows_of(const Table& table, std::string_view group) {
  std::vector<const Option*> rows;
  for (const Option* row : table.rows()) {
    if (row->kind != Kind::kRefused && row->group == group) rows.push_back(row);
  }
  return rows;
}

std::string render_help(const Table& table, const Page& page, size_t width) {
  std::string out = "Usage:";
  wrap(out, page.synopsis, out.size(), out.size() + 1, width);
  out.push_back('\n');
  paragraphs(out, page.description, width);
  for (const std::string_view group : groups(table)) {
    out += fmt::format("\n{}:\n", group);
    for (const Option* row : rows_of(table, group)) append_entry(out, signature(*row), full_help(*row), width);
  }
  if (!page.examples.empty()) out += "\nExamples:\n";
  for (const auto& [command, says] : page.examples) {
    example(out, command, width);
    wrap(out, says, 0, 2 * kIndent + 2, width);
  }
  return out;
}

}  // namespace portolan::options
