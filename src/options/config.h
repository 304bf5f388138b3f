// SPDX-License-Identifier: Apache-2.0
// Configuration files: lines in, checked settings out; and settings as such lines. docs/formats/configuration.md
//
// A file says what a command line says, by the same names and the same values:
//   name = value      name[80] = value      # a remark: a line whose first character is punctuation, except '-'
//   name =            takes back what was said of it before; a list is empty again
// A flag is true or false, and false takes it back. An option whose value may be left out knows true and false too.
// A name may keep the dashes of the command line, -oL as well as --rate: such a line is never taken for a remark.
// A value ends with the line, without the blanks around it. One in double quotes is taken without them and may hold
// \n \t \r \" \\ \x00; whatever cannot be said plainly is written that way, so that config_line() is read back.
//
// The first line that is not understood is the error, with its place: an unknown name (with the one that was probably
// meant), no '=', a value that the option does not take. An option that is refused may be said to be off.
// Pure functions, no files: who names files reads them. The Table must outlive the result. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "options/error.h"
#include "options/parse.h"
#include "options/table.h"

namespace portolan::options {

struct ConfigLine {
  Setting setting;      // its place is that of the value
  bool clears = false;  // takes back the earlier settings of the option; of one index, if it has one. No value then.
};

// What another program's file means where the table does not say it. `name` as it stands there, but canonical(). May
// write the value anew; false: the line says the same as `name =`.
using ConfigReading = bool (*)(const Option& option, std::string_view name, std::string& value);

// `file`: what messages call it.
tl::expected<std::vector<ConfigLine>, Error> parse_config(const Table& table, std::string_view text,
                                                          const std::string& file, ConfigReading reading = nullptr);

// What is left of them, in their order.
Settings settle(std::vector<ConfigLine> lines);

// The option's name in a file: "rate", or "-x" for one that has no long name.
std::string config_name(const Option& option);

// "rate = 100\n"; of a flag "webxml = true\n".
std::string config_line(const Setting& setting);

}  // namespace portolan::options
