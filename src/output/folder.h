// SPDX-License-Identifier: Apache-2.0
// The folder that a path stands in: where what belongs to the file may stand beside it. Any thread.
#pragma once

#include <filesystem>
#include <string>

namespace portolan::output {

// "." for a name alone.
inline std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace portolan::output
