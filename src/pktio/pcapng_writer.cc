// SPDX-License-Identifier: Apache-2.0
#include "pktio/pcapng_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/errno_text.h"

namespace portolan::pktio {
namespace {

base::UniqueFd open_for_writing(const std::string& path) {
  if (path == "-") return base::UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  return base::UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

bool has_content(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

}  // namespace

tl::expected<PcapngWriter, std::string> PcapngWriter::open(const std::string& path, PcapngOptions options,
                                                           base::Nanos now) {
  base::Rotation rotation(path, options.rotation);
  if (options.rotation.wanted()) {
    if (path == "-") return tl::unexpected<std::string>("stdout cannot be rotated: name a file");
    if (has_content(path)) {
      if (const auto moved = rotation.advance(now); !moved) return tl::unexpected(moved.error());
    }
  }
  base::UniqueFd fd = open_for_writing(path);
  if (!fd) return tl::unexpected(base::errno_text(path));
  PcapngWriter writer(std::move(fd), std::move(options), std::move(rotation), now);
  if (!writer.write_pending()) return tl::unexpected(writer.error());
  return writer;
}

PcapngWriter::PcapngWriter(base::UniqueFd fd, PcapngOptions options, base::Rotation rotation, base::Nanos now)
    : fd_(std::move(fd)), options_(std::move(options)), rotation_(std::move(rotation)) {
  rotation_.begin(now);
  begin_file();
}

PcapngWriter::~PcapngWriter() {
  if (fd_) write_pending();
}

void PcapngWriter::begin_file() {
  append_section_header(pending_, options_.source);
  append_interface(pending_, options_.link, options_.snap_length, options_.source);
  bytes_ = 0;
  written_ = 0;
}

void PcapngWriter::write(const PcapngPacket& packet, base::Nanos now) {
  if (rotation_.due(bytes_, now)) rotate(now);
  if (pending_.size() >= kMaxPending) {
    ++lost_;
    return;
  }
  const size_t before = pending_.size();
  append_packet(pending_, packet, options_.snap_length);
  bytes_ += pending_.size() - before;
  // While the disk is full every packet would be a failing system call: then only flush() tries.
  if (pending_.size() >= kFlushAt && error_.empty()) write_pending();
}

bool PcapngWriter::flush(base::Nanos now) {
  const bool whole = write_pending();
  if (rotation_.due(bytes_, now)) rotate(now);
  return whole && error_.empty();
}

bool PcapngWriter::write_pending() {
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = ::write(fd_.get(), pending_.data() + done, pending_.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      break;
    }
  }
  if (done == pending_.size()) {
    written_ += done;
    pending_.clear();
    error_.clear();
    return true;
  }
  error_ = base::errno_text(path());
  // The file ends with a whole block again, and all is tried anew; what cannot be cut (a pipe) goes on where it
  // stopped.
  const auto whole = static_cast<off_t>(written_);
  if (::ftruncate(fd_.get(), whole) != 0 || ::lseek(fd_.get(), whole, SEEK_SET) < 0) {
    written_ += done;
    pending_.erase(0, done);
  }
  return false;
}

void PcapngWriter::rotate(base::Nanos now) {
  // A disk that is full is not the moment to begin a file: what is pending belongs to this one.
  if (!write_pending()) {
    rotation_.postpone(now);
    return;
  }
  if (const auto moved = rotation_.advance(now); !moved) {
    error_ = moved.error();
    return;
  }
  base::UniqueFd next = open_for_writing(path());
  if (!next) {
    error_ = base::errno_text(path());
    rotation_.postpone(now);
    return;
  }
  fd_ = std::move(next);
  rotation_.begin(now);
  begin_file();
}

}  // namespace portolan::pktio
