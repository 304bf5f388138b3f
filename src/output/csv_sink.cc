// SPDX-License-Identifier: Apache-2.0
#include "output/csv_sink.h"

#include "output/put.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

void names(std::string& out, const result::RunManifest&) {
  out += "ip,port,proto,status,reason,ttl,time,mac,service,banner\n";
}
void no_trailer(std::string&, const result::RunSummary&) {}

void append_target(std::string& out, const addr::Target& target) {
  put(out, target.address);
  out.push_back(',');
  put(out, target.service.port);
  out.push_back(',');
  out += addr::name(target.service.protocol);
  out.push_back(',');
}

void append_quoted(std::string& out, std::string_view text) {
  std::string printable;
  append_printable(printable, text);
  if (printable.find_first_of(",\"") == std::string::npos) {
    out += printable;
    return;
  }
  out.push_back('"');
  for (const char c : printable) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void append_csv(std::string& out, const result::Observation& o) {
  append_target(out, o.target);
  out += result::status_word(o);
  out.push_back(',');
  out += result::reason_text(o);
  out.push_back(',');
  put(out, o.ttl);
  out.push_back(',');
  put_time(out, o.wall);
  out.push_back(',');
  if (o.has_mac) put(out, o.mac);
  out += ",,\n";
}

void append_csv_banner(std::string& out, const result::Banner& b) {
  append_target(out, b.target);
  out += "open,banner,";
  if (b.ttl != 0) put(out, b.ttl);
  out.push_back(',');
  put_time(out, b.wall);
  out += ",,";
  append_quoted(out, name(b.application));
  out.push_back(',');
  append_quoted(out, base::as_text(b.text));
  out.push_back('\n');
}

const LineFormat kCsv{names, append_csv, append_csv_banner, no_trailer, true};

}  // namespace portolan::output
