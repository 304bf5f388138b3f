// SPDX-License-Identifier: Apache-2.0
// The errors of system calls as text. Any thread.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

namespace portolan::base {

// "WHAT: No such file or directory". WHAT is a path, or what was to be done.
std::string errno_text(std::string_view what, int error_number = errno);

}  // namespace portolan::base
