// SPDX-License-Identifier: Apache-2.0
#include "portolan/errors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace portolan::cli {
namespace {

// Control characters in what a user typed or a file held must not reach the terminal as commands.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

void print_line(std::string_view label, std::string_view color, std::string_view text) {
  if (wants_color(STDERR_FILENO)) {
    fmt::print(stderr, "portolan: \033[{}m{}:\033[0m {}\n", color, label, printable(text));
  } else {
    fmt::print(stderr, "portolan: {}: {}\n", label, printable(text));
  }
}

}  // namespace

void refuse(std::string what, std::string where, std::string cure) {
  if (where.empty()) where = "the command line as a whole";
  throw Refusal({std::move(what), std::move(where), std::move(cure)});
}

bool wants_color(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return !refused && term != nullptr && std::string_view(term) != "dumb" && isatty(fd) == 1;
}

void print_error(const options::Error& error) {
  print_line("error", "1;31", error.what);
  if (!error.where.empty()) fmt::print(stderr, "  where: {}\n", printable(error.where));
  if (!error.cure.empty()) fmt::print(stderr, "  cure: {}\n", printable(error.cure));
}

void print_warning(const std::string& text) { print_line("warning", "1;33", text); }

}  // namespace portolan::cli
