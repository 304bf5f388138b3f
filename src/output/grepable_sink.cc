// SPDX-License-Identifier: Apache-2.0
#include "output/grepable_sink.h"

#include <fmt/format.h>

#include "output/manifest_facts.h"
#include "output/put.h"
#include "output/service_name.h"
#include "result/field_table.h"

namespace portolan::output {
namespace {

using addr::Protocol;

std::string ports_line(const result::RunManifest& manifest) {
  const auto asked = asked_ports(manifest);
  const auto of = [&](Protocol p) {
    return fmt::format("({};{})", asked[static_cast<size_t>(p)].count, asked[static_cast<size_t>(p)].ranges);
  };
  return fmt::format("# Ports scanned: TCP{} UDP{} SCTP{} PROTOCOLS{}\n", of(Protocol::kTcp), of(Protocol::kUdp),
                     of(Protocol::kSctp), of(Protocol::kIp));
}

// "portolan 0.1.0" -> "0.1.0"
std::string_view version_of(std::string_view program) { return program.substr(program.rfind(' ') + 1); }

void header(std::string& out, const result::RunManifest& manifest) {
  out += "# Masscan ";
  append_printable(out, version_of(manifest.program));
  out += fmt::format(" scan initiated {}\n", ctime_text(manifest.started_wall)) + ports_line(manifest);
}

void trailer(std::string& out, const result::RunSummary& summary) {
  out += fmt::format("# Masscan done at {}\n", ctime_text(summary.ended_wall));
}

void nmap_header(std::string& out, const result::RunManifest& manifest) {
  out += "# Nmap ";
  append_printable(out, version_of(manifest.program));
  out += fmt::format(" scan initiated {} by ", ctime_text(manifest.started_wall));
  append_printable(out, manifest.program);
  out += "\n" + ports_line(manifest);
}

void nmap_trailer(std::string& out, const result::RunSummary& summary) {
  out += fmt::format("# Nmap done at {} -- {}\n", ctime_text(summary.ended_wall),
                     summary.complete ? "every target was probed" : "the scan was stopped");
}

void host(std::string& out, const addr::IpAddress& address) {
  out += "Host: ";
  put(out, address);
  out += " ()\t";
}

// port/state/protocol/owner/service/rpc: what both forms have in common
void port_fields(std::string& out, addr::ProtoPort service, std::string_view state, std::string_view service_word) {
  put(out, service.port);
  out.push_back('/');
  out += state;
  out.push_back('/');
  out += addr::name(service.protocol);
  out += "//";
  out += service_word;
  out += "//";
}

}  // namespace

void append_grepable(std::string& out, const result::Observation& o) {
  out += "Timestamp: ";
  put_seconds(out, o.wall);
  out.push_back('\t');
  host(out, o.target.address);
  out += "Ports: ";
  port_fields(out, o.target.service, result::status_word(o), service_name(o.target.service));
  out.push_back('\n');
}

void append_grepable_banner(std::string& out, const result::Banner& b) {
  host(out, b.target.address);
  out += "Port: ";
  put(out, b.target.service.port);
  out += "\tService: ";
  append_printable(out, name(b.application));
  out += "\tBanner: ";
  append_printable(out, base::as_text(b.text));
  out.push_back('\n');
}

void append_grepable_nmap(std::string& out, const result::Observation& o) {
  host(out, o.target.address);
  if (!addr::has_port(o.target.service.protocol)) {
    out += "Status: Up\n";
    return;
  }
  out += "Ports: ";
  port_fields(out, o.target.service, result::status_word(o), service_name(o.target.service));
  out += "/\n";
}

void append_grepable_nmap_banner(std::string& out, const result::Banner& b) {
  host(out, b.target.address);
  out += "Ports: ";
  port_fields(out, b.target.service, "open", name(b.application));
  // '/' ends a field and ',' a port, so nmap's readers would see more of them than there are.
  for (const char c : base::as_text(b.text)) {
    if (c == '/' || c == ',') {
      out += c == '/' ? "|" : ";";
    } else {
      append_printable(out, std::string_view(&c, 1));
    }
  }
  out += "/\n";
}

const LineFormat kGrepable{header, append_grepable, append_grepable_banner, trailer};
const LineFormat kGrepableNmap{nmap_header, append_grepable_nmap, append_grepable_nmap_banner, nmap_trailer};

}  // namespace portolan::output
