// SPDX-License-Identifier: Apache-2.0
// Reading input files in large pieces, and asking whether an output file could be written.
//
// For lists of any length: at most a mebibyte is in memory at a time, so a pipe may be read as well as a file. Throws
// Refusal when the file cannot be opened or read, or is a directory. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "options/error.h"

namespace portolan::cli {

// What a file is called in messages: its path, or "standard input" for "-".
std::string file_title(const std::string& path);

// Hands the file ("-": standard input) to `take` piece by piece, in order. `given` is where the path was named.
void read_file(const std::string& path, const options::Where& given, const std::function<void(std::string_view)>& take);

// Refuses a path that cannot be opened for writing. Leaves what is there as it is, and nothing where there was nothing.
void check_writable(const std::string& path);

}  // namespace portolan::cli
