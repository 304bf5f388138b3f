// SPDX-License-Identifier: Apache-2.0
// read_population(): from what a user wrote to a Population, or to everything that is wrong with it.
//
// Two forms with the same keys, described in docs/formats/population.md: a list in one line
//   seed=7,live=0.2,tcp=22:0.3+80:0.5+*:0.001,closed=0.5,loss=0.02,delay=5ms..40ms
// and a TOML file, which may also name hosts. All mistakes are told at once; with one there is no population.
// Takes text and gives values: reading the file is the caller's. Allocates; while options are read. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "population/population.h"

namespace portolan::population {

struct SpecError {
  std::string title;    // of the text: a file's path, or "--population"
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1, in bytes
  std::string what;
  std::string cure;

  std::string to_string() const;  // "hosts.toml:3:8: 1.5 is more than the whole; write a share from 0 to 1"
};

using ReadPopulation = tl::expected<Population, std::vector<SpecError>>;

// Whether a word is the one-line form (it has a '=' before any '/'), and not a file's name.
bool is_inline_spec(std::string_view word);

ReadPopulation read_inline_population(std::string_view text, std::string_view title);
ReadPopulation read_toml_population(std::string_view text, std::string_view title);

}  // namespace portolan::population
