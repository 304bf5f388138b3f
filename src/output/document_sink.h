// SPDX-License-Identifier: Apache-2.0
// DocumentSink: a result::Sink for formats whose file is one document with a beginning and an end (JSON, XML).
//
// The end stands in the file from the first moment and each flush writes over it (File::open_document), so that the
// file can be read at any time. A format is one constant record of functions, as with LineSink; here it also says
// how its lines are told apart, so that appending finds the last whole record of a file, whatever a kill did to what
// came behind it, and goes on inside the same document.
//
// Not for formats of lines. Lifetime: owns its file, refers to the format, a constant. Threads: the writer's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "output/file.h"
#include "output/format.h"
#include "output/host_count.h"
#include "result/sink.h"

namespace portolan::output {

// What the end of a document tells.
struct Standing {
  base::Nanos started = 0;
  base::Nanos now = 0;  // of the last record; when all is over, the end
  uint64_t hosts = 0;   // different addresses, those of before an append included; HostCount says how exactly
  bool complete = false;
};

enum class LineKind : uint8_t { kHeader, kRecord, kOther };

struct DocumentFormat {
  void (*header)(std::string& out, const result::RunManifest& manifest, const OutputSpec& spec);
  std::string_view between;                                        // records
  void (*record)(std::string& out, const result::Observation& o);  // one line
  void (*banner)(std::string& out, const result::Banner& b);       // one line
  void (*closing)(std::string& out, const Standing& standing);
  LineKind (*kind)(std::string_view line);  // without LF and CR
  std::string_view header_done;             // what the header's last needed line begins with
  std::string_view address_after;           // in a record: what stands before the address, which ends in '"'
  bool counts_hosts = false;                // closing() prints them
  tl::expected<void, std::string> (*finished)(const std::string& path) = nullptr;  // when it is closed; not for stdout
};

class DocumentSink final : public result::Sink {
 public:
  static tl::expected<std::unique_ptr<result::Sink>, std::string> open(const DocumentFormat& format,
                                                                       const OutputSpec& spec);

  void begin(const result::RunManifest& manifest) override;
  void write(const result::Observation& o) override;
  void banner(const result::Banner& b) override;
  void tick() override { flush(); }
  bool sync() override;
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override { return error_.empty() ? file_.error() : error_; }

 private:
  // What is in a file that is appended to.
  struct Survey {
    explicit Survey(const std::string& path);
    uint64_t end = 0;  // of the last whole record or header line; 0: nothing to go on with
    bool has_records = false;
    HostCount hosts;
  };
  static tl::expected<Survey, std::string> survey(const DocumentFormat& format, const std::string& path);
  static void survey_line(const DocumentFormat& format, std::string_view line, Survey& found);

  DocumentSink(const DocumentFormat& format, const OutputSpec& spec, File file, Survey found)
      : format_(&format), spec_(spec), file_(std::move(file)), found_(std::move(found)) {}
  void hand_over(const addr::IpAddress& address, base::Nanos wall);
  void flush();
  void renew_closing(uint64_t hosts);

  const DocumentFormat* format_;
  OutputSpec spec_;
  File file_;
  Survey found_;
  Standing standing_;
  std::string error_;  // of the end
  std::string line_;   // kept for their memory
  std::string closing_;
};

}  // namespace portolan::output
