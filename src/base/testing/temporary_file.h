// SPDX-License-Identifier: Apache-2.0
// TemporaryFile: a path for one test; the file goes with it. For tests only.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace portolan::base::testing {

class TemporaryFile {
 public:
  TemporaryFile() {
    const int fd = mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("cannot make a temporary file");
    close(fd);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void set(const std::string& content) const { std::ofstream(path_, std::ios::binary | std::ios::trunc) << content; }

 private:
  std::string path_ = "/tmp/portolan-test-XXXXXX";
};

}  // namespace portolan::base::testing
