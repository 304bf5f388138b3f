// SPDX-License-Identifier: Apache-2.0
// parse(): words of a command line in, checked settings out, in the order they were given.
//
// The grammar, which is masscan's:
//   --name value   --name=value   --name:value   --name[80] value     names as in table.h
//   -p80   -p 80   -oL file                                           short forms, the value glued or apart
//   word                                                              anything else; the command says what it means
//   --                                                                only words follow
// The next word is a value whatever it looks like, unless it is an option itself: it begins with "--", or with '-' and
// a letter. (`-p -`, `-p -100` and `-iL -` are values; a value like that is written --name=-x.) An option whose value
// may be left out takes the next word only when it plainly is one: `--top-ports 10.0.0.1` leaves the address alone.
//
// Whatever is not understood is an error and the first one is returned: an option that is not known (with the one that
// was probably meant), a value that is missing, not wanted, or not what the option takes. For a scalar the last setting
// counts, a list takes all. Pure; the Table must outlive the result.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "options/error.h"
#include "options/table.h"

namespace portolan::options {

struct Setting {
  const Option* option = nullptr;
  std::optional<uint16_t> index;  // of --name[80]
  std::string value;              // passed check_value(); `bare` when none was given; empty for a flag
  Where where;                    // of the value, or of the flag
};

struct Word {
  std::string text;
  Where where;
};

struct Settings {
  std::vector<Setting> settings;
  std::vector<Word> words;
};

// Takes "[80]" off the front of `rest`, which begins with a bracket. nullopt when that went well.
std::optional<Error> take_index(const Option& option, std::string_view& rest, std::optional<uint16_t>& index);

// `first` is the number, as the shell counts, of args[0].
tl::expected<Settings, Error> parse(const Table& table, std::span<const std::string_view> args, uint32_t first = 1);

}  // namespace portolan::options
