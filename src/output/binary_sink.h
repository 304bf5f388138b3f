// SPDX-License-Identifier: Apache-2.0
// BinarySink: a result::Sink that writes masscan's binary file (-oB), which masscan --readscan reads.
//
// The file is a row of whole records at any moment: they leave in single writes, and one that a full disk cut short is
// taken off again and tried anew. It stands beside its place, as PATH.part, until begin() has written its header. The
// trailer is written by end() alone; readers do without it. Appending takes off a torn record and the trailer first,
// and goes on behind the last whole record; a file that is something else is refused and left alone.
//
// The form has no room for filtered ports: they are left out and counted (left_out()). For everything that was found
// use NDJSON. Lifetime: owns its file. Threads: the writer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "output/beside.h"
#include "output/binary_format.h"
#include "output/scribe.h"
#include "result/sink.h"

namespace portolan::output {

struct BinaryOptions {
  bool append = false;
  bool flush_each = false;
  BannerNumbers numbers = BannerNumbers::kCurrent;
  std::shared_ptr<Scribe> scribe = {};  // writes the file, so that a kill cuts no record; absent: we do
};

class BinarySink final : public result::Sink {
 public:
  // "-": standard output. The error is "PATH: reason".
  static tl::expected<std::unique_ptr<result::Sink>, std::string> open(const std::string& path,
                                                                       const BinaryOptions& options);
  ~BinarySink() override;  // closes; call end() first
  BinarySink(const BinarySink&) = delete;
  BinarySink& operator=(const BinarySink&) = delete;

  void begin(const result::RunManifest& manifest) override;
  void write(const result::Observation& o) override;
  void banner(const result::Banner& b) override;
  void tick() override { flush(); }
  bool sync() override;
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override { return error_; }

  uint64_t left_out() const { return left_out_; }  // filtered ports
  uint64_t lost_records() const { return lost_; }  // there was no room for them for too long

 private:
  static constexpr size_t kFlushAt = size_t{64} << 10;
  static constexpr size_t kMaxPending = size_t{16} << 20;

  BinarySink(int fd, std::string path, const BinaryOptions& options)
      : fd_(fd), path_(std::move(path)), options_(options) {}
  tl::expected<void, std::string> go_on();
  void record_added(size_t size_before);
  bool flush();
  bool flush_pipe();
  bool move_into_place();
  ssize_t write_at(std::string_view bytes, uint64_t at);
  void fail(int error_number);

  int fd_;
  std::string path_;
  BinaryOptions options_;
  bool regular_ = false;  // can be cut
  bool broken_ = false;   // a pipe whose reader has left
  uint64_t end_ = 0;      // of the whole records in the file
  Beside beside_;         // until there is a header
  std::string pending_;
  std::string error_;
  uint64_t left_out_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace portolan::output
