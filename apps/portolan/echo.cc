// SPDX-License-Identifier: Apache-2.0
#include "portolan/echo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "portolan/errors.h"
#include "portolan/line_output.h"
#include "portolan/resume.h"
#include "portolan/scan_options.h"
#include "portolan/scan_request.h"
#include "portolan/scan_targets.h"
#include "portolan/target_ranges.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Option;
using options::Setting;

const Option* row(std::string_view name) { return scan_table().find(name); }

bool is_target(const Option* option) {
  static const std::array rows{row("range"), row("includefile")};
  return std::find(rows.begin(), rows.end(), option) != rows.end();
}

bool has_default(const Option& option) {
  return option.kind != Kind::kRefused && !is_of_configuration(option) && !is_for_the_command_line(option);
}

std::string defaults_text(const options::Settings& settings) {
  std::string text = "\n# The defaults of all other options.\n";
  for (const Option* option : scan_table().rows()) {
    const auto& said = settings.settings;
    const bool set = std::any_of(said.begin(), said.end(), [option](const Setting& s) { return s.option == option; });
    if (set || !has_default(*option)) continue;
    const bool off = option->kind == Kind::kFlag || (option->kind == Kind::kBool && option->fallback.empty());
    text += fmt::format("# {} = {}\n", options::config_name(*option), off ? "false" : option->fallback);
  }
  return text;
}

// Targets as the prefixes that they stand for. They are read once: a list may come from standard input.
void resolve_targets(options::Settings& settings) {
  ScanDraft draft = apply_settings(settings);
  if (draft.targets.empty() && draft.target_files.empty()) return;
  const addr::TargetSet addresses = settle_addresses(draft);
  std::erase_if(settings.settings, [](const Setting& s) { return is_target(s.option); });
  for_each_target_range(addresses, RangeForm::kPrefixes, [&settings](std::string_view range) {
    settings.settings.push_back({row("range"), {}, std::string(range), {}});
  });
}

int write_out(Text& text) {
  const IgnoreBrokenPipe quiet;
  if (write_all(STDOUT_FILENO, text) || errno == EPIPE) return kOk;
  print_error({std::string("cannot write to standard output: ") + std::strerror(errno)});
  return kFailed;
}

int write_out(std::string_view text) {
  Text buffer;
  buffer.append(text.data(), text.data() + text.size());
  return write_out(buffer);
}

bool asks_for_ranges(const options::Settings& settings) {
  const auto& all = settings.settings;
  return std::any_of(all.begin(), all.end(), [](const Setting& s) { return s.option == row("readrange"); });
}

int print_ranges(const Configuration& configuration) {
  static const std::array taken{row("readrange"), row("range"),       row("includefile"),
                                row("exclude"),   row("excludefile"), row("include-reserved")};
  for (const Setting& s : configuration.settings.settings) {
    if (std::find(taken.begin(), taken.end(), s.option) != taken.end()) continue;
    refuse(fmt::format("{} has nothing to do with --readrange, which prints addresses", options::display(*s.option)),
           s.where.to_string(), "leave one of them out; -sL prints addresses with their ports");
  }
  ScanDraft draft = apply_settings(configuration.settings);
  Text text;
  for_each_target_range(settle_addresses(draft), configuration.cidr ? RangeForm::kPrefixes : RangeForm::kRanges,
                        [&text](std::string_view range) { fmt::format_to(std::back_inserter(text), "{}\n", range); });
  for (const std::string& warning : draft.request.warnings) print_warning(warning);
  return write_out(text);
}

int print_echo(Configuration configuration) {
  if (configuration.cidr) resolve_targets(configuration.settings);
  options::Settings settings = configuration.settings;
  auto resumed = take_resumed(settings);
  const ScanRequest request = make_scan_request(settings, std::move(resumed), Purpose::kEcho);
  for (const std::string& warning : request.warnings) print_warning(warning);
  return write_out(echo_text(configuration));
}

}  // namespace

std::string echo_text(const Configuration& configuration) {
  std::string text;
  // The system's file will be read before this one, too.
  for (const Option* option : configuration.said_before) text += fmt::format("{} =\n", options::config_name(*option));
  for (const Setting& s : configuration.settings.settings) text += options::config_line(s);
  if (configuration.echo == Echo::kAll) text += defaults_text(configuration.settings);
  return text;
}

std::optional<int> print_if_asked(const Configuration& configuration) {
  if (const std::string notice = system_notice(configuration); !notice.empty()) {
    fmt::print(stderr, "portolan: {}\n", notice);
  }
  if (asks_for_ranges(configuration.settings)) return print_ranges(configuration);
  if (configuration.echo != Echo::kNone) return print_echo(configuration);
  return std::nullopt;
}

}  // namespace portolan::cli
