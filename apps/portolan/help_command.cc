// SPDX-License-Identifier: Apache-2.0
// What the program says about itself: help, manual pages, completion, version.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "options/completion.h"
#include "portolan/command_list.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"
#include "portolan/program_page.h"

namespace portolan::cli {
namespace {

std::string names_of_pages() {
  std::string names;
  for (const Command& c : commands()) {
    if (c.page != nullptr) names += fmt::format("{}{}", names.empty() ? "" : ", ", c.name);
  }
  return names;
}

}  // namespace

int help_main(Args args) {
  bool manual = false;
  std::string_view name;
  for (const std::string_view word : args) {
    if (word == "--man") {
      manual = true;
    } else if (name.empty() && !word.starts_with('-')) {
      name = word;
    } else {
      refuse(fmt::format("'{}' is not understood", word), "", "write portolan help [COMMAND] [--man]");
    }
  }
  if (manual && name.empty()) {
    fmt::print("{}", program_manual());
    return kOk;
  }
  const Command* command = find_command(name);
  if (command == nullptr || command->page == nullptr) {
    refuse(fmt::format("there is no {} for '{}'", manual ? "manual page" : "help", name), "",
           fmt::format("write portolan help scan, or --man behind it; there is one for {}", names_of_pages()));
  }
  (manual ? print_manual : print_help)(command->table(), *command->page);
  return kOk;
}

int completion_main(Args args) {
  constexpr std::string_view kCure = "write portolan completion bash, zsh or fish";
  if (args.size() != 1) refuse("one shell is to be named", "", std::string(kCure));
  const auto shell = options::shell_from_name(args[0]);
  if (!shell) refuse(fmt::format("there is no completion for '{}'", args[0]), "argument 2", std::string(kCure));
  std::vector<options::CompletedCommand> completed;
  for (const Command& c : commands()) {
    completed.push_back(
        {c.name, c.summary, c.table == nullptr ? nullptr : &c.table(), c.words, c.takes_files, c.alone});
  }
  fmt::print("{}", options::render_completion(*shell, completed));
  return kOk;
}

int version_main(Args) {
  fmt::print("portolan {}\n", kVersion);
  return kOk;
}

}  // namespace portolan::cli
