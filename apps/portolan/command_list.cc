// SPDX-License-Identifier: Apache-2.0
#include "portolan/command_list.h"

#include <array>

#include "portolan/convert_options.h"
#include "portolan/ctl_options.h"
#include "portolan/demo_options.h"
#include "portolan/respond_options.h"
#include "portolan/scan_options.h"
#include "portolan/score_options.h"

namespace portolan::cli {
namespace {

constexpr std::array kCommands{
    Command{.name = "scan",
            .summary = "find open ports, on one host or on whole networks",
            .run = scan_main,
            .table = scan_table,
            .page = &kScanPage,
            .alone = "masscan"},
    Command{.name = "ctl",
            .summary = "ask a running scan how far it is, and tell it things",
            .run = ctl_main,
            .table = ctl_table,
            .page = &kCtlPage,
            .words = "status rate pause continue exclude stop"},
    Command{.name = "respond",
            .summary = "answer scanners and bots, on one address or as a whole simulated network",
            .run = respond_main,
            .table = respond_table,
            .page = &kRespondPage,
            .alone = "masscanned"},
    Command{.name = "score",
            .summary = "hold the results of a scan against the truth of a simulated network",
            .run = score_main,
            .table = score_table,
            .page = &kScorePage,
            .takes_files = true},
    Command{.name = "convert",
            .summary = "read results of scans and write them in other forms",
            .run = convert_main,
            .table = convert_table,
            .page = &kConvertPage,
            .takes_files = true},
    Command{.name = "demo",
            .summary = "scan a small private network that is made for it and taken down again",
            .run = demo_main,
            .table = demo_table,
            .page = &kDemoPage},
    Command{.name = "help",
            .summary = "say more about a command: portolan help scan",
            .run = help_main,
            .words = "scan ctl respond score convert demo --man"},
    Command{.name = "completion",
            .summary = "print a completion script: portolan completion bash",
            .run = completion_main,
            .words = "bash zsh fish"},
    Command{.name = "version", .summary = "say which version this is", .run = version_main},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  for (const Command& c : kCommands) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

}  // namespace portolan::cli
