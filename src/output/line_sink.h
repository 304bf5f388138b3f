// SPDX-License-Identifier: Apache-2.0
// LineSink: a result::Sink that writes one of the line formats to a File.
//
// A format is one constant record of three functions that append text to a string: pure, so golden tests and other
// users (an API, a notifier) need no file. The formats: kText (text_sink.h), kList (list_sink.h), kNdjson
// (ndjson_sink.h) and others; format.h lists them all. Lifetime: owns its file; refers to the format, a constant.
// Threads: the writer's.
//
// Records reach the file at tick() or when 64 KiB have gathered, and always as whole lines (file.h).
#pragma once

#include <cstdint>
#include <string>

#include "output/file.h"
#include "result/sink.h"

namespace portolan::output {

// Each function appends whole lines, or nothing.
struct LineFormat {
  void (*header)(std::string& out, const result::RunManifest& manifest);
  void (*record)(std::string& out, const result::Observation& o);
  void (*banner)(std::string& out, const result::Banner& b);
  void (*trailer)(std::string& out, const result::RunSummary& summary);
  bool header_once = false;  // a file that is appended to and holds something gets no second header
};

class LineSink final : public result::Sink {
 public:
  LineSink(const LineFormat& format, File file, bool flush_each = false)
      : format_(&format), file_(std::move(file)), flush_each_(flush_each) {}

  void begin(const result::RunManifest& manifest) override;
  void write(const result::Observation& o) override;
  void banner(const result::Banner& b) override;
  void tick() override { file_.flush(); }
  bool sync() override { return file_.sync(); }
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override { return file_.error(); }

  uint64_t lost_records() const { return file_.lost_records(); }

 private:
  void hand_over();

  const LineFormat* format_;
  File file_;
  bool flush_each_;
  std::string line_;  // kept for its memory
};

// Text of others in a line format: bytes outside printable ASCII, and backslashes, as \xHH.
void append_printable(std::string& out, std::string_view text);

}  // namespace portolan::output
