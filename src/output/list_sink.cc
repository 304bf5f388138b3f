// SPDX-License-Identifier: Apache-2.0
#include "output/list_sink.h"

#include <fmt/format.h>

#include "output/put.h"
#include "result/field_table.h"

namespace portolan::output {
namespace {

void remark(std::string& out, std::string_view name, std::string_view value) {
  out += "# ";
  append_printable(out, name);
  out += ": ";
  append_printable(out, value);
  out.push_back('\n');
}

void header(std::string& out, const result::RunManifest& manifest) {
  out += "#masscan\n";
  remark(out, "program", manifest.program);
  remark(out, "started", result::rfc3339(manifest.started_wall));
  for (const auto& [name, value] : manifest.facts) remark(out, name, value);
}

void trailer(std::string& out, const result::RunSummary& summary) {
  remark(out, "ended", result::rfc3339(summary.ended_wall));
  remark(out, "complete", summary.complete ? "yes" : "no");
  for (const auto& [name, count] : summary.counters) remark(out, name, fmt::to_string(count));
  out += "# end\n";
}

void append_target(std::string& out, const addr::Target& target, base::Nanos wall) {
  out.push_back(' ');
  out += addr::name(target.service.protocol);
  out.push_back(' ');
  put(out, target.service.port);
  out.push_back(' ');
  put(out, target.address);
  out.push_back(' ');
  put_seconds(out, wall);
}

}  // namespace

void append_list(std::string& out, const result::Observation& o) {
  out += result::status_word(o);
  append_target(out, o.target, o.wall);
  out.push_back('\n');
}

void append_list_banner(std::string& out, const result::Banner& b) {
  out += "banner";
  append_target(out, b.target, b.wall);
  out.push_back(' ');
  append_printable(out, name(b.application));
  out.push_back(' ');
  append_printable(out, base::as_text(b.text));
  out.push_back('\n');
}

const LineFormat kList{header, append_list, append_list_banner, trailer};

}  // namespace portolan::output
