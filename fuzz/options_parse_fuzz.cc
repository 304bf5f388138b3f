// SPDX-License-Identifier: Apache-2.0
// The command line grammar: any words, one a line, against a table with an option of every kind. What is accepted must
// say so again when it is written out as --name=value.
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "options/parse.h"
#include "options/testing/every_kind.h"

namespace {

using portolan::options::Kind;
using portolan::options::testing::every_kind;

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    out.push_back(text.substr(0, end));
  }
  out.push_back(text);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = parse(every_kind(), lines({reinterpret_cast<const char*>(data), size}));
  if (!parsed) {
    if (parsed.error().what.empty() || parsed.error().where.empty() || parsed.error().cure.empty()) std::abort();
    return 0;
  }
  std::vector<std::string> again;
  for (const auto& s : parsed->settings) {
    std::string word = display(*s.option);
    if (s.index) word += fmt::format("[{}]", *s.index);
    again.push_back(s.option->kind == Kind::kFlag ? word : word + "=" + s.value);
  }
  const auto second = parse(every_kind(), std::vector<std::string_view>(again.begin(), again.end()));
  if (!second || second->settings.size() != parsed->settings.size()) std::abort();
  for (size_t i = 0; i < again.size(); ++i) {
    const auto &a = parsed->settings[i], &b = second->settings[i];
    if (a.option != b.option || a.index != b.index || a.value != b.value) std::abort();
  }
  return 0;
}
