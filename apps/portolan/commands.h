// SPDX-License-Identifier: Apache-2.0
// The commands of the program: what main() can hand its arguments to.
//
// Each gets the words after its own name and the exit status is its result (errors.h). A command that refuses its input
// throws Refusal, which main() prints. One call a process, from the main thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace portolan::cli {

using Args = std::span<const std::string_view>;

// The number, as the shell counts, of a command's first argument: "portolan scan X" has X as its second.
inline constexpr uint32_t kFirstArgument = 2;

inline constexpr std::string_view kVersion = PORTOLAN_VERSION;

int scan_main(Args args);
int demo_main(Args args);

// "portolan help [COMMAND] [--man]"
int help_main(Args args);

// What "portolan scan --help" prints, as wide as the terminal (80 columns when there is none), and its manual page.
void print_scan_help();
void print_scan_manual();

}  // namespace portolan::cli
