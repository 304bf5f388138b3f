// SPDX-License-Identifier: Apache-2.0
// The errors of the system calls that open and shape a port, as text. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace portolan::pktio {

// "cannot WHAT: the reason of errno", with the cure where the reason has one.
std::string system_error(std::string_view what);

}  // namespace portolan::pktio
