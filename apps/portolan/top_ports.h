// SPDX-License-Identifier: Apache-2.0
// The ports most often found open, as data: what --top-ports means.
//
// Facts from published scan statistics (see the table for their date), most frequent first as far as the order is
// known. Not a list of services, and no claim about any one network. Constant data: any thread.
#pragma once

#include <cstdint>
#include <span>

#include "addr/target.h"

namespace portolan::cli {

// All that are known, without duplicates; the first N are the top N. Empty for a protocol without statistics.
std::span<const uint16_t> top_ports(addr::Protocol protocol);

}  // namespace portolan::cli
