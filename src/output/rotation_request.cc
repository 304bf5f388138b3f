// SPDX-License-Identifier: Apache-2.0
#include "output/rotation_request.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <span>
#include <utility>

namespace portolan::output {
namespace {

constexpr base::Nanos kMinute = 60 * base::kSecond;
constexpr base::Nanos kHour = 60 * kMinute;
constexpr base::Nanos kDay = 24 * kHour;
constexpr base::Nanos kWeek = 7 * kDay;
constexpr base::Nanos kMost = 36'525 * kDay;  // a hundred years

using Times = std::span<const std::pair<std::string_view, base::Nanos>>;

constexpr std::pair<std::string_view, base::Nanos> kUnits[] = {{"", base::kSecond},
                                                               {"s", base::kSecond},
                                                               {"sec", base::kSecond},
                                                               {"secs", base::kSecond},
                                                               {"second", base::kSecond},
                                                               {"seconds", base::kSecond},
                                                               {"m", kMinute},
                                                               {"min", kMinute},
                                                               {"mins", kMinute},
                                                               {"minute", kMinute},
                                                               {"minutes", kMinute},
                                                               {"h", kHour},
                                                               {"hr", kHour},
                                                               {"hrs", kHour},
                                                               {"hour", kHour},
                                                               {"hours", kHour},
                                                               {"d", kDay},
                                                               {"day", kDay},
                                                               {"days", kDay},
                                                               {"w", kWeek},
                                                               {"week", kWeek},
                                                               {"weeks", kWeek}};
constexpr std::pair<std::string_view, base::Nanos> kWords[] = {
    {"minutely", kMinute}, {"hourly", kHour}, {"daily", kDay}, {"weekly", kWeek}};

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::optional<base::Nanos> found(Times table, std::string_view word) {
  for (const auto& [name, value] : table) {
    if (name == word) return value;
  }
  return std::nullopt;
}

// The digits that `text` begins with, taken off it.
std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

struct Stem {
  std::string_view name, ending;
};

Stem split(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {file_name, {}};
  return {file_name.substr(0, dot), file_name.substr(dot)};
}

}  // namespace

std::optional<base::Nanos> parse_rotation_time(std::string_view text) {
  const std::string small = lower(text);
  std::string_view rest = small;
  if (const auto word = found(kWords, rest)) return word;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  const auto unit = found(kUnits, rest);
  if (!unit || *number > static_cast<uint64_t>(kMost / *unit)) return std::nullopt;
  const base::Nanos time = static_cast<base::Nanos>(*number) * *unit;
  return negative ? -time : time;
}

std::optional<uint64_t> parse_rotation_size(std::string_view text) {
  const std::string small = lower(text);
  std::string_view rest = small;
  const auto number = take_number(rest);
  if (!number) return std::nullopt;
  constexpr std::string_view kLetters = "kmgtpe";
  if (rest.empty() || rest == "b") return number;
  const size_t letter = kLetters.find(rest[0]);
  const bool known = rest.size() == 1 || rest.substr(1) == "b" || rest.substr(1) == "ib";
  if (letter == std::string_view::npos || !known) return std::nullopt;
  const unsigned shift = 10 * static_cast<unsigned>(letter + 1);
  if (*number > (UINT64_MAX >> shift)) return std::nullopt;
  return *number << shift;
}

base::Nanos next_boundary(base::Nanos wall, base::Nanos every, base::Nanos offset) {
  const base::Nanos past = ((wall - offset % every) % every + every) % every;  // since the boundary before
  return wall - past + every;
}

std::string piece_name_by_time(std::string_view file_name, base::Nanos wall) {
  using namespace std::chrono;
  const auto second = floor<seconds>(sys_time<nanoseconds>(nanoseconds(wall)));
  const auto day = floor<days>(second);
  const year_month_day date(day);
  const hh_mm_ss time(second - day);
  return fmt::format("{:02}{:02}{:02}-{:02}{:02}{:02}-{}", static_cast<int>(date.year()) % 100,
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), file_name);
}

std::string piece_name_by_size(std::string_view file_name, uint64_t number) {
  const Stem stem = split(file_name);
  return fmt::format("{}-{:05}{}", stem.name, number, stem.ending);
}

}  // namespace portolan::output
