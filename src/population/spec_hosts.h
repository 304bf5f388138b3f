// SPDX-License-Identifier: Apache-2.0
// The [[host]] sections of a population's description. Used by the files of spec.h only. One thread.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "population/population.h"
#include "population/spec_entries.h"

namespace portolan::population::spec_internal {

using NamedHosts = std::unordered_map<addr::IpAddress, NamedHost>;

void read_named_hosts(const std::vector<HostEntries>& hosts, NamedHosts& into, Problems& problems);

}  // namespace portolan::population::spec_internal
