// SPDX-License-Identifier: Apache-2.0
// Error, Where: what a person is told when input is refused.
//
// Every refusal has three parts: what is wrong, where it stands, and what to do about it. None is a warning: whoever
// gets one stops before a frame leaves. Values: any thread.
#pragma once

#include <cstdint>
#include <string>

namespace portolan::options {

// A place in the input. Either an argument of the command line or a line of a file; columns count bytes, from 1.
struct Where {
  uint32_t argument = 0;  // as counted by the shell: 1 is the first word after the program's name; 0: it is in a file
  std::string file = {};
  uint64_t line = 0;              // 0: the file as a whole
  uint64_t column = 0;            // 0: the argument or line as a whole
  std::string to_string() const;  // "argument 3", "argument 3, column 7", "hosts.txt:12:7"
};

struct Error {
  std::string what;
  std::string where = {};
  std::string cure = {};
};

}  // namespace portolan::options
