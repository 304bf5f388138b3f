// SPDX-License-Identifier: Apache-2.0
// AnsweredLog: which targets have answered, on disk, so that a scan that is continued neither asks nor reports them
// again.
//
// A sink that appends the target's number (16 bytes, little-endian) for every result, shown or not, behind a header of
// 16 bytes. It writes only when it is ticked, and must be ticked after every other sink: then a number on disk means
// that its result is in the files already. A kill can leave results whose numbers are missing, which are then reported
// twice; never the reverse. docs/formats/paused.md
// Owned by the writer's thread once the scan runs; read() by anyone before.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "addr/target_set.h"
#include "base/unique_fd.h"
#include "result/sink.h"

namespace portolan::cli {

class AnsweredLog final : public result::Sink {
 public:
  // A log at `path`, that begins with those that are known to have answered. The targets must outlive it. There is no
  // file before keep(), so that a short scan leaves no trace.
  AnsweredLog(std::string path, const addr::TargetSet& targets, std::vector<base::u128> known);

  // The numbers in a log, at most `most` (a log that was cut ends at the last whole one). The error says what is wrong
  // with the file.
  static tl::expected<std::vector<base::u128>, std::string> read(const std::string& path, uint64_t most);

  // From the next tick on there is a file. Any thread.
  void keep() { kept_.store(true, std::memory_order_relaxed); }
  // How many numbers are in the file for certain. Any thread.
  uint64_t stored() const { return stored_.load(std::memory_order_acquire); }
  const std::string& path() const { return path_; }
  // Another round begins, in which nobody has answered. REQUIRES: no tick meanwhile.
  void forget();
  // The log is not wanted any more: the scan is complete. REQUIRES: no more ticks.
  void remove();

  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override;
  void banner(const result::Banner&) override {}
  void tick() override;
  bool sync() override;
  void end(const result::RunSummary&) override { tick(); }
  const std::string& error() const override { return error_; }

 private:
  bool open();

  std::string path_;
  const addr::TargetSet& targets_;
  base::UniqueFd file_;
  std::string pending_;  // bytes that are not in the file yet
  uint64_t file_bytes_ = 0;
  std::atomic<uint64_t> stored_{0};
  std::atomic<bool> kept_{false};
  std::string error_;
};

}  // namespace portolan::cli
