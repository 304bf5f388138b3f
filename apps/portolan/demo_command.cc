// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "options/parse.h"
#include "portolan/commands.h"
#include "portolan/demo_network.h"
#include "portolan/demo_options.h"
#include "portolan/demo_report.h"
#include "portolan/demo_sandbox.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kPorts = "1-1024,U:1-600";
constexpr std::string_view kRate = "30000";
constexpr std::string_view kFoundFile = "/run/found";  // the sandbox's own /run

ReportStyle style_of_terminal() {
  ReportStyle style;
  style.color = wants_color(STDOUT_FILENO);
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    style.utf8 =
        isatty(STDOUT_FILENO) == 1 && (locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos);
    break;
  }
  return style;
}

// The terminal at once, and in order with what the scan's own process writes.
void say(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

std::vector<std::string> scan_command() {
  std::vector<std::string> words = {"/proc/self/exe", "scan"};
  for (const std::string& range : DemoNetwork::target_ranges()) words.push_back(range);
  for (const std::string_view word : {std::string_view("-p"), kPorts, std::string_view("--rate"), kRate,
                                      std::string_view("--wait"), std::string_view("1"), std::string_view("-oL"),
                                      kFoundFile, std::string_view("--system-conf"), std::string_view("off")}) {
    words.emplace_back(word);
  }
  return words;
}

std::string as_typed(const std::vector<std::string>& words) {
  return fmt::format("portolan {}", fmt::join(words.begin() + 1, words.end(), " "));
}

int show() {
  const ReportStyle style = style_of_terminal();
  say("This is a demonstration on a small network of its own: real Linux hosts, each with a kernel network stack in a\n"
      "private namespace. Nothing leaves this machine, its own network is not touched, and all of it ends with this\n"
      "program. Bringing the network up:\n\n");
  const DemoNetwork network;
  say(demo_map(style));
  const std::vector<std::string> command = scan_command();
  say(fmt::format("\nThe scanner knows none of this. It runs:\n\n  {}\n\n", as_typed(command)));
  if (const int status = sandbox::run_in(network.scanner(), command); status != 0) {
    print_error({fmt::format("the scan ended with status {}", status), {}, {}});
    return kFailed;
  }
  std::ifstream list{std::string(kFoundFile)};
  const std::set<OpenPort> truth = network.truth(), found = read_list(list);
  say("\nWhat it found, against what is true (each host's kernel was asked, and its firewall taken into account):\n\n");
  say(demo_comparison(truth, found, style));
  return truth == found && !truth.empty() ? kOk : kFailed;
}

}  // namespace

int demo_main(Args args) {
  const auto settings = options::parse(demo_table(), args, kFirstArgument);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(demo_table(), kDemoPage, *settings)) return kOk;
  if (!settings->words.empty()) {
    const options::Word& word = settings->words.front();
    refuse(fmt::format("the demo takes no '{}'", word.text), word.where.to_string(), "portolan demo");
  }
  if (geteuid() != 0) {
    refuse("the demo makes a private network, and only root may do that", "", "sudo portolan demo");
  }
  const int status = sandbox::inside(show);
  if (status == kOk)
    say("\nFound and true are the same. The small network is gone; `portolan scan` is for your own.\n");
  if (status == kFailed) say("\nFound and true differ: a fault of the scanner. Please report it with this output.\n");
  return status;
}

}  // namespace portolan::cli
