// SPDX-License-Identifier: Apache-2.0
// Configuration files: any bytes, against a table with an option of every kind. What is accepted must say the same when
// it is written out again and read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "options/config.h"
#include "options/testing/every_kind.h"

using namespace portolan::options;
using testing::every_kind;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto lines = parse_config(every_kind(), {reinterpret_cast<const char*>(data), size}, "f");
  if (!lines) {
    if (lines.error().what.empty() || lines.error().where.empty() || lines.error().cure.empty()) std::abort();
    return 0;
  }
  const Settings first = settle(*std::move(lines));
  std::string again;
  for (const Setting& s : first.settings) again += config_line(s);
  if (std::count(again.begin(), again.end(), '\n') != static_cast<std::ptrdiff_t>(first.settings.size())) std::abort();
  auto second_lines = parse_config(every_kind(), again, "f");
  if (!second_lines) std::abort();
  const Settings second = settle(*std::move(second_lines));
  if (first.settings.size() != second.settings.size()) std::abort();
  for (size_t i = 0; i < first.settings.size(); ++i) {
    const Setting &a = first.settings[i], &b = second.settings[i];
    if (a.option != b.option || a.index != b.index || a.value != b.value) std::abort();
  }
  return 0;
}
