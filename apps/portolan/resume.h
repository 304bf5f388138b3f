// SPDX-License-Identifier: Apache-2.0
// --resume: the settings of a paused scan and those of the command line, as one; and the settings of a scan as text.
//
// The file's settings come first, so that those of the command line count where only the last does. Exclusions of the
// command line become late ones: they are never sent to, and the numbering of the targets stays. Whatever else would
// change which targets are asked in which order is found by the scan's digest, and refused (scan_request.h).
// Functions of text and files; throw Refusal. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "options/parse.h"
#include "portolan/paused_file.h"

namespace portolan::cli {

struct Resumed {
  std::string path;
  options::Where where;
  std::optional<PausedState> state;  // absent: masscan wrote the file
};

// Takes --resume out of the settings and puts in its place what the file says; nullopt: there is none.
std::optional<Resumed> take_resumed(options::Settings& settings);

// The settings a line each, as read_paused() and a configuration file take them; without those that are of one run
// only.
std::string settings_text(const options::Settings& settings);

// What was excluded while the scan ran, as further lines of its settings.
std::string late_exclusions_text(const std::vector<std::string>& targets);

}  // namespace portolan::cli
