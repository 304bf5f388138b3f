// SPDX-License-Identifier: Apache-2.0
// The manual page of the program as a whole, portolan(1): its commands, and what holds for all of them. Pure.
#pragma once

#include <string>

namespace portolan::cli {

std::string program_manual();

}  // namespace portolan::cli
