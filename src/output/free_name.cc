// SPDX-License-Identifier: Apache-2.0
#include "output/free_name.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace portolan::output {

bool rename_to_free_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (::access(to.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return false;
  }
  return ::rename(from.c_str(), to.c_str()) == 0;
}

std::optional<NewFile> make_new_file(const std::string& path, std::string_view suffix) {
  constexpr int kMostTried = 1000;
  for (int number = 1; number <= kMostTried; ++number) {
    std::string name = fmt::format("{}{}{}", path, suffix, number == 1 ? "" : std::to_string(number));
    base::UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (fd) return NewFile{std::move(fd), std::move(name)};
    if (errno != EEXIST) break;
  }
  return std::nullopt;
}

}  // namespace portolan::output
