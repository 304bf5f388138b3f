// SPDX-License-Identifier: Apache-2.0
#include "population/spec_values.h"

#include <charconv>
#include <cmath>

#include "population/host_step.h"

namespace portolan::population::spec_internal {
namespace {

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0) return {};
  return value;
}

}  // namespace

std::optional<double> parse_share(std::string_view text, double most) {
  double divisor = 1;
  if (text.ends_with('%')) {
    text.remove_suffix(1);
    divisor = 100;
  } else if (const size_t slash = text.find('/'); slash != text.npos) {
    const auto below = parse_decimal(text.substr(slash + 1));
    if (!below || *below == 0) return std::nullopt;
    divisor = *below;
    text = text.substr(0, slash);
  }
  const auto value = parse_decimal(text);
  if (!value || *value / divisor > most) return std::nullopt;
  return *value / divisor;
}

std::optional<uint64_t> parse_count(std::string_view text, uint64_t most) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<base::Nanos> parse_time(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789.");
  if (digits == 0 || digits == text.npos) return std::nullopt;
  const std::string_view unit = text.substr(digits);
  const double scale = unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  const auto value = parse_decimal(text.substr(0, digits));
  if (!value || scale == 0 || *value * scale > 60e9) return std::nullopt;
  return static_cast<base::Nanos>(std::llround(*value * scale));
}

std::optional<bool> parse_yes(std::string_view text) {
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  return std::nullopt;
}

std::optional<std::pair<uint16_t, uint16_t>> parse_port_range(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = parse_count(text.substr(0, dash), 65535);
  const auto last = dash == text.npos ? first : parse_count(text.substr(dash + 1), 65535);
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair{static_cast<uint16_t>(*first), static_cast<uint16_t>(*last)};
}

uint32_t to_share(double share) { return static_cast<uint32_t>(std::llround(share * kAlways)); }

}  // namespace portolan::population::spec_internal
