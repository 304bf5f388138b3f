// SPDX-License-Identifier: Apache-2.0
#include "portolan/configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "portolan/errors.h"
#include "portolan/files.h"
#include "portolan/masscan_reading.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::ConfigLine;
using options::Option;
using options::Setting;

constexpr size_t kDeepest = 16;  // files that name files

using Rows = std::vector<const Option*>;

// Looked up once: a file may have millions of lines.
Rows rows_of(std::initializer_list<std::string_view> names) {
  Rows rows;
  for (const std::string_view name : names) rows.push_back(scan_table().find(name));
  return rows;
}

bool is_of(const Rows& rows, const Option* option) { return std::find(rows.begin(), rows.end(), option) != rows.end(); }

bool is_conf(const Option* option) {
  static const Option* const conf = scan_table().find("conf");
  return option == conf;
}

bool is_exclusion(const Option* option) {
  static const Rows rows =
      rows_of({"exclude", "excludefile", "exclude-ports", "exclude-late", "excludefile-late", "exclude-ports-late"});
  return is_of(rows, option);
}

bool is_a_list_file(const Option* option) {
  static const Rows rows = rows_of({"includefile", "excludefile", "excludefile-late", "readrange"});
  return is_of(rows, option);
}

// Lines in their order, with what --conf names in its place.
class Expansion {
 public:
  void take_text(std::string_view text, const std::string& file) {
    auto lines = options::parse_config(scan_table(), text, file, masscan_reading);
    if (!lines) throw Refusal(lines.error());
    for (ConfigLine& line : *lines) {
      const Option* option = line.setting.option;
      if (is_for_the_command_line(*option)) {
        refuse(fmt::format("'{}' does not belong in a file", options::config_name(*option)),
               line.setting.where.to_string(), "give it on the command line");
      }
      take(std::move(line));
    }
  }

  void take_file(const std::string& path, const options::Where& where) {
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      refuse(fmt::format("{} reads itself", path), where.to_string(), "take the line out");
    }
    if (open_.size() == kDeepest) {
      refuse(fmt::format("more than {} configuration files read one another", kDeepest), where.to_string(),
             "put their lines into fewer files");
    }
    std::string text;
    read_file(path, where, [&text](std::string_view piece) { text += piece; });
    if (path == "-") from_stdin_.push_back(where);
    open_.push_back(path);
    take_text(text, file_title(path));
    open_.pop_back();
  }

  void take(ConfigLine line) {
    if (is_conf(line.setting.option) && !line.clears) return take_file(line.setting.value, line.setting.where);
    lines_.push_back(std::move(line));
  }

  bool says(std::string_view name) const {
    const Option* row = scan_table().find(name);
    return std::any_of(lines_.begin(), lines_.end(),
                       [row](const ConfigLine& l) { return !l.clears && l.setting.option == row; });
  }

  std::vector<ConfigLine>& lines() { return lines_; }
  const std::vector<options::Where>& from_stdin() const { return from_stdin_; }

 private:
  std::vector<ConfigLine> lines_;
  std::vector<std::string> open_;
  std::vector<options::Where> from_stdin_;
};

// Settings and words side by side, as they were typed.
std::vector<ConfigLine> in_order(const options::Settings& given) {
  const Option* range = scan_table().find("range");
  std::vector<ConfigLine> lines;
  for (const Setting& s : given.settings) lines.push_back({s, false});
  for (const options::Word& w : given.words) lines.push_back({{range, {}, w.text, w.where}, false});
  std::stable_sort(lines.begin(), lines.end(), [](const ConfigLine& a, const ConfigLine& b) {
    return a.setting.where.argument < b.setting.where.argument;
  });
  return lines;
}

