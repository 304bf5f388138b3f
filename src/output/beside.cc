// SPDX-License-Identifier: Apache-2.0
#include "output/beside.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "output/free_name.h"

namespace portolan::output {

int Beside::open(const std::string& path) {
  struct stat there {};
  const bool is_there = ::lstat(path.c_str(), &there) == 0;
  if (is_there && (!S_ISREG(there.st_mode) || ::access(path.c_str(), W_OK) != 0)) return -1;
  auto made = make_new_file(path, ".part");
  if (!made) return -1;
  if (is_there && ::fchmod(made->fd.get(), there.st_mode & 07777) != 0) errno = 0;  // then it has ours
  name_ = std::move(made->name);
  return made->fd.release();
}

bool Beside::move_to(const std::string& path) {
  if (name_.empty()) return true;
  if (::rename(name_.c_str(), path.c_str()) != 0) return false;
  name_.clear();
  return true;
}

void Beside::remove() {
  if (!name_.empty()) ::unlink(name_.c_str());
  name_.clear();
}

}  // namespace portolan::output
