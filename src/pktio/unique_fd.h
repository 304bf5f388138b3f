// SPDX-License-Identifier: Apache-2.0
// UniqueFd: a file descriptor that is closed with its owner. Also the errors of system calls as text.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace portolan::pktio {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "cannot WHAT: the reason of errno", with the cure where the reason has one.
std::string system_error(std::string_view what);

}  // namespace portolan::pktio
