// SPDX-License-Identifier: Apache-2.0
// The values of options: from text to bool, number, time, and the check that a text fits its option.
//
// parse() has checked every value it hands out, so that whoever takes a Setting may convert without asking again;
// to_number() and its like abort on a text that was never checked. Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "options/error.h"
#include "options/table.h"

namespace portolan::options {

// The text forms, strict: no sign, no blanks, nothing after.
std::optional<bool> parse_bool(std::string_view text);
std::optional<uint64_t> parse_number(std::string_view text);      // decimal digits, below 2^64
std::optional<base::Nanos> parse_seconds(std::string_view text);  // "10" "0.5" "500ms" "2m" "1h"; below 292 years

// nullopt when `text` may be the value of `option`, else what is wrong and the cure (`where` is left to the caller).
std::optional<Error> check_value(const Option& option, std::string_view text);

// The value that the next word would be for an option whose value may be left out: does it look like one?
bool is_plainly_a_value(const Option& option, std::string_view word);

// REQUIRES: the text passed check_value() for an option of that kind, and is none of its `words`.
bool to_bool(std::string_view text);
uint64_t to_number(std::string_view text);
base::Nanos to_nanos(std::string_view text);

}  // namespace portolan::options
