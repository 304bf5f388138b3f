// SPDX-License-Identifier: Apache-2.0
// A plan's destinations in ascending order, found by search, so that asking about routes does not walk ten million
// ranges. Pure function, any thread.
#pragma once

#include <optional>

#include "addr/ip_address.h"
#include "addr/target_set.h"

namespace portolan::scan {

// The least address, of a product or a pair, that is not below `from`; nullopt after the last.
std::optional<addr::IpAddress> next_destination(const addr::TargetSet& targets, const addr::IpAddress& from);

}  // namespace portolan::scan
