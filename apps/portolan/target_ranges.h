// SPDX-License-Identifier: Apache-2.0
// The addresses of a target set as text: what parse_target() reads back to the same addresses.
// A pure function: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "addr/target_set.h"

namespace portolan::cli {

enum class RangeForm : uint8_t {
  kRanges,    // disjoint and ascending, IPv4 before IPv6; "192.0.2.7" or "192.0.2.0-192.0.2.9"
  kPrefixes,  // "192.0.2.0/29": the fewest that do not reach into a special range from outside
};

// Each once, exact pairs last. What such a prefix covers is a target whatever --include-reserved says, since it lies
// inside a special range or holds none (target_set_builder.h).
void for_each_target_range(const addr::TargetSet& set, RangeForm form,
                           const std::function<void(std::string_view)>& take);

}  // namespace portolan::cli
