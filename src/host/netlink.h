// SPDX-License-Identifier: Apache-2.0
// look(): makes a Vantage from the kernel's tables by rtnetlink.
//
// The routing tables only tell where the answer may change; each piece between two such places is then asked of the
// kernel itself (RTM_GETROUTE for one address of it), so policy rules, metrics and multipath are honoured as they
// would be for a packet of this process without mark. What depends on the mark, the user or the source port is not.
// A snapshot: routes that change later are not followed. Any thread, in the network namespace of that thread.
#pragma once

#include <span>
#include <string>
#include <tl/expected.hpp>

#include "host/stretches.h"
#include "host/vantage.h"

namespace portolan::host {

// Hops for all destinations that can be reached. Our own addresses lead to the loopback interface; groups (broadcast,
// multicast), 0.0.0.0, :: and what routes refuse (blackhole, unreachable, prohibit) have no hop. Gateways may be of
// the other family (RFC 5549). With `interface`, routes are looked up as if sending were tied to it, and what they do
// not cover counts as on its link.
// Errors: netlink is refused, or there is no such interface. Cost: about 10 us a route that is hit.
tl::expected<Vantage, std::string> look(const NextDestination& next, const std::string& interface = "");

// REQUIRES: sorted by first, disjoint, each of one family.
tl::expected<Vantage, std::string> look(std::span<const Stretch> destinations, const std::string& interface = "");

}  // namespace portolan::host
