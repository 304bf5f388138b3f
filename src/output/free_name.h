// SPDX-License-Identifier: Apache-2.0
// Names that nothing has yet: for files that hold results, and for what becomes one. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace portolan::output {

// Like rename(2), but false with errno EEXIST when there is something at `to`. On file systems that cannot refuse by
// themselves it looks first, which leaves a moment for another process.
bool rename_to_free_name(const std::string& from, const std::string& to);

struct NewFile {
  base::UniqueFd fd;  // for reading and writing
  std::string name;
};

// A new file at PATH and SUFFIX, or, where something has that name, at one with the first free number behind it. What a
// kill left there stays, and so does what is somebody else's. nullopt with errno set when none can be made.
std::optional<NewFile> make_new_file(const std::string& path, std::string_view suffix);

}  // namespace portolan::output
