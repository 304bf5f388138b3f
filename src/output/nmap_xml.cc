// SPDX-License-Identifier: Apache-2.0
#include "output/nmap_xml.h"

#include <fmt/format.h>

#include "output/manifest_facts.h"
#include "output/put.h"
#include "output/service_name.h"
#include "output/xml_sink.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

using addr::Protocol;

std::string scaninfo(const result::RunManifest& manifest) {
  static constexpr std::pair<Protocol, std::string_view> kTypes[] = {
      {Protocol::kTcp, "syn"}, {Protocol::kUdp, "udp"}, {Protocol::kSctp, "sctpinit"}, {Protocol::kIp, "ipproto"}};
  const auto asked = asked_ports(manifest);
  std::string out;
  for (const auto& [protocol, type] : kTypes) {
    const AskedPorts& ports = asked[static_cast<size_t>(protocol)];
    if (ports.count == 0) continue;
    out += fmt::format("<scaninfo type=\"{}\" protocol=\"{}\" numservices=\"{}\" services=\"{}\"/>\n", type,
                       addr::name(protocol), ports.count, ports.ranges);
  }
  return out;
}

void header(std::string& out, const result::RunManifest& manifest, const OutputSpec& spec) {
  out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n";
  const std::string style = stylesheet_line(spec.stylesheet);
  if (!style.empty()) out += style + "\n";
  out += "<nmaprun scanner=\"nmap\" args=\"";
  append_xml_text(out, manifest.program);
  for (const auto& [fact, value] : manifest.facts) {
    if (fact != "command") continue;
    out += ": ";
    append_xml_text(out, value);
  }
  out += fmt::format("\" start=\"{}\" startstr=\"{}\" version=\"", manifest.started_wall / base::kSecond,
                     ctime_text(manifest.started_wall));
  append_xml_text(out, manifest.program.substr(manifest.program.rfind(' ') + 1));
  out += "\" xmloutputversion=\"1.05\">\n" + scaninfo(manifest) + "<verbose level=\"0\"/>\n<debugging level=\"0\"/>\n";
}

void open_host(std::string& out, base::Nanos wall, bool up, std::string_view reason, uint8_t ttl) {
  out += "<host starttime=\"";
  put_seconds(out, wall);
  out += "\" endtime=\"";
  put_seconds(out, wall);
  out += up ? "\"><status state=\"up\" reason=\"" : "\"><status state=\"unknown\" reason=\"";
  out += reason;
  out += "\" reason_ttl=\"";
  put(out, ttl);
  out += "\"/>";
}

void open_port(std::string& out, addr::ProtoPort service, std::string_view state, std::string_view reason,
               uint8_t ttl) {
  out += "<ports><port protocol=\"";
  out += addr::name(service.protocol);
  out += "\" portid=\"";
  put(out, service.port);
  out += "\"><state state=\"";
  out += state;
  out += "\" reason=\"";
  out += reason;
  out += "\" reason_ttl=\"";
  put(out, ttl);
  out += "\"/>";
}

void closing(std::string& out, const Standing& s) {
  out += fmt::format(
      "<runstats><finished time=\"{}\" timestr=\"{}\" elapsed=\"{:.2f}\" exit=\"{}\"/><hosts up=\"{}\" down=\"0\" "
      "total=\"{}\"/></runstats>\n</nmaprun>\n",
      s.now / base::kSecond, ctime_text(s.now),
      static_cast<double>(s.now - s.started) / static_cast<double>(base::kSecond), s.complete ? "success" : "error",
      s.hosts, s.hosts);
}

LineKind kind(std::string_view line) {
  if (line.starts_with("<host ") && line.ends_with("</host>")) return LineKind::kRecord;
  for (const std::string_view start :
       {"<?xml", "<!DOCTYPE nmaprun", "<nmaprun scanner=\"nmap\"", "<scaninfo", "<verbose", "<debugging"}) {
    if (line.starts_with(start)) return LineKind::kHeader;
  }
  return LineKind::kOther;
}

}  // namespace

void append_xml_nmap(std::string& out, const result::Observation& o) {
  const std::string reason = result::reason_text(o);
  // What a router says about a host does not tell whether it is there.
  const bool up = o.state != result::State::kFiltered || o.responder == o.target.address;
  open_host(out, o.wall, up, reason, o.ttl);
  append_xml_address(out, o.target.address);
  if (o.has_mac) append_xml_mac(out, o.mac);
  out += "<hostnames></hostnames>";
  if (addr::has_port(o.target.service.protocol)) {
    open_port(out, o.target.service, result::status_word(o), reason, o.ttl);
    const std::string_view service = service_name(o.target.service);
    if (!service.empty()) {
      out += "<service name=\"";
      out += service;
      out += "\" method=\"table\" conf=\"3\"/>";
    }
    out += "</port></ports>";
  }
  out += "</host>\n";
}

// The DTD's <service> has no room for a banner: nmap itself says it as a script's output.
void append_xml_nmap_banner(std::string& out, const result::Banner& b) {
  open_host(out, b.wall, true, "response", b.ttl);
  append_xml_address(out, b.target.address);
  out += "<hostnames></hostnames>";
  if (addr::has_port(b.target.service.protocol)) {
    open_port(out, b.target.service, "open", "response", b.ttl);
    out += "<service name=\"";
    append_xml_text(out, name(b.application));
    out += "\" method=\"probed\" conf=\"10\"/><script id=\"banner\" output=\"";
    append_xml_text(out, base::as_text(b.text));
    out += "\"/></port></ports>";
  }
  out += "</host>\n";
}

const DocumentFormat kXmlNmap{header,    "",   append_xml_nmap, append_xml_nmap_banner, closing, kind, "<debugging",
                              "addr=\"", true, regroup_hosts};

}  // namespace portolan::output
