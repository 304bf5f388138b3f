// SPDX-License-Identifier: Apache-2.0
#include "portolan/program_page.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "options/help.h"
#include "portolan/command_list.h"

namespace portolan::cli {
namespace {

using options::Page;

constexpr std::string_view kSafety =
    R"(Scan networks that are yours, or whose owners have agreed; answer for addresses that are yours. Elsewhere both may be
against the law, and somebody has to read the alarms. portolan-scan(1) has a chapter about complaints.)";

constexpr std::string_view kRights =
    R"(To send packets that the kernel did not make takes root, or the capabilities that the package gives to the members
of a group when it is asked to ("dpkg-reconfigure portolan"). What sends nothing needs no rights: lists of targets,
conversion, scores, help.)";

constexpr std::string_view kHelp =
    R"("portolan COMMAND --help" prints a command's options in groups, with examples. "portolan COMMAND --manual" prints its
manual page, for a machine where the pages are not installed:

  portolan scan --manual | man -l -)";

constexpr std::string_view kCompletion =
    R"("portolan completion SHELL" prints a script for bash, zsh or fish that completes commands, options and what they take.
The package installs it for all three. By hand, for the shell that runs:

  source <(portolan completion bash)
  source <(portolan completion zsh)
  portolan completion fish | source)";

constexpr std::array kNames{
    Page::Item{"masscan", "The program is portolan-scan(1), with masscan's configuration file and words."},
    Page::Item{"masscanned", "The program is portolan-respond(1), with masscanned's habits."},
};

constexpr std::array kStatuses{
    Page::Status{0, "What was asked was done."},
    Page::Status{1, "It was begun, and failed or was stopped: the message says why."},
    Page::Status{2, "The input was refused: the message says what, where, and the cure. Nothing was begun."},
};

constexpr std::array kExamples{
    Page::Example{"sudo portolan scan 192.168.1.0/24 --top-ports", "A first scan, of the network that you are on."},
    Page::Example{"sudo portolan demo", "A scan of a network that is made for it, and nothing leaves the machine."},
};

std::string see_also() {
  std::string pages;
  for (const Command& c : commands()) {
    if (c.page != nullptr) pages += fmt::format("portolan-{}(1) ", c.name);
  }
  return pages;
}

}  // namespace

std::string program_manual() {
  std::vector<Page::Item> items;
  for (const Command& c : commands()) items.push_back({c.name, c.summary});
  const std::array<Page::Chapter, 6> chapters{{
      {"COMMANDS", "The first word says what is to be done:", items},
      {"OTHER NAMES",
       "Started by a link of another name the program is one command, and takes its options at once:", kNames},
      {"PERMISSION", kSafety},
      {"RIGHTS", kRights},
      {"HELP", kHelp},
      {"COMPLETION", kCompletion},
  }};
  const std::string pages = see_also();
  const Page page{
      .synopsis = "portolan COMMAND [options]",
      .summary = "asynchronous port scanner and network responder",
      .description =
          R"(Finds out which ports are open, on networks of any size, by TCP, UDP and SCTP over IPv4 and IPv6, with a TCP/IP
stack of its own; and answers those who scan, on one address or as a whole simulated network. Every frame that is sent,
received or refused is accounted for, and an answer counts only if it proves that it answers a probe.)",
      .examples = kExamples,
      .statuses = kStatuses,
      .chapters = chapters,
      .see_also = pages,
  };
  return options::render_man(options::Table("", {}), page, kVersion);
}

}  // namespace portolan::cli
