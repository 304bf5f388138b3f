// SPDX-License-Identifier: Apache-2.0
#include "pace/rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace portolan::pace {
namespace {

constexpr std::string_view kExamples = "packets per second such as 100, 0.1, 10k, 1.5m or unlimited";

tl::unexpected<std::string> refuse(std::string_view text, std::string_view why) {
  return tl::unexpected(fmt::format("rate '{}' {}", text, why));
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// What the letters after the number multiply it by; nullopt when they mean nothing.
std::optional<double> factor_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix == "k") return 1e3;
  if (suffix == "m") return 1e6;
  if (suffix == "g") return 1e9;
  return std::nullopt;
}

}  // namespace

Rate Rate::per_second(double packets) {
  const double millis = std::round(packets * 1000);
  if (!(millis >= static_cast<double>(kMinMillis))) return Rate(kMinMillis);
  if (millis >= static_cast<double>(kMaxMillis)) return Rate(kMaxMillis);
  return Rate(static_cast<uint64_t>(millis));
}

tl::expected<Rate, std::string> Rate::parse(std::string_view text) {
  const std::string lower = lowered(text);
  if (lower == "unlimited" || lower == "max") return unlimited();
  if (lower.empty()) return refuse(text, fmt::format("is empty: write {}", kExamples));

  double number = 0;
  const char* const end = lower.data() + lower.size();
  const auto [rest, error] = std::from_chars(lower.data(), end, number);
  const auto factor = factor_of({rest, static_cast<size_t>(end - rest)});
  if (error == std::errc::invalid_argument || !factor || std::isnan(number) || std::isinf(number)) {
    return refuse(text, fmt::format("is not a number: write {}", kExamples));
  }
  if (std::signbit(number)) return refuse(text, fmt::format("is negative: write {}", kExamples));
  if (error == std::errc::result_out_of_range) {
    return refuse(text, "is out of range: write a number from 0.001 to 1g, or unlimited");
  }
  if (number == 0) return refuse(text, "would send nothing, ever: the slowest rate is 0.001 (one packet in 1000 s)");
  const double packets = number * *factor;
  if (packets < 0.0005) return refuse(text, "is too slow: the slowest rate is 0.001 (one packet in 1000 s)");
  if (packets > 1e9) return refuse(text, "is too fast to be kept: the fastest is 1g; write unlimited for no limit");
  return per_second(packets);
}

std::string Rate::to_string() const {
  if (is_unlimited()) return "unlimited";
  std::string text = fmt::format("{}.{:03}", millis_ / 1000, millis_ % 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace portolan::pace
