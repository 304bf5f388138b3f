// SPDX-License-Identifier: Apache-2.0
// TemplateSink: lines of the user's own making (--output-format '{ip},{port}'). docs/formats/templated.md
//
// A Template is text with names of fields in braces; doubled braces print one. Fields are ip, port, proto, timestamp,
// those of result/field_table.h, and for banners service and banner. What a record does not have is empty; bytes
// outside printable ASCII are \xHH. A banner is written only where the template names service or banner.
// A Template is a value: any thread. The sink is the writer's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "output/file.h"
#include "result/field_table.h"
#include "result/sink.h"

namespace portolan::output {

class Template {
 public:
  // The error says what is wrong, and which fields there are.
  static tl::expected<Template, std::string> parse(std::string_view text);
  static std::string field_names();  // "ip port proto ..."

  void append(std::string& out, const result::Observation& o) const;  // with a newline
  void append(std::string& out, const result::Banner& b) const;       // nothing where it is not wanted
  bool wants_banners() const { return wants_banners_; }

 private:
  enum class Kind : uint8_t { kText, kIp, kPort, kProto, kTimestamp, kService, kBanner, kField };
  struct Piece {
    Kind kind = Kind::kText;
    std::string text;
    const result::Field* field = nullptr;
  };
  static bool find_field(std::string_view name, Piece& piece);
  static tl::expected<size_t, std::string> parse_brace(std::string_view text, Template& made);
  static void append_target(std::string& out, Kind kind, const addr::Target& target, base::Nanos wall);

  std::vector<Piece> pieces_;
  bool wants_banners_ = false;
};

class TemplateSink final : public result::Sink {
 public:
  TemplateSink(Template form, File file, bool flush_each)
      : form_(std::move(form)), file_(std::move(file)), flush_each_(flush_each) {}

  void begin(const result::RunManifest&) override {}
  void write(const result::Observation& o) override { form_.append(line_, o), hand_over(); }
  void banner(const result::Banner& b) override { form_.append(line_, b), hand_over(); }
  void tick() override { file_.flush(); }
  bool sync() override { return file_.sync(); }
  void end(const result::RunSummary&) override { file_.close(); }
  const std::string& error() const override { return file_.error(); }

 private:
  void hand_over() {
    file_.append(line_);
    line_.clear();
    if (flush_each_) file_.flush();
  }

  Template form_;
  File file_;
  bool flush_each_;
  std::string line_;  // kept for its memory
};

}  // namespace portolan::output
