// SPDX-License-Identifier: Apache-2.0
// The usual name of a well-known port, for the formats that print one beside the number.
//
// A small table of our own (names as IANA registers them), so that files look the same on every machine; what somebody
// really runs there is not known. Reading names is apps' (names.h). Constant: any thread.
#pragma once

#include <string_view>

#include "addr/target.h"

namespace portolan::output {

std::string_view service_name(addr::ProtoPort service);  // empty: none

}  // namespace portolan::output
