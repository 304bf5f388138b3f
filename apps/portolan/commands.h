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
int respond_main(Args args);
int ctl_main(Args args);
int score_main(Args args);
int convert_main(Args args);
int demo_main(Args args);

// The whole program when it is started under one of these names: args are those behind it.
int masscan_main(Args args);
int masscanned_main(Args args);

// "portolan help [COMMAND] [--man]", "portolan completion SHELL", "portolan version"
int help_main(Args args);
int completion_main(Args args);
int version_main(Args args);

}  // namespace portolan::cli
