// SPDX-License-Identifier: Apache-2.0
// Completion for shells: a script for bash, zsh or fish, made from the tables of the commands.
//
// A script is a small engine, the same for every program of this grammar (completion_scripts.h), and what the tables
// say: the options and their help, and what each takes. It offers preferred names and short forms, and another name
// only where no preferred one fits; refused rows never. What an option takes is told by its row:
//   its kind and `words`            a choice, by comma for kWords; yes and no for kBool
//   FILE, PATH or BASE in `value`   a file; with "..." behind it, so are all words after it
//   DIR in `value`                  a folder
//   "interface" among the names     an interface of the machine
// Pure functions: any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "options/table.h"

namespace portolan::options {

enum class Shell : uint8_t { kBash, kZsh, kFish };

// "bash", "zsh", "fish".
std::optional<Shell> shell_from_name(std::string_view name);

// A command as a shell sees it.
struct CompletedCommand {
  std::string_view name;
  std::string_view summary;
  const Table* table = nullptr;  // nullptr: it has no options
  std::string_view words = {};   // by spaces: what may stand there besides options
  bool takes_files = false;      // its words are names of files
  std::string_view alone = {};   // the program is this command, and no other, when it is started under this name
};

// The script, which is loaded for `portolan` and the names under which it is one command.
std::string render_completion(Shell shell, std::span<const CompletedCommand> commands);

}  // namespace portolan::options