bool is_there(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

// One that was named must be there.
Expansion read_system_file(const options::Settings& given, std::string& path) {
  Expansion system;
  std::optional<options::Where> named;
  for (const Setting& s : given.settings) {
    if (s.option != scan_table().find("system-conf")) continue;
    path = s.value;
    named = s.where;
  }
  if (path == "off" || (!named && !is_there(path))) {
    path.clear();
  } else {
    system.take_file(path, named.value_or(options::Where{.file = path}));
  }
  return system;
}

// Each once, in the order in which they are first set.
Rows options_of(std::vector<ConfigLine> lines) {
  Rows rows;
  for (const Setting& s : options::settle(std::move(lines)).settings) {
    if (!is_of(rows, s.option)) rows.push_back(s.option);
  }
  return rows;
}

// The last of each stays: so a configuration that was echoed is read back in its order beside the system's file.
void drop_repeated_exclusions(std::vector<Setting>& settings) {
  std::set<std::pair<const Option*, std::string>> said;
  std::vector<Setting> kept;
  for (auto s = settings.rbegin(); s != settings.rend(); ++s) {
    if (is_exclusion(s->option) && !said.emplace(s->option, s->value).second) continue;
    kept.push_back(std::move(*s));
  }
  std::reverse(kept.begin(), kept.end());
  settings = std::move(kept);
}

void check_standard_input(const Expansion& own, const options::Settings& settings) {
  if (own.from_stdin().empty()) return;
  constexpr std::string_view kWhat = "standard input is to be read twice";
  if (own.from_stdin().size() > 1) refuse(std::string(kWhat), own.from_stdin()[1].to_string(), "name it once");
  for (const Setting& s : settings.settings) {
    if (s.value == "-" && is_a_list_file(s.option)) {
      refuse(std::string(kWhat), s.where.to_string(), "put the list or the configuration in a file");
    }
  }
}

void take_out_echo(Configuration& c) {
  const Rows echo = rows_of({"echo", "echo-all", "echo-cidr", "system-conf"});
  std::erase_if(c.settings.settings, [&](const Setting& s) {
    if (!is_of(echo, s.option)) return false;
    if (s.option == echo[1]) c.echo = Echo::kAll;
    if ((s.option == echo[0] || s.option == echo[2]) && c.echo == Echo::kNone) c.echo = Echo::kSettings;
    c.cidr |= s.option == echo[2];
    return true;
  });
}

}  // namespace

bool is_of_configuration(const Option& option) {
  const auto rows = config_options();
  return std::any_of(rows.begin(), rows.end(), [&option](const ScanOption& row) { return &row.option == &option; });
}

bool is_for_the_command_line(const Option& option) {
  static const Rows rows =
      rows_of({"help", "manual", "version", "iflist", "nmap", "selftest", "readscan", "system-conf"});
  return is_of(rows, &option);
}

std::vector<ConfigLine> config_lines(std::string_view text, const std::string& file) {
  Expansion all;
  all.take_text(text, file);
  return std::move(all.lines());
}

Configuration read_configuration(const options::Settings& given, std::string_view system_file) {
  Configuration out;
  Expansion own;
  for (ConfigLine& line : in_order(given)) own.take(std::move(line));
  std::vector<ConfigLine> all;
  if (!own.says("readrange")) {
    out.system_file = system_file;
    all = std::move(read_system_file(given, out.system_file).lines());
    if (own.says("resume"))
      std::erase_if(all, [](const auto& l) { return l.clears || !is_exclusion(l.setting.option); });
  }
  out.said_before = options_of(all);
  std::vector<ConfigLine> left = all;
  std::copy_if(own.lines().begin(), own.lines().end(), std::back_inserter(left),
               [](const auto& l) { return l.clears; });
  out.system_sets = options_of(std::move(left));
  std::erase_if(out.said_before,
                [&out](const Option* option) { return is_exclusion(option) && is_of(out.system_sets, option); });
  std::move(own.lines().begin(), own.lines().end(), std::back_inserter(all));
  out.settings = options::settle(std::move(all));
  drop_repeated_exclusions(out.settings.settings);
  check_standard_input(own, out.settings);
  take_out_echo(out);
  return out;
}

std::string system_notice(const Configuration& configuration) {
  if (configuration.system_sets.empty()) return {};
  std::vector<std::string> names;
  for (const Option* option : configuration.system_sets) names.push_back(options::config_name(*option));
  return fmt::format("{} sets: {}", configuration.system_file, fmt::join(names, ", "));
}

}  // namespace portolan::cli
