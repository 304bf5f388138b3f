// SPDX-License-Identifier: Apache-2.0
// read_rules(): from the TOML text of docs/formats/rules.md to Rules, or to what is wrong with it.
//
// All mistakes are told at once, up to kMostRuleErrors; with one there are no rules, and the caller keeps those it has.
// Takes text and gives values: reading the file is the caller's. Allocates, compiles patterns; while options are read
// or on a reload, on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "respond/rules.h"

namespace portolan::respond {

inline constexpr size_t kMostRuleErrors = 20;

struct RuleError {
  std::string title;    // of the text: the file's path
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1
  std::string what;
  std::string cure;

  std::string to_string() const;  // "bait.toml:3:8: 70000 is no port; write a number from 0 to 65535"
};

using ReadRules = tl::expected<std::shared_ptr<const Rules>, std::vector<RuleError>>;

ReadRules read_rules(std::string_view text, std::string_view title);

}  // namespace portolan::respond
