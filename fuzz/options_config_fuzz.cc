// SPDX-License-Identifier: Apache-2.0
// Configuration files: any bytes, against a table with an option of every kind. What is accepted must say the same when
// it is written out again and read.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "options/config.h"

namespace {

using namespace portolan::options;

constexpr std::array<Option, 10> kRows{{
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

const Table& table() {
  static const Table made = [] {
    std::vector<const Option*> rows;
    for (const Option& row : kRows) rows.push_back(&row);
    return Table("x", rows);
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto lines = parse_config(table(), {reinterpret_cast<const char*>(data), size}, "f");
  if (!lines) {
    if (lines.error().what.empty() || lines.error().where.empty() || lines.error().cure.empty()) std::abort();
    return 0;
  }
  const Settings first = settle(*std::move(lines));
  std::string again;
  for (const Setting& s : first.settings) again += config_line(s);
  if (std::count(again.begin(), again.end(), '\n') != static_cast<std::ptrdiff_t>(first.settings.size())) std::abort();
  auto second_lines = parse_config(table(), again, "f");
  if (!second_lines) std::abort();
  const Settings second = settle(*std::move(second_lines));
  if (first.settings.size() != second.settings.size()) std::abort();
  for (size_t i = 0; i < first.settings.size(); ++i) {
    const Setting &a = first.settings[i], &b = second.settings[i];
    if (a.option != b.option || a.index != b.index || a.value != b.value) std::abort();
  }
  return 0;
}
