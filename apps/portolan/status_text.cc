// SPDX-License-Identifier: Apache-2.0
#include "portolan/status_text.h"

#include <fmt/format.h>

#include <cstdint>

namespace portolan::cli {

double seconds(base::Nanos n) { return static_cast<double>(n) / static_cast<double>(base::kSecond); }

std::string duration_text(double s) {
  const auto t = static_cast<uint64_t>(s);
  if (t >= 86'400) return fmt::format("{}d{:02}h", t / 86'400, t / 3'600 % 24);
  return fmt::format("{}:{:02}:{:02}", t / 3'600, t / 60 % 60, t % 60);
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f} M/s", per_second / 1e6);
  if (per_second >= 1e4) return fmt::format("{:.1f} k/s", per_second / 1e3);
  return fmt::format("{:.1f}/s", per_second);
}

}  // namespace portolan::cli
