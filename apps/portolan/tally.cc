// SPDX-License-Identifier: Apache-2.0
#include "portolan/tally.h"

#include <fmt/format.h>

namespace portolan::cli {

std::string Tally::found() const {
  std::string text;
  for (size_t i = 0; i < addr::kProtocolCount; ++i) {
    const auto p = static_cast<addr::Protocol>(i);
    const uint64_t n = count(p, result::State::kOpen) + count(p, result::State::kUp);
    if (n != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name(p), n);
  }
  return text.empty() ? "none" : text;
}

}  // namespace portolan::cli
