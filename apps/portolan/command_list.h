// SPDX-License-Identifier: Apache-2.0
// The commands of the program, as one list: what main() starts, what the help names, what has a manual page and what
// completes. Constant data; any thread.
#pragma once

#include <span>
#include <string_view>

#include "options/help.h"
#include "options/table.h"
#include "portolan/commands.h"

namespace portolan::cli {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(Args args);
  const options::Table& (*table)() = nullptr;  // nullptr: it takes no options, and has neither help nor manual page
  const options::Page* page = nullptr;
  std::string_view words = {};  // by spaces: what may stand there besides options, for completion
  bool takes_files = false;     // its words are names of files
  std::string_view alone = {};  // started under this name the program is this command
};

std::span<const Command> commands();

// nullptr: there is none.
const Command* find_command(std::string_view name);

}  // namespace portolan::cli
