// SPDX-License-Identifier: Apache-2.0
#include "output/plain_sinks.h"

#include <algorithm>

#include "output/put.h"
#include "output/service_name.h"
#include "result/field_table.h"

namespace portolan::output {
namespace {

constexpr size_t kServiceWidth = 16;

void no_header(std::string&, const result::RunManifest&) {}
void no_record(std::string&, const result::Observation&) {}
void no_banner(std::string&, const result::Banner&) {}
void no_trailer(std::string&, const result::RunSummary&) {}

void host_line(std::string& out, const addr::Target& target) {
  put(out, target.address);
  out.push_back('\n');
}

// What has no port is nobody's URL: such records are left out.
void pair_line(std::string& out, const addr::Target& target) {
  if (target.service.protocol > addr::Protocol::kSctp) return;
  put_bracketed(out, target.address);
  out.push_back(':');
  put(out, target.service.port);
  out.push_back('\n');
}

void unicornscan_header(std::string& out, const result::RunManifest&) { out += "#masscan\n"; }
void unicornscan_trailer(std::string& out, const result::RunSummary&) { out += "# end\n"; }

void unicornscan_line(std::string& out, const result::Observation& o) {
  for (const char c : addr::name(o.target.service.protocol)) {
    out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  out.push_back(' ');
  out += result::status_word(o);
  out.push_back('\t');
  const std::string_view service = service_name(o.target.service);
  out.append(kServiceWidth - std::min(service.size(), kServiceWidth), ' ');
  out += service;
  out.push_back('[');
  put_padded(out, o.target.service.port, 5);
  out += "]\t\tfrom ";
  put(out, o.target.address);
  out += "  ttl ";
  put(out, o.ttl);
  out += " \n";
}

}  // namespace

const LineFormat kHostOnly{no_header, [](std::string& out, const result::Observation& o) { host_line(out, o.target); },
                           [](std::string& out, const result::Banner& b) { host_line(out, b.target); }, no_trailer};
const LineFormat kPairs{no_header, [](std::string& out, const result::Observation& o) { pair_line(out, o.target); },
                        [](std::string& out, const result::Banner& b) { pair_line(out, b.target); }, no_trailer};
const LineFormat kUnicornscan{unicornscan_header, unicornscan_line, no_banner, unicornscan_trailer};
const LineFormat kNone{no_header, no_record, no_banner, no_trailer};

}  // namespace portolan::output
