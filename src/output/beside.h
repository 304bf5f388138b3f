// SPDX-License-Identifier: Apache-2.0
// Beside: where a file stands until it is whole for the first time: PATH.part, or PATH.part2 and so on where something
// has that name. It is moved to its place then, so that
// whoever looks earlier sees what was there before, or nothing, and never an empty file.
//
// For files that mean nothing without their beginning: a document, a binary file. Not for files of lines. A value.
// Threads: those of its owner.
#pragma once

#include <string>

namespace portolan::output {

class Beside {
 public:
  Beside() = default;

  // A descriptor of the file, open for reading and writing and empty, or -1 where it must stand at its place from the
  // beginning: something else than a file is there, or the folder is closed. It has the mode of what it will replace.
  int open(const std::string& path);
  bool standing() const { return !name_.empty(); }
  // To its place, once. False, with errno set, when that cannot be; it can be tried again.
  bool move_to(const std::string& path);
  // It was never whole: away with it.
  void remove();

 private:
  std::string name_;  // empty: nothing stands there
};

}  // namespace portolan::output
