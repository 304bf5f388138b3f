// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_rules.h"

#include <fmt/format.h>

#include "portolan/errors.h"
#include "portolan/files.h"
#include "respond/rules_reader.h"

namespace portolan::cli {

std::shared_ptr<const respond::Rules> load_rules(const std::string& path) {
  std::string text;
  read_file(path, {.file = "--rules"}, [&](std::string_view piece) { text.append(piece); });
  auto rules = respond::read_rules(text, file_title(path));
  if (rules) return *std::move(rules);
  const auto& errors = rules.error();
  std::string where = fmt::format("{}:{}:{}", errors[0].title, errors[0].line, errors[0].column);
  for (size_t i = 1; i < errors.size(); ++i) where += "\n         " + errors[i].to_string();
  refuse(errors[0].what, where, errors[0].cure);
}

}  // namespace portolan::cli
