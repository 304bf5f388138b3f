// SPDX-License-Identifier: Apache-2.0
#include "portolan/page_printer.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "portolan/commands.h"

namespace portolan::cli {
namespace {

constexpr size_t kNarrow = 60, kUsual = 80, kWide = 120;

bool asks_for(const options::Table& table, const options::Settings& settings, std::string_view name) {
  const options::Option* option = table.find(name);
  return option != nullptr && std::any_of(settings.settings.begin(), settings.settings.end(),
                                          [option](const options::Setting& s) { return s.option == option; });
}

}  // namespace

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return std::clamp<size_t>(size.ws_col, kNarrow, kWide);
}

void print_help(const options::Table& table, const options::Page& page) {
  fmt::print("{}", options::render_help(table, page, terminal_width()));
}

void print_manual(const options::Table& table, const options::Page& page) {
  fmt::print("{}", options::render_man(table, page, kVersion));
}

bool print_page_if_asked(const options::Table& table, const options::Page& page, const options::Settings& settings) {
  if (asks_for(table, settings, "help")) {
    print_help(table, page);
  } else if (asks_for(table, settings, "manual")) {
    print_manual(table, page);
  } else if (asks_for(table, settings, "version")) {
    fmt::print("portolan {}\n", kVersion);
  } else {
    return false;
  }
  return true;
}

}  // namespace portolan::cli
