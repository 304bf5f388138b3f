// SPDX-License-Identifier: Apache-2.0
// RotatingFile: a File (file.h) of lines that is put aside and begun anew by size or age (base/rotation.h).
//
// Without a policy it is a File. It is opened for appending, so that a program that is started again goes on where it
// ended. When a file cannot be put aside, or the next one not be opened, it goes on in the old one and error() says so
// until it has worked. One thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "base/rotation.h"
#include "output/file.h"

namespace portolan::output {

class RotatingFile {
 public:
  // "-" is standard output, which cannot be rotated: then a policy is an error. The clock's monotonic time counts.
  static tl::expected<RotatingFile, std::string> open(const std::string& path, const base::RotationPolicy& policy,
                                                      const base::Clock& clock);

  // REQUIRES: whole lines.
  void append(std::string_view lines);
  bool flush();  // and puts the file aside when it is old enough
  bool close() { return file_.close(); }

  const std::string& error() const { return file_.error().empty() ? rotation_error_ : file_.error(); }
  uint64_t lost_records() const { return lost_ + file_.lost_records(); }

 private:
  RotatingFile(File file, base::Rotation rotation, const base::Clock& clock, uint64_t bytes);
  void rotate_if_due();

  File file_;
  base::Rotation rotation_;
  const base::Clock* clock_;
  uint64_t bytes_;  // in the file, or on their way to it
  uint64_t lost_ = 0;
  std::string rotation_error_;
};

}  // namespace portolan::output
