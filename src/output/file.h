// SPDX-License-Identifier: Apache-2.0
// File: a file (or stdout) that records are appended to and that holds whole records at any moment.
//
// For line formats: a record ends in '\n' and is handed over in one call. Records gather in memory and leave in single
// write(2) calls; the kernel may end one of these between two pages at a kill, unless a Scribe does the writing. When
// the disk is full the part of a record that got through is cut off again, what is unwritten is kept (up to kMaxPending
// bytes) and tried again at the next flush(); the file heals when there is room. Nothing here throws. A write error on
// a pipe or a terminal is final for what was cut.
//
// A document (a JSON array, an XML file) has a closing text: open_document() and set_closing(). Then each flush is one
// pwrite(2) of the new records and the closing text over the old one, so that the file is never shorter and never
// without its end; what cannot be overwritten (a pipe) gets the closing text once, at close(). Until its first flush it
// stands beside its place, as PATH.part, so that nobody sees it empty.
//
// Appending to a file whose last line was cut by a kill takes that piece off first.
//
// Not for binary formats, and not for two writers of one file. Owned by one thread, the writer; movable.
// The program ignores SIGPIPE, so that a reader that leaves is an error here and not the end of the scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "output/beside.h"
#include "output/scribe.h"

namespace portolan::output {

class File {
 public:
  enum class Mode : uint8_t { kTruncate, kAppend };

  static constexpr size_t kFlushAt = size_t{64} << 10;     // bytes that make append() flush by itself
  static constexpr size_t kMaxPending = size_t{16} << 20;  // bytes kept while nothing can be written

  // "-" is stdout and is never truncated nor closed. The error text is "PATH: reason".
  static tl::expected<File, std::string> open(const std::string& path, Mode mode);
  // A document whose records go on at byte `at` of the file at `path`: 0 begins it anew. REQUIRES: set_closing() before
  // the first flush.
  static tl::expected<File, std::string> open_document(const std::string& path, uint64_t at);
  static File standard_error() { return {2, "stderr", false}; }  // never closed

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();  // flushes and closes; call close() to learn whether that went well

  // From now on it writes, if this is a regular file.
  void give_to(std::shared_ptr<Scribe> scribe);
  // REQUIRES: `record` is one or more whole lines.
  void append(std::string_view record);
  // What a document ends with from the next flush on.
  void set_closing(std::string_view text) { closing_.assign(text); }
  // Whether the closing text is written at every flush and not only at close().
  bool is_document() const { return document_; }
  size_t pending_bytes() const { return pending_.size(); }
  // Writes what is pending. False, with error() set, when some of it could not be written.
  bool flush();
  // flush(), and then fdatasync(2). Pipes and terminals have nothing to keep, which is no error.
  bool sync();
  // Flushes and closes, once. False when a record did not get to the file.
  bool close();

  bool is_terminal() const;
  // Whether there was something in the file when it was opened for appending.
  bool began_with_content() const { return began_with_content_; }
  // "PATH: reason", or empty while everything that was flushed is in the file.
  const std::string& error() const { return error_; }
  uint64_t lost_records() const { return lost_; }  // given up because kMaxPending was full, or at close

 private:
  File(int fd, std::string path, bool owned) : fd_(fd), owned_(owned), path_(std::move(path)) {}

  ssize_t write_at(std::string_view text, uint64_t at);
  size_t write_all_at(std::string_view text, uint64_t at);
  bool flush_document();
  bool move_into_place();
  void put_back(uint64_t old_size);
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
  bool began_with_content_ = false;
  bool document_ = false;
  std::string closing_;
  std::string written_closing_;  // what stands behind the records now
  uint64_t end_ = 0;             // of the records in the file; a document's
  Beside beside_;                // a document, until it is whole for the first time
  std::shared_ptr<Scribe> scribe_;
};

}  // namespace portolan::output
