// SPDX-License-Identifier: Apache-2.0
#include "output/list_sink.h"

#include <fmt/format.h>

#include <iterator>

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

}  // namespace

void append_list(std::string& out, const result::Observation& o) {
  fmt::format_to(std::back_inserter(out), "{} {} {} {} {}\n", result::status_word(o),
                 addr::name(o.target.service.protocol), o.target.service.port, o.target.address.to_string(),
                 o.wall / base::kSecond);
}

const LineFormat kList{header, append_list, trailer};

}  // namespace portolan::output
