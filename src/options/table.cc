// SPDX-License-Identifier: Apache-2.0
#include "options/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "options/nearest.h"

namespace portolan::options {

bool takes_value(const Option& option) { return option.kind != Kind::kFlag; }

std::vector<std::string_view> split_words(std::string_view by_spaces) {
  std::vector<std::string_view> words;
  while (!by_spaces.empty()) {
    const size_t end = std::min(by_spaces.find(' '), by_spaces.size());
    if (end > 0) words.push_back(by_spaces.substr(0, end));
    by_spaces.remove_prefix(std::min(end + 1, by_spaces.size()));
  }
  return words;
}

std::string display(const Option& option) {
  if (option.names.empty()) return std::string(split_words(option.shorts).at(0));
  return fmt::format("--{}", split_words(option.names).at(0));
}

std::string canonical(std::string_view name) {
  std::string plain;
  plain.reserve(name.size());
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') continue;
    plain.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return plain;
}

Table::Table(std::string_view command, std::span<const Option* const> rows) : command_(command) {
  for (const Option* row : rows) {
    const auto commands = split_words(row->commands);
    if (std::find(commands.begin(), commands.end(), command) == commands.end()) continue;
    rows_.push_back(row);
    for (const std::string_view name : split_words(row->names)) {
      if (!by_name_.emplace(canonical(name), row).second) {
        throw std::logic_error(fmt::format("two options are called --{}", name));
      }
    }
    for (const std::string_view form : split_words(row->shorts)) {
      if (std::any_of(by_short_.begin(), by_short_.end(), [&](const auto& known) { return known.first == form; })) {
        throw std::logic_error(fmt::format("two options are called {}", form));
      }
      by_short_.emplace_back(form, row);
    }
  }
}

const Option* Table::find(std::string_view name) const {
  const auto it = by_name_.find(canonical(name));
  return it == by_name_.end() ? nullptr : it->second;
}

Table::Short Table::find_short(std::string_view word) const {
  Short best;
  size_t longest = 0;
  for (const auto& [form, option] : by_short_) {
    if (form.size() <= longest || !word.starts_with(form)) continue;
    if (!takes_value(*option) && word != form) continue;
    longest = form.size();
    best = {option, word.substr(form.size())};
  }
  return best;
}

std::optional<std::string> Table::suggest(std::string_view word) const {
  const bool is_long = word.starts_with("--");
  Nearest nearest(is_long ? canonical(word) : std::string(word));
  for (const Option* row : rows_) {
    if (row->kind == Kind::kRefused) continue;
    for (const std::string_view name : split_words(row->names))
      nearest.offer(canonical(name), fmt::format("--{}", name));
    if (is_long) continue;
    for (const std::string_view form : split_words(row->shorts)) {
      if (word.starts_with(form.substr(0, 2))) nearest.offer(form, std::string(form));
    }
  }
  return nearest.best();
}

}  // namespace portolan::options
