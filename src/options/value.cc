// SPDX-License-Identifier: Apache-2.0
#include "options/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/int128.h"
#include "options/nearest.h"

namespace portolan::options {
namespace {

bool is_word_of(const Option& option, std::string_view text) {
  const auto words = split_words(option.words);
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string choice_of(const Option& option) { return fmt::format("{}", fmt::join(split_words(option.words), ", ")); }

std::string or_words(const Option& option) {
  return option.words.empty() ? "" : fmt::format(", or {}", choice_of(option));
}

Error not_a_word(const Option& option, std::string_view text) {
  Nearest nearest{std::string(text)};
  for (const std::string_view word : split_words(option.words)) nearest.offer(word, std::string(word));
  return {fmt::format("{} does not know '{}'", display(option), text),
          {},
          nearest.best() ? fmt::format("did you mean {}? It takes {}", *nearest.best(), choice_of(option))
                         : fmt::format("it takes {}", choice_of(option))};
}

Error out_of_bounds(const Option& option, std::string_view text, std::string_view unit) {
  return {fmt::format("{} {} is out of bounds", display(option), text),
          {},
          option.max == UINT64_MAX ? fmt::format("give at least {}{}{}", option.min, unit, or_words(option))
                                   : fmt::format("give {} to {}{}{}", option.min, option.max, unit, or_words(option))};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Error> check_number(const Option& option, std::string_view text) {
  if (is_word_of(option, text)) return std::nullopt;
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (!all_digits(digits)) {
    return Error{fmt::format("{} takes a whole number, not '{}'", display(option), text),
                 {},
                 fmt::format("write decimal digits only{}", or_words(option))};
  }
  const auto number = parse_number(text);
  if (!number || *number < option.min || *number > option.max) return out_of_bounds(option, text, "");
  return std::nullopt;
}

std::optional<Error> check_seconds(const Option& option, std::string_view text) {
  if (is_word_of(option, text)) return std::nullopt;
  const auto nanos = parse_seconds(text);
  if (!nanos) {
    return Error{fmt::format("{} takes a time, not '{}'", display(option), text),
                 {},
                 fmt::format("write seconds, as 10 or 0.5, or with a unit, as 500ms or 2m{}", or_words(option))};
  }
  const auto in_seconds = base::u128{static_cast<uint64_t>(*nanos)};
  const auto second = base::u128{static_cast<uint64_t>(base::kSecond)};
  if (in_seconds < second * option.min || in_seconds > second * option.max) {
    return out_of_bounds(option, text, " seconds");
  }
  return std::nullopt;
}

std::optional<Error> check_words(const Option& option, std::string_view text) {
  while (true) {
    const size_t comma = text.find(',');
    const auto word = text.substr(0, comma);
    if (!is_word_of(option, word)) return not_a_word(option, word);
    if (comma == std::string_view::npos) return std::nullopt;
    text.remove_prefix(comma + 1);
  }
}

template <class T>
T must(std::optional<T> value) {
  if (!value) std::abort();  // our own mistake: input is checked where it enters
  return *value;
}

}  // namespace

std::optional<bool> parse_bool(std::string_view text) {
  const std::string plain = canonical(text);
  for (const std::string_view yes : {"true", "on", "yes", "1"}) {
    if (plain == yes) return true;
  }
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (plain == no) return false;
  }
  return std::nullopt;
}

std::optional<uint64_t> parse_number(std::string_view text) {
  const auto wide = base::parse_u128(text);
  if (!wide || base::hi64(*wide) != 0) return std::nullopt;
  return base::lo64(*wide);
}

std::optional<base::Nanos> parse_seconds(std::string_view text) {
  uint64_t unit = base::kSecond;
  constexpr std::array<std::pair<std::string_view, uint64_t>, 4> kUnits{
      {{"ms", base::kMillisecond}, {"s", base::kSecond}, {"m", 60 * base::kSecond}, {"h", 3600 * base::kSecond}}};
  for (const auto& [suffix, size] : kUnits) {
    if (!text.ends_with(suffix)) continue;
    text.remove_suffix(suffix.size());
    unit = size;
    break;
  }
  const size_t dot = text.find('.');
  const auto whole = parse_number(text.substr(0, dot));
  if (!whole) return std::nullopt;
  base::u128 nanos = base::u128{*whole} * unit;
  if (dot != std::string_view::npos) {
    const auto fraction = text.substr(dot + 1);
    if (!all_digits(fraction) || fraction.size() > 9) return std::nullopt;
    base::u128 scale = 1;
    for (size_t i = 0; i < fraction.size(); ++i) scale *= 10;
    nanos += base::u128{*parse_number(fraction)} * unit / scale;
  }
  if (nanos > base::u128{INT64_MAX}) return std::nullopt;
  return static_cast<base::Nanos>(nanos);
}

std::optional<Error> check_value(const Option& option, std::string_view text) {
  if (text.empty()) {
    return Error{fmt::format("{} was given an empty value", display(option)), {}, "give it a value, or leave it out"};
  }
  switch (option.kind) {
    case Kind::kFlag:
    case Kind::kRefused:
      return Error{
          fmt::format("{} takes no value, but '{}' was given", display(option), text), {}, "leave the value out"};
    case Kind::kBool:
      if (parse_bool(text)) return std::nullopt;
      return Error{fmt::format("{} takes yes or no, not '{}'", display(option), text),
                   {},
                   "write yes, no, on, off, true, false, 1 or 0"};
    case Kind::kNumber:
      return check_number(option, text);
    case Kind::kSeconds:
      return check_seconds(option, text);
    case Kind::kWord:
      return is_word_of(option, text) ? std::nullopt : std::optional(not_a_word(option, text));
    case Kind::kWords:
      return check_words(option, text);
    case Kind::kText:
    case Kind::kList:
      return std::nullopt;
  }
  std::abort();
}

bool is_plainly_a_value(const Option& option, std::string_view word) {
  switch (option.kind) {
    case Kind::kBool:
      return parse_bool(word).has_value();
    case Kind::kNumber:
      return all_digits(word) || is_word_of(option, word);
    case Kind::kSeconds:
      return parse_seconds(word).has_value() || is_word_of(option, word);
    case Kind::kWord:
    case Kind::kWords:
      return !check_value(option, word).has_value();
    default:
      return false;
  }
}

bool to_bool(std::string_view text) { return must(parse_bool(text)); }
uint64_t to_number(std::string_view text) { return must(parse_number(text)); }
base::Nanos to_nanos(std::string_view text) { return must(parse_seconds(text)); }

}  // namespace portolan::options
