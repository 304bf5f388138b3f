// SPDX-License-Identifier: Apache-2.0
// A command of no use with an option of every kind, for fuzz targets. table_of() makes a table of any rows, for tests.
// Any thread.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "options/table.h"

namespace portolan::options::testing {

// `rows` must outlive the table; so constexpr rows it is.
inline Table table_of(std::string_view command, std::span<const Option> rows) {
  std::vector<const Option*> all;
  for (const Option& row : rows) all.push_back(&row);
  return Table(command, all);
}

inline constexpr std::array<Option, 10> kEveryKind{{
    {.names = "rate max-rate", .kind = Kind::kText, .commands = "x"},
    {.names = "ports", .shorts = "-p", .kind = Kind::kList, .commands = "x"},
    {.names = "ttl", .kind = Kind::kNumber, .min = 1, .max = 255, .commands = "x"},
    {.names = "mss", .kind = Kind::kNumber, .bare = "1460", .words = "off", .commands = "x"},
    {.names = "wait", .kind = Kind::kSeconds, .words = "forever", .commands = "x"},
    {.names = "noreset", .kind = Kind::kBool, .commands = "x"},
    {.shorts = "-sS", .kind = Kind::kFlag, .commands = "x"},
    {.names = "show", .kind = Kind::kWords, .words = "open closed", .commands = "x"},
    {.names = "hello", .shorts = "-oX -o", .kind = Kind::kList, .commands = "x", .indexed = true},
    {.names = "banners", .shorts = "-sV", .kind = Kind::kRefused, .help = "no", .commands = "x"},
}};

inline const Table& every_kind() {
  static const Table made = table_of("x", kEveryKind);
  return made;
}

}  // namespace portolan::options::testing
