// SPDX-License-Identifier: Apache-2.0
// What both forms of a population's description are read into before anything is made of it, and the keys they share.
//
// Used by the files of spec.h only. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "population/spec.h"

namespace portolan::population::spec_internal {

struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
};

// One thing: a value, or in a map a name and its value.
struct Item {
  std::string name;
  std::string value;
  Place place;
};

enum class Shape : uint8_t { kScalar, kList, kMap };

struct Key {
  std::string_view path;      // in TOML, section and key: "weather.loss"
  std::string_view one_line;  // in the one-line form: "loss"
  Shape shape;
};

std::span<const Key> keys();       // of a population
std::span<const Key> host_keys();  // of a [[host]]; no one_line

struct Entry {
  const Key* key;
  std::vector<Item> items;  // one for a scalar
  Place place;
};

struct HostEntries {
  std::vector<Entry> entries;
  Place place;
};

struct Entries {
  std::vector<Entry> entries;
  std::vector<HostEntries> hosts;
};

class Problems {
 public:
  explicit Problems(std::string_view title) : title_(title) {}
  void add(const Place& place, std::string what, std::string cure) {
    errors_.push_back({std::string(title_), place.line, place.column, std::move(what), std::move(cure)});
  }
  bool any() const { return !errors_.empty(); }
  std::vector<SpecError> take();  // in the text's order

 private:
  std::string_view title_;
  std::vector<SpecError> errors_;
};

// "live, seed, ..."
std::string key_names(std::span<const Key> of, bool one_line);

// REQUIRES: no problem was found while the entries were read, or the result is not used.
Population::Parts settle(const Entries& entries, Problems& problems);

}  // namespace portolan::population::spec_internal
