// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "options/nearest.h"
#include "portolan/command_list.h"
#include "portolan/commands.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

std::string usage() {
  std::string text = "Usage: portolan COMMAND [options]\n\nCommands:\n";
  for (const Command& c : commands()) text += fmt::format("  {:<12}{}\n", c.name, c.summary);
  return text +
         "\nA first scan, of the network that you are on:\n  sudo portolan scan 192.168.1.0/24 --top-ports\n\n"
         "Scan only networks that are yours or whose owners have agreed.\n";
}

[[noreturn]] void refuse_command(std::string_view word) {
  options::Nearest nearest{std::string(word)};
  for (const Command& c : commands()) nearest.offer(c.name, std::string(c.name));
  const std::string what = fmt::format("there is no command '{}'", word);
  if (nearest.best()) refuse(what, "argument 1", fmt::format("did you mean portolan {}?", *nearest.best()));
  refuse(what, "argument 1", "the command comes first, as in: portolan scan 192.0.2.0/24 -p 80");
}

int dispatch(Args args) {
  if (args.empty()) {
    fmt::print(stderr, "{}", usage());
    return kBadInput;
  }
  const std::string_view word = args[0];
  const bool help_alone = word == "--help" || word == "-h" || word == "-?" || (word == "help" && args.size() == 1);
  if (help_alone) {
    fmt::print("{}", usage());
    return kOk;
  }
  if (word == "--version" || word == "-V") return version_main(args);
  if (word == "--manual") {
    const std::array<std::string_view, 1> manual{"--man"};
    return help_main(manual);
  }
  if (const Command* command = find_command(word)) return command->run(args.subspan(1));
  refuse_command(word);
}

// The last part of the path by which the program was started.
std::string_view own_name(int argc, char** argv) {
  const std::string_view path = argc > 0 ? argv[0] : "";
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

int run(int argc, char** argv) {
  const std::vector<std::string_view> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    if (own_name(argc, argv) == "masscan") return masscan_main(args);
    if (own_name(argc, argv) == "masscanned") return masscanned_main(args);
    return dispatch(args);
  } catch (const Refusal& refusal) {
    print_error(refusal.error());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    print_error({"there is not enough memory for this", {}, "give fewer targets at once, or split them with --shard"});
  } catch (const std::exception& e) {
    print_error({e.what()});
  }
  return kFailed;
}

}  // namespace
}  // namespace portolan::cli

int main(int argc, char** argv) { return portolan::cli::run(argc, argv); }
