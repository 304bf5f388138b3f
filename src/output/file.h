// SPDX-License-Identifier: Apache-2.0
// File: a file (or stdout) that records are appended to and that holds whole records at any moment.
//
// For line formats: a record ends in '\n' and is handed over in one call. Records gather in memory and leave in single
// write(2) calls, so a kill cuts between records. When the disk is full the part of a record that got through is cut
// off again, what is unwritten is kept (up to kMaxPending bytes) and tried again at the next flush(); the file heals
// when there is room. Nothing here throws. A write error on a pipe or a terminal is final for what was cut.
//
// Not for binary formats, and not for two writers of one file. Owned by one thread, the writer; movable.
// The program ignores SIGPIPE, so that a reader that leaves is an error here and not the end of the scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace portolan::output {

class File {
 public:
  enum class Mode : uint8_t { kTruncate, kAppend };

  static constexpr size_t kFlushAt = size_t{64} << 10;     // bytes that make append() flush by itself
  static constexpr size_t kMaxPending = size_t{16} << 20;  // bytes kept while nothing can be written

  // "-" is stdout and is never truncated nor closed. The error text is "PATH: reason".
  static tl::expected<File, std::string> open(const std::string& path, Mode mode);
  static File standard_error() { return {2, "stderr", false}; }  // never closed

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();  // flushes and closes; call close() to learn whether that went well

  // REQUIRES: `record` is one or more whole lines.
  void append(std::string_view record);
  // Writes what is pending. False, with error() set, when some of it could not be written.
  bool flush();
  // Flushes and closes, once. False when a record did not get to the file.
  bool close();

  bool is_terminal() const;
  // "PATH: reason", or empty while everything that was flushed is in the file.
  const std::string& error() const { return error_; }
  uint64_t lost_records() const { return lost_; }  // given up because kMaxPending was full, or at close

 private:
  File(int fd, std::string path, bool owned) : fd_(fd), owned_(owned), path_(std::move(path)) {}

  size_t write_some();
  void keep_whole_records(size_t written);
  void drop_overflow();
  void fail(int error_number);

  int fd_ = -1;
  bool owned_ = false;  // stdout is not
  std::string path_;
  std::string pending_;
  std::string error_;
  uint64_t lost_ = 0;
};

}  // namespace portolan::output
