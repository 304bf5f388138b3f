// SPDX-License-Identifier: Apache-2.0
#include "portolan/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "portolan/configuration.h"
#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

const options::Option& row(std::string_view name) { return *scan_table().find(name); }

// Not a part of what a scan is: they would be wrong, or wronger still, when it goes on.
bool is_of_one_run(const options::Option& option) {
  static const std::array rows{&row("resume"), &row("checkpoint"), &row("control")};
  return std::find(rows.begin(), rows.end(), &option) != rows.end();
}

struct Exclusion {
  const options::Option* early;
  const options::Option* late;
};

const std::array<Exclusion, 3>& exclusions() {
  static const std::array<Exclusion, 3> all{{{&row("exclude"), &row("exclude-late")},
                                             {&row("excludefile"), &row("excludefile-late")},
                                             {&row("exclude-ports"), &row("exclude-ports-late")}}};
  return all;
}

// What is excluded now was not when the targets were numbered.
void make_late(options::Setting& s) {
  for (const Exclusion& e : exclusions()) {
    if (s.option == e.early) s.option = e.late;
  }
}

// Of the paused scan, or of the system's file, which says the same with each resume.
bool is_excluded_already(const options::Settings& paused, const options::Setting& late) {
  const auto kind =
      std::find_if(exclusions().begin(), exclusions().end(), [&](const Exclusion& e) { return e.late == late.option; });
  if (kind == exclusions().end()) return false;
  return std::any_of(paused.settings.begin(), paused.settings.end(), [&](const options::Setting& s) {
    return (s.option == kind->late || s.option == kind->early) && s.value == late.value;
  });
}

}  // namespace

std::optional<Resumed> take_resumed(options::Settings& settings) {
  static const options::Option& resume = row("resume");
  auto& list = settings.settings;
  const auto at = std::find_if(list.begin(), list.end(), [](const auto& s) { return s.option == &resume; });
  if (at == list.end()) return std::nullopt;
  Resumed resumed{at->value, at->where, {}};
  list.erase(at);
  std::string text;
  read_file(resumed.path, resumed.where, [&](std::string_view piece) { text += piece; });
  auto paused = read_paused(text, resumed.path);
  if (!paused) throw Refusal(paused.error());
  resumed.state = paused->state;
  options::Settings all = options::settle(config_lines(paused->settings, resumed.path));
  for (const options::Setting& s : all.settings) {
    if (s.option != &resume && !is_of_configuration(*s.option)) continue;
    refuse(fmt::format("'{}' does not belong in a paused scan", options::config_name(*s.option)), s.where.to_string(),
           "give it on the command line");
  }
  for (options::Setting& s : list) {
    if (s.option == &resume) refuse("only one scan can be resumed", s.where.to_string(), "give --resume once");
    make_late(s);
    if (is_excluded_already(all, s)) continue;
    all.settings.push_back(std::move(s));
  }
  list = std::move(all.settings);
  return resumed;
}

std::string settings_text(const options::Settings& settings) {
  std::string text;
  for (const options::Setting& s : settings.settings) {
    if (!is_of_one_run(*s.option)) text += options::config_line(s);
  }
  return text;
}

std::string late_exclusions_text(const std::vector<std::string>& targets) {
  std::string text;
  for (const std::string& t : targets) text += options::config_line({&row("exclude-late"), {}, t, {}});
  return text;
}

}  // namespace portolan::cli
