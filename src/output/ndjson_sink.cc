// SPDX-License-Identifier: Apache-2.0
#include "output/ndjson_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "output/json.h"
#include "output/put.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

// By hand and not from result::observation_fields(), which costs ten times as much: a test holds the two together.
void append_known(std::string& out, std::string_view member, int64_t value) {
  if (value < 0) return;
  out += member;
  put(out, static_cast<uint64_t>(value));
}

void append_tcp_options(std::string& out, const result::Observation& o) {
  const size_t count = std::min<size_t>(o.tcp_option_count, o.tcp_options.size());
  if (count == 0) return;
  out += R"(,"tcp_options":)";
  for (size_t i = 0; i < count; ++i) {
    out.push_back(i == 0 ? '[' : ',');
    put(out, o.tcp_options[i]);
  }
  out.push_back(']');
}

void append_data(std::string& out, const result::Observation& o) {
  out += R"({"status":")";
  out += result::status_word(o);
  out += R"(","reason":")";
  out += result::reason_text(o);
  out += R"(","ttl":)";
  put(out, o.ttl);
  out += R"(,"time":")";
  put_time(out, o.wall);
  out += R"(","proof":")";
  out += name(o.proof);
  out.push_back('"');
  if (o.rtt >= 0) append_known(out, R"(,"rtt_us":)", o.rtt / 1000);
  if (o.responder != o.target.address) {
    out += R"(,"from":")";
    put(out, o.responder);
    out.push_back('"');
  }
  if (o.has_mac) {
    out += R"(,"mac":")";
    put(out, o.mac);
    out.push_back('"');
  }
  append_known(out, R"(,"icmp_type":)", o.icmp_type);
  append_known(out, R"(,"icmp_code":)", o.icmp_code);
  append_known(out, R"(,"window":)", o.window);
  append_known(out, R"(,"mss":)", o.mss);
  append_known(out, R"(,"window_scale":)", o.window_scale);
  append_tcp_options(out, o);
  out.push_back('}');
}

void open_object(std::string& out, const addr::Target& target, base::Nanos wall, std::string_view rec_type) {
  out += R"({"ip":")";
  put(out, target.address);
  out += R"(","timestamp":")";
  put_seconds(out, wall);
  out += R"(","port":)";
  put(out, target.service.port);
  out += R"(,"proto":")";
  out += addr::name(target.service.protocol);
  out += R"(","rec_type":")";
  out += rec_type;
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
  open_object(out, o.target, o.wall, "status");
  out += R"(","data":)";
  append_data(out, o);
  out += "}\n";
}

void append_ndjson_banner(std::string& out, const result::Banner& b) {
  open_object(out, b.target, b.wall, "banner");
  out += R"(","data":{"service_name":)";
  append_json_string(out, name(b.application));
  out += ",\"banner\":";
  append_json_string(out, base::as_text(b.text));
  out += "}}\n";
}

const LineFormat kNdjson{no_header, append_ndjson, append_ndjson_banner, no_trailer};
const LineFormat kNdjsonWithRun{manifest_object, append_ndjson, append_ndjson_banner, summary_object};

}  // namespace portolan::output
