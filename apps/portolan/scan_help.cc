// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "options/help.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

constexpr size_t kNarrow = 60, kUsual = 80, kWide = 120;

// Lines longer than 120 columns are hard to read, whatever the terminal has room for.
size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return std::clamp<size_t>(size.ws_col, kNarrow, kWide);
}

bool asks_for(const options::Settings& settings, std::string_view name) {
  const options::Option* option = scan_table().find(name);
  return std::any_of(settings.settings.begin(), settings.settings.end(),
                     [option](const options::Setting& s) { return s.option == option; });
}

}  // namespace

void print_scan_help() { fmt::print("{}", options::render_help(scan_table(), kScanPage, terminal_width())); }

void print_scan_manual() { fmt::print("{}", options::render_man(scan_table(), kScanPage, kVersion)); }

bool answer_help(const options::Settings& settings) {
  if (asks_for(settings, "help")) {
    print_scan_help();
    return true;
  }
  if (asks_for(settings, "manual")) {
    print_scan_manual();
    return true;
  }
  return false;
}

int help_main(Args args) {
  bool manual = false;
  std::string_view command;
  for (const std::string_view word : args) {
    if (word == "--man") {
      manual = true;
    } else if (command.empty() && !word.starts_with('-')) {
      command = word;
    } else {
      refuse(fmt::format("'{}' is not understood", word), "", "write portolan help [COMMAND] [--man]");
    }
  }
  if (command == "demo" && !manual) {
    const std::array<std::string_view, 1> ask{"--help"};
    return demo_main(ask);
  }
  if (command != "scan") {
    refuse(fmt::format("there is no {} for '{}'", manual ? "manual page" : "help", command), "",
           "portolan help scan, or portolan help scan --man");
  }
  manual ? print_scan_manual() : print_scan_help();
  return kOk;
}

}  // namespace portolan::cli
