// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"
#include "portolan/respond_options.h"
#include "portolan/scan_options.h"
#include "portolan/score_options.h"

namespace portolan::cli {

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
  const auto print = manual ? print_manual : print_help;
  if (command == "scan") {
    print(scan_table(), kScanPage);
  } else if (command == "respond") {
    print(respond_table(), kRespondPage);
  } else if (command == "score") {
    print(score_table(), kScorePage);
  } else {
    refuse(fmt::format("there is no {} for '{}'", manual ? "manual page" : "help", command), "",
           "portolan help scan, or portolan help scan --man");
  }
  return kOk;
}

}  // namespace portolan::cli
