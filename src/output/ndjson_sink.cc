// SPDX-License-Identifier: Apache-2.0
#include "output/ndjson_sink.h"

#include <fmt/format.h>

#include <iterator>

#include "output/json.h"
#include "result/field_table.h"

namespace portolan::output {
namespace {

// One per alternative of result::FieldValue that can be printed.
struct ValueWriter {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(uint64_t v) const { fmt::format_to(std::back_inserter(out), "{}", v); }
  void operator()(const std::string& v) const { append_json_string(out, v); }
  void operator()(std::span<const uint8_t> v) const {
    char before = '[';
    for (const uint8_t number : v) {
      out.push_back(before);
      fmt::format_to(std::back_inserter(out), "{}", number);
      before = ',';
    }
    out += v.empty() ? "[]" : "]";
  }
};

void append_data(std::string& out, const result::Observation& o) {
  char before = '{';
  for (const result::Field& field : result::observation_fields()) {
    const result::FieldValue value = field.get(o);
    if (std::holds_alternative<std::monostate>(value)) continue;
    out.push_back(before);
    append_json_string(out, field.name);
    out.push_back(':');
    std::visit(ValueWriter{out}, value);
    before = ',';
  }
  out.push_back('}');
}

void manifest_object(std::string& out, const result::RunManifest& manifest) {
  out += R"({"rec_type":"manifest","data":{"program":)";
  append_json_string(out, manifest.program);
  fmt::format_to(std::back_inserter(out), R"(,"started":"{}","facts":[)", result::rfc3339(manifest.started_wall));
  const char* before = "[";
  // Pairs and not members: a name may stand there twice (two interfaces), and JSON objects do not promise that.
  for (const auto& [name, value] : manifest.facts) {
    out += before;
    append_json_string(out, name);
    out.push_back(',');
    append_json_string(out, value);
    out.push_back(']');
    before = ",[";
  }
  out += "]}}\n";
}

void summary_object(std::string& out, const result::RunSummary& summary) {
  fmt::format_to(std::back_inserter(out), R"({{"rec_type":"summary","data":{{"ended":"{}","complete":{},"counters":{{)",
                 result::rfc3339(summary.ended_wall), summary.complete);
  const char* before = "";
  for (const auto& [name, count] : summary.counters) {
    out += before;
    append_json_string(out, name);
    fmt::format_to(std::back_inserter(out), ":{}", count);
    before = ",";
  }
  out += "}}}\n";
}

void no_header(std::string&, const result::RunManifest&) {}
void no_trailer(std::string&, const result::RunSummary&) {}

}  // namespace

void append_ndjson(std::string& out, const result::Observation& o) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"ip":"{}","timestamp":"{}","port":{},"proto":"{}","rec_type":"status","data":)",
                 o.target.address.to_string(), o.wall / base::kSecond, o.target.service.port,
                 addr::name(o.target.service.protocol));
  append_data(out, o);
  out += "}\n";
}

const LineFormat kNdjson{no_header, append_ndjson, no_trailer};
const LineFormat kNdjsonWithRun{manifest_object, append_ndjson, summary_object};

}  // namespace portolan::output
