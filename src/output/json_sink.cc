// SPDX-License-Identifier: Apache-2.0
#include "output/json_sink.h"

#include "output/json.h"
#include "output/put.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

void open_record(std::string& out, const addr::Target& target, base::Nanos wall) {
  out += R"({   "ip": ")";
  put(out, target.address);
  out += R"(",   "timestamp": ")";
  put_seconds(out, wall);
  out += R"(", "ports": [ {"port": )";
  put(out, target.service.port);
  out += R"(, "proto": ")";
  out += addr::name(target.service.protocol);
}

void header(std::string& out, const result::RunManifest&, const OutputSpec&) { out += "[\n"; }
void closing(std::string& out, const Standing&) { out += "]\n"; }

LineKind kind(std::string_view line) {
  if (line == "[") return LineKind::kHeader;
  return line.starts_with('{') && line.ends_with('}') ? LineKind::kRecord : LineKind::kOther;
}

}  // namespace

void append_json(std::string& out, const result::Observation& o) {
  open_record(out, o.target, o.wall);
  out += R"(", "status": ")";
  out += result::status_word(o);
  out += R"(", "reason": ")";
  out += result::reason_text(o);
  out += R"(", "ttl": )";
  put(out, o.ttl);
  if (o.has_mac) {
    out += R"(, "mac": ")";
    put(out, o.mac);
    out.push_back('"');
  }
  out += "} ] }\n";
}

void append_json_banner(std::string& out, const result::Banner& b) {
  open_record(out, b.target, b.wall);
  out += R"(", "service": {"name": )";
  append_json_string(out, name(b.application));
  out += R"(, "banner": )";
  append_json_string(out, base::as_text(b.text));
  out += "} } ] }\n";
}

const DocumentFormat kJson{header, ",\n", append_json, append_json_banner, closing, kind, "[", R"("ip": ")"};

}  // namespace portolan::output
