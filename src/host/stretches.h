// SPDX-License-Identifier: Apache-2.0
// Stretches: cutting destinations where routes begin and end, so that the kernel is asked once for each piece.
//
// The pieces are as many as the routes at most, however many destinations there are. Addresses are ordered as
// IpAddress orders them, both families on one line. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "addr/ip_address.h"
#include "host/vantage.h"

namespace portolan::host {

// The least destination that is not below the given address, or nothing. Called in ascending order, once a piece.
using NextDestination = std::function<std::optional<addr::IpAddress>(const addr::IpAddress&)>;

// For destinations in hand. REQUIRES: sorted by first, disjoint, each of one family; they must outlive the result.
NextDestination next_in(std::span<const Stretch> destinations);

// prefix_length: 0 to 32 or 0 to 128. REQUIRES: not above the family's.
Stretch stretch_of_prefix(const addr::IpAddress& address, uint8_t prefix_length);

std::optional<addr::IpAddress> successor(const addr::IpAddress& a);  // nothing after the last of IPv6

// Each piece begins with a destination and ends where the next prefix begins or ends; of one family.
std::vector<Stretch> cut(const NextDestination& next, std::span<const Stretch> prefixes);

// Appends the hop, or makes the last one longer when it follows it without a gap and leads the same way.
void append_merged(std::vector<Hop>& hops, const Hop& hop);

}  // namespace portolan::host
