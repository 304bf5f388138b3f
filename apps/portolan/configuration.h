// SPDX-License-Identifier: Apache-2.0
// Configuration: what is said of a scan from wherever, in the order in which it counts. docs/formats/configuration.md
//
// First the system's file, then the command line from left to right, where a file stands in the place of the --conf
// that names it. What a file takes back (`name =`) is what was said before it, by whomever. The result has no words, no
// --conf and no --echo any more: they are resolved here, once, and everything behind sees settings only. What is
// excluded twice in the same words stands there once, where it was said last. Functions of settings and files; they
// throw Refusal. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "options/config.h"
#include "options/parse.h"

namespace portolan::cli {

// Read before everything else when they are there; which one, the name decides by which the program was started.
inline constexpr std::string_view kSystemConf = "/etc/portolan/portolan.conf";
inline constexpr std::string_view kMasscanSystemConf = "/etc/masscan/masscan.conf";

// What is to be printed and not done.
enum class Echo : uint8_t {
  kNone,
  kSettings,  // --echo
  kAll,       // --echo-all: beside them the defaults of all others
};

struct Configuration {
  options::Settings settings;  // targets are --range
  Echo echo = Echo::kNone;
  bool cidr = false;                                // --echo-cidr
  std::string system_file;                          // that was read; empty: none
  std::vector<const options::Option*> system_sets;  // and nobody has taken back
  // What a file that says all this again has to take back of the system's first, as it would add up or count once more.
  // No exclusion that holds: read on another machine, such a file must not undo what is excluded there.
  std::vector<const options::Option*> said_before;
};

// `system_file` is overruled by --system-conf. Of it only exclusions count when a scan is resumed, since the paused
// file holds all that was said before; and nothing with --readrange.
Configuration read_configuration(const options::Settings& given, std::string_view system_file);

// The options that are resolved here, and those that print instead of scanning (scan_options_config.cc).
bool is_of_configuration(const options::Option& option);

// Questions to the program, and what is over before a file is read: refused in a file.
bool is_for_the_command_line(const options::Option& option);

// Configuration text as lines, those of the files that it names in their places.
std::vector<options::ConfigLine> config_lines(std::string_view text, const std::string& file);

// "/etc/portolan/portolan.conf sets: rate, excludefile"; empty when it sets nothing.
std::string system_notice(const Configuration& configuration);

}  // namespace portolan::cli
