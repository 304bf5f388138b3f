// SPDX-License-Identifier: Apache-2.0
#include "output/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace portolan::output {
namespace {

std::string explain(const std::string& path, int error_number) {
  return fmt::format("{}: {}", path, std::generic_category().message(error_number));
}

}  // namespace

tl::expected<File, std::string> File::open(const std::string& path, Mode mode) {
  if (path == "-") return File(STDOUT_FILENO, "stdout", false);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::kAppend ? O_APPEND : O_TRUNC);
  const int fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) return tl::unexpected(explain(path, errno));
  return File(fd, path, true);
}

File::File(File&& other) noexcept { *this = std::move(other); }

File& File::operator=(File&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  owned_ = other.owned_;
  path_ = std::move(other.path_);
  pending_ = std::exchange(other.pending_, {});
  error_ = std::move(other.error_);
  lost_ = other.lost_;
  return *this;
}

File::~File() { close(); }

void File::append(std::string_view record) {
  pending_.append(record);
  if (pending_.size() < kFlushAt) return;
  // While the disk is full, every record would be a failing system call: then only tick()'s flush tries.
  if (error_.empty()) flush();
  if (pending_.size() > kMaxPending) drop_overflow();
}

bool File::flush() {
  if (fd_ < 0) return error_.empty();
  const size_t written = write_some();
  if (written == pending_.size()) {
    pending_.clear();
    if (lost_ == 0) error_.clear();
    return lost_ == 0;
  }
  fail(errno);
  keep_whole_records(written);
  return false;
}

// Bytes of pending_ that were written; errno tells why it is not all of them.
size_t File::write_some() {
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = ::write(fd_, pending_.data() + done, pending_.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {  // somebody made stdout non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      ::poll(&ready, 1, 100);
    } else if (n == 0 || errno != EINTR) {
      if (n == 0) errno = ENOSPC;
      break;
    }
  }
  return done;
}

// After a failure in the middle of a record: takes its beginning off the file again, so that the file is whole, and
// keeps all of it for the next attempt. What cannot be cut (a pipe) is continued where it stopped.
void File::keep_whole_records(size_t written) {
  const size_t newline = pending_.rfind('\n', written == 0 ? 0 : written - 1);
  const size_t whole = written == 0 || newline == std::string::npos || newline >= written ? 0 : newline + 1;
  const off_t end = ::lseek(fd_, 0, SEEK_CUR);
  const off_t cut = static_cast<off_t>(written - whole);
  if (cut > 0 && end >= cut && ::ftruncate(fd_, end - cut) == 0 && ::lseek(fd_, end - cut, SEEK_SET) >= 0) {
    written = whole;
  }
  pending_.erase(0, written);
}

void File::drop_overflow() {
  // The first record may be half written on a pipe, so the newest are given up.
  const size_t newline = pending_.rfind('\n', kMaxPending - 1);
  const size_t keep = newline == std::string::npos ? 0 : newline + 1;
  lost_ +=
      static_cast<uint64_t>(std::count(pending_.begin() + static_cast<std::ptrdiff_t>(keep), pending_.end(), '\n'));
  pending_.resize(keep);
}

bool File::close() {
  if (fd_ < 0) return error_.empty();
  flush();
  lost_ += static_cast<uint64_t>(std::count(pending_.begin(), pending_.end(), '\n'));
  pending_.clear();
  const int fd = std::exchange(fd_, -1);
  if (owned_ && ::close(fd) != 0 && error_.empty()) fail(errno);
  return error_.empty();
}

bool File::is_terminal() const { return fd_ >= 0 && ::isatty(fd_) == 1; }

void File::fail(int error_number) { error_ = explain(path_, error_number); }

}  // namespace portolan::output
