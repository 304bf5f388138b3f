// SPDX-License-Identifier: Apache-2.0
// The values in a population's description: shares, counts, times, ports. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace portolan::population::spec_internal {

// "0.25", "25%" or "1/4"; finite, not negative, not above `most`.
std::optional<double> parse_share(std::string_view text, double most = 1);
std::optional<uint64_t> parse_count(std::string_view text, uint64_t most);  // decimal digits
std::optional<base::Nanos> parse_time(std::string_view text);               // "5ms" "0.2s" "300us"; a minute at most
std::optional<bool> parse_yes(std::string_view text);                       // yes no true false

// "22", "8000-8100"; both ends included.
std::optional<std::pair<uint16_t, uint16_t>> parse_port_range(std::string_view text);

// As host_step.h counts it; exact for 0 and 1.
uint32_t to_share(double share);

}  // namespace portolan::population::spec_internal
