// SPDX-License-Identifier: Apache-2.0
#include "output/binary_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/errno_text.h"

namespace portolan::output {
namespace {

// Where the records of a file end to which others are added: before a trailer and before a torn record. The error: the
// bytes are no such file.
tl::expected<uint64_t, std::string> end_of_records(base::Bytes file) {
  const std::string_view text = base::as_text(file);
  const size_t known = std::min(text.size(), kBinaryMagic.size());
  if (text.substr(0, known) != kBinaryMagic.substr(0, known)) {
    return tl::unexpected(std::string("is no binary file of results, and nothing is added to it"));
  }
  if (file.size() < kBinaryFrameSize) return 0;  // a torn header
  uint64_t end = 0;
  while (end < file.size()) {
    const RecordFrame frame = frame_binary(file.subspan(end));
    if (frame.kind == Varint::Kind::kBad) {
      return tl::unexpected(fmt::format("is damaged at byte {}, and nothing is added to it", end));
    }
    if (frame.kind == Varint::Kind::kShort) break;
    const bool trailer = frame.type == static_cast<uint32_t>(BinaryType::kFrame) && end > 0;
    if (trailer && end + frame.head + frame.body == file.size()) break;
    end += frame.head + frame.body;
  }
  return end;
}

tl::expected<uint64_t, std::string> survey(int fd, const std::string& path, size_t size) {
  if (size == 0) return 0;
  void* const map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) return tl::unexpected(base::errno_text(path, errno));
  auto end = end_of_records({static_cast<const uint8_t*>(map), size});
  ::munmap(map, size);
  if (!end) return tl::unexpected(fmt::format("{}: {}", path, end.error()));
  return end;
}

}  // namespace

tl::expected<std::unique_ptr<result::Sink>, std::string> BinarySink::open(const std::string& path,
                                                                          const BinaryOptions& options) {
  if (path == "-") return std::unique_ptr<result::Sink>(new BinarySink(STDOUT_FILENO, "stdout", options));
  struct stat there {};
  const bool is_there = ::stat(path.c_str(), &there) == 0;
  const bool goes_on = options.append && is_there && there.st_size > 0;
  Beside beside;
  int fd = goes_on ? -1 : beside.open(path);
  // A pipe is opened for writing alone: we must not be our own reader.
  const bool pipe = is_there && !S_ISREG(there.st_mode);
  const int flags = pipe ? O_WRONLY : goes_on ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC;
  if (fd < 0) fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return tl::unexpected(base::errno_text(path, errno));
  std::unique_ptr<BinarySink> sink(new BinarySink(fd, path, options));
  sink->beside_ = beside;
  if (auto ready = sink->go_on(); !ready) return tl::unexpected(ready.error());
  return sink;
}

// Finds where the records end, and cuts off what is behind them.
tl::expected<void, std::string> BinarySink::go_on() {
  struct stat status {};
  regular_ = ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular_ || status.st_size == 0) return {};
  const auto end = survey(fd_, path_, static_cast<size_t>(status.st_size));
  if (!end) return tl::unexpected(end.error());
  if (::ftruncate(fd_, static_cast<off_t>(*end)) != 0) return tl::unexpected(base::errno_text(path_, errno));
  end_ = *end;
  return {};
}

BinarySink::~BinarySink() {
  flush();
  beside_.remove();  // it never got a header
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

void BinarySink::begin(const result::RunManifest& manifest) {
  if (end_ == 0) pending_ += binary_header(static_cast<uint64_t>(manifest.started_wall / base::kSecond));
  flush();
}

void BinarySink::write(const result::Observation& o) {
  const size_t before = pending_.size();
  if (append_binary(pending_, o)) {
    record_added(before);
  } else {
    ++left_out_;
  }
}

void BinarySink::banner(const result::Banner& b) {
  const size_t before = pending_.size();
  append_binary_banner(pending_, b, options_.numbers);
  record_added(before);
}

void BinarySink::record_added(size_t size_before) {
  if (pending_.size() > kMaxPending) {
    pending_.resize(size_before);
    ++lost_;
    return;
  }
  // While the disk is full, every record would be a failing system call: then only tick()'s flush tries.
  if (options_.flush_each || (pending_.size() >= kFlushAt && error_.empty())) flush();
}

bool BinarySink::flush() {
  if (!regular_) return flush_pipe();
  if (pending_.empty()) return (end_ == 0 || move_into_place()) && error_.empty();
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = write_at(std::string_view(pending_).substr(done), end_ + done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      fail(n == 0 ? ENOSPC : errno);
      // What got through may end inside a record.
      if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0) error_ += " (and a torn record could not be taken off)";
      return false;
    }
  }
  end_ += done;
  pending_.clear();
  if (!move_into_place()) return false;
  if (lost_ == 0) error_.clear();
  return lost_ == 0;
}

bool BinarySink::move_into_place() {
  if (beside_.move_to(path_)) return true;
  fail(errno);
  return false;
}

ssize_t BinarySink::write_at(std::string_view bytes, uint64_t at) {
  if (options_.scribe) return options_.scribe->write(fd_, bytes, at);
  return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
}

bool BinarySink::flush_pipe() {
  size_t done = 0;
  while (!broken_ && done < pending_.size()) {
    const ssize_t n = ::write(fd_, pending_.data() + done, pending_.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n < 0 && errno == EAGAIN) {  // somebody made stdout non-blocking
      pollfd ready{fd_, POLLOUT, 0};
      ::poll(&ready, 1, 100);
    } else if (n == 0 || errno != EINTR) {
      fail(n == 0 ? ENOSPC : errno);
      broken_ = true;
    }
  }
  pending_.clear();
  return error_.empty();
}

bool BinarySink::sync() {
  if (!flush()) return false;
  if (::fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP) return error_.empty();
  fail(errno);
  return false;
}

void BinarySink::end(const result::RunSummary&) {
  pending_ += binary_trailer();
  flush();
}

void BinarySink::fail(int error_number) { error_ = base::errno_text(path_, error_number); }

}  // namespace portolan::output
