// SPDX-License-Identifier: Apache-2.0
#include "output/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/errno_text.h"

namespace portolan::output {
namespace {

// Where the last whole line of a regular file ends.
off_t end_of_lines(int fd, off_t size) {
  char block[4096];
  while (size > 0) {
    const off_t from = std::max<off_t>(0, size - static_cast<off_t>(sizeof block));
    const ssize_t n = ::pread(fd, block, static_cast<size_t>(size - from), from);
    if (n != size - from) return -1;
    for (ssize_t i = n; i > 0; --i) {
      if (block[i - 1] == '\n') return from + i;
    }
    size = from;
  }
  return 0;
}

// A kill may have cut the last line of a file that is appended to. What cannot be read or changed is left as it is.
void take_off_torn_line(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  const off_t end = end_of_lines(fd, status.st_size);
  if (end >= 0 && end < status.st_size && ::ftruncate(fd, end) != 0) errno = 0;
  ::close(fd);
}

}  // namespace

tl::expected<File, std::string> File::open_document(const std::string& path, uint64_t at) {
  if (path == "-") return File(STDOUT_FILENO, "stdout", false);
  // A pipe is opened for writing alone: we must not be our own reader.
  const int flags = (at == 0 ? O_WRONLY | O_TRUNC : O_RDWR) | O_CREAT | O_CLOEXEC;
  Beside beside;
  int fd = at == 0 ? beside.open(path) : -1;
  if (fd < 0) fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) return tl::unexpected(base::errno_text(path, errno));
  File file(fd, path, true);
  file.beside_ = beside;
  struct stat status {};
  file.document_ = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  file.end_ = at;
  if (at != 0 && static_cast<uint64_t>(status.st_size) > at) {
    // The end that is there stays until the first flush writes over it.
    file.written_closing_.resize(static_cast<size_t>(status.st_size) - at);
    char* to = file.written_closing_.data();
    if (::pread(fd, to, file.written_closing_.size(), static_cast<off_t>(at)) < 0)
      return tl::unexpected(base::errno_text(path, errno));
  }
  return file;
}

tl::expected<File, std::string> File::open(const std::string& path, Mode mode) {
  if (path == "-") return File(STDOUT_FILENO, "stdout", false);
  if (mode == Mode::kAppend) take_off_torn_line(path);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::kAppend ? O_APPEND : O_TRUNC);
  const int fd = ::open(path.c_str(), flags, 0644);
  if (fd < 0) return tl::unexpected(base::errno_text(path, errno));
  File file(fd, path, true);
  struct stat status {};
  file.began_with_content_ = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  return file;
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
  began_with_content_ = other.began_with_content_;
  document_ = other.document_;
  closing_ = std::move(other.closing_);
  written_closing_ = std::move(other.written_closing_);
  end_ = other.end_;
  beside_ = std::exchange(other.beside_, {});
  scribe_ = std::move(other.scribe_);
  return *this;
}

File::~File() { close(); }

void File::give_to(std::shared_ptr<Scribe> scribe) {
  struct stat status {};
  if (fd_ >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode)) scribe_ = std::move(scribe);
}

ssize_t File::write_at(std::string_view text, uint64_t at) {
  if (scribe_ != nullptr) return scribe_->write(fd_, text, at);
  if (at == Scribe::kAtEnd) return ::write(fd_, text.data(), text.size());
  return ::pwrite(fd_, text.data(), text.size(), static_cast<off_t>(at));
}

// Bytes that were written; errno tells why it is not all of them.
size_t File::write_all_at(std::string_view text, uint64_t at) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write_at(text.substr(done), at + done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      if (n == 0) errno = ENOSPC;
      break;
    }
  }
  return done;
}

void File::append(std::string_view record) {
  pending_.append(record);
  if (pending_.size() < kFlushAt) return;
  // While the disk is full, every record would be a failing system call: then only tick()'s flush tries.
  if (error_.empty()) flush();
  if (pending_.size() > kMaxPending) drop_overflow();
}

bool File::flush() {
  if (fd_ < 0) return error_.empty();
  if (document_) return flush_document();
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

bool File::flush_document() {
  if (pending_.empty() && closing_ == written_closing_) return (end_ == 0 || move_into_place()) && error_.empty();
  const size_t records = pending_.size();
  const uint64_t old_size = end_ + written_closing_.size();
  pending_ += closing_;
  // Never shorter than before, or a reader could see the rest of the old end: blank lines after it hurt nobody.
  if (end_ + pending_.size() < old_size) pending_.append(old_size - end_ - pending_.size(), '\n');
  const auto written = write_all_at(pending_, end_);
  if (written != pending_.size()) {
    fail(errno);
    pending_.resize(records);
    put_back(old_size);
    return false;
  }
  end_ += records;
  written_closing_ = pending_.substr(records);
  pending_.clear();
  if (!move_into_place()) return false;
  if (lost_ == 0) error_.clear();
  return lost_ == 0;
}

bool File::move_into_place() {
  if (beside_.move_to(path_)) return true;
  fail(errno);
  return false;
}

// After a failure in the middle: the old end back over what got through. It was there before, so there is room for it.
void File::put_back(uint64_t old_size) {
  const auto back = write_all_at(written_closing_, end_);
  if (back != written_closing_.size() || ::ftruncate(fd_, static_cast<off_t>(old_size)) != 0) {
    error_ += " (and its end could not be put back)";
  }
}

bool File::sync() {
  if (!flush()) return false;
  if (fd_ < 0 || ::fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) return error_.empty();
  fail(errno);
  return false;
}

// Bytes of pending_ that were written; errno tells why it is not all of them.
size_t File::write_some() {
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = write_at(std::string_view(pending_).substr(done), Scribe::kAtEnd);
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
  if (!document_) pending_ += closing_;
  flush();
  lost_ += static_cast<uint64_t>(std::count(pending_.begin(), pending_.end(), '\n'));
  pending_.clear();
  beside_.remove();  // nothing was ever in it
  const int fd = std::exchange(fd_, -1);
  if (owned_ && ::close(fd) != 0 && error_.empty()) fail(errno);
  return error_.empty();
}

bool File::is_terminal() const { return fd_ >= 0 && ::isatty(fd_) == 1; }

void File::fail(int error_number) { error_ = base::errno_text(path_, error_number); }

}  // namespace portolan::output
