// SPDX-License-Identifier: Apache-2.0
// The fields of an Observation as data: name, type, unit, meaning, and how to read it.
//
// Writers of structured formats walk this table and so do their documents: a new field is one row here and appears
// everywhere. Do not use it on the packet path, a value may allocate. Constant, any thread.
//
// Names are stable and in the order of printing. The first three are masscan's, present in every record and spelled
// as masscan spells them; the others are absent (std::monostate) when the answer did not tell them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "result/observation.h"

namespace portolan::result {

// A list of numbers lies inside the observation and is valid as long as that is.
using FieldValue = std::variant<std::monostate, uint64_t, std::string, std::span<const uint8_t>>;

enum class FieldType : uint8_t { kNumber, kText, kNumberList };
std::string_view name(FieldType t);  // number text list

struct Field {
  std::string_view name;
  FieldType type;
  std::string_view unit;  // empty: none
  std::string_view meaning;
  FieldValue (*get)(const Observation& o);  // the alternative is that of `type`, or monostate
};

// What is known about a target beyond which target it is.
std::span<const Field> observation_fields();

// The word in the "status" field and in front of a list line: name(state), but "open" for a host that answered ICMP,
// which is what masscan says and its readers expect. ARP and NDP answers are "up".
std::string_view status_word(const Observation& o);

// Wall time as RFC 3339 UTC with milliseconds, rounded down: 2023-11-14T22:13:20.123Z.
std::string rfc3339(base::Nanos wall);

}  // namespace portolan::result
