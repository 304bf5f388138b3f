// SPDX-License-Identifier: Apache-2.0
#include "portolan/tally.h"

#include <fmt/format.h>

#include <numeric>

namespace portolan::cli {

uint64_t total(const Found& found) { return std::accumulate(found.begin(), found.end(), uint64_t{0}); }

std::string to_text(const Found& found) {
  std::string text;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name(static_cast<addr::Protocol>(i)), found[i]);
  }
  return text.empty() ? "none" : text;
}

Found Tally::found() const {
  Found found;
  for (size_t i = 0; i < found.size(); ++i) {
    const auto p = static_cast<addr::Protocol>(i);
    found[i] = count(p, result::State::kOpen) + count(p, result::State::kUp);
  }
  return found;
}

}  // namespace portolan::cli
