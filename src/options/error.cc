// SPDX-License-Identifier: Apache-2.0
#include "options/error.h"

#include <fmt/format.h>

namespace portolan::options {

std::string Where::to_string() const {
  std::string text = argument != 0 ? fmt::format("argument {}", argument) : file;
  if (argument != 0) return column == 0 ? text : text + fmt::format(", column {}", column);
  if (line != 0) text += fmt::format(":{}", line);
  if (line != 0 && column != 0) text += fmt::format(":{}", column);
  return text;
}

}  // namespace portolan::options
