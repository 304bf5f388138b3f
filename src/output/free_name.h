// SPDX-License-Identifier: Apache-2.0
// Renaming that never overwrites: for files that hold results. Any thread.
#pragma once

#include <string>

namespace portolan::output {

// Like rename(2), but false with errno EEXIST when there is something at `to`. On file systems that cannot refuse by
// themselves it looks first, which leaves a moment for another process.
bool rename_to_free_name(const std::string& from, const std::string& to);

}  // namespace portolan::output
