// SPDX-License-Identifier: Apache-2.0
#include "output/xml_sink.h"

#include <fmt/format.h>

#include "output/manifest_facts.h"
#include "output/put.h"
#include "result/field_table.h"
#include "result/reason_text.h"

namespace portolan::output {
namespace {

using addr::Protocol;

void header(std::string& out, const result::RunManifest& manifest, const OutputSpec& spec) {
  out += "<?xml version=\"1.0\"?>\r\n<!-- masscan v1.0 scan -->\r\n";
  const std::string style = stylesheet_line(spec.stylesheet);
  if (!style.empty()) out += style + "\r\n";
  out += fmt::format("<nmaprun scanner=\"masscan\" start=\"{}\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\r\n",
                     manifest.started_wall / base::kSecond);
  const auto asked = asked_ports(manifest);
  const auto scanned = [&](Protocol p) { return asked[static_cast<size_t>(p)].count != 0; };
  const bool others = scanned(Protocol::kUdp) || scanned(Protocol::kSctp) || scanned(Protocol::kIp);
  if (scanned(Protocol::kTcp) || !others) out += "<scaninfo type=\"syn\" protocol=\"tcp\" />\r\n";
  if (scanned(Protocol::kUdp)) out += "<scaninfo type=\"udp\" protocol=\"udp\" />\r\n";
  if (scanned(Protocol::kSctp)) out += "<scaninfo type=\"sctpinit\" protocol=\"sctp\" />\r\n";
  if (scanned(Protocol::kIp)) out += "<scaninfo type=\"ipproto\" protocol=\"ip\" />\r\n";
}

void open_record(std::string& out, const addr::Target& target, base::Nanos wall) {
  out += "<host endtime=\"";
  put_seconds(out, wall);
  out += "\">";
  append_xml_address(out, target.address);
}

void open_port(std::string& out, addr::ProtoPort service) {
  out += "<ports><port protocol=\"";
  out += addr::name(service.protocol);
  out += "\" portid=\"";
  put(out, service.port);
  out += "\">";
}

void closing(std::string& out, const Standing& s) {
  out += fmt::format(
      "<runstats>\r\n<finished time=\"{}\" timestr=\"{}\" elapsed=\"{}\" />\r\n<hosts up=\"{}\" down=\"0\" "
      "total=\"{}\" />\r\n</runstats>\r\n</nmaprun>\r\n",
      s.now / base::kSecond, date_text(s.now), (s.now - s.started) / base::kSecond, s.hosts, s.hosts);
}

LineKind kind(std::string_view line) {
  if (line.starts_with("<host ") && line.ends_with("</host>")) return LineKind::kRecord;
  for (const std::string_view start : {"<?xml", "<!-- masscan", "<nmaprun scanner=\"masscan\"", "<scaninfo"}) {
    if (line.starts_with(start)) return LineKind::kHeader;
  }
  return LineKind::kOther;
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool plain = c >= ' ' && c <= '~' && std::string_view("<>&\\\"'").find(c) == std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      out += "\\x";
      put_hex_byte(out, static_cast<uint8_t>(c));
    }
  }
}

void append_xml_address(std::string& out, const addr::IpAddress& address) {
  out += "<address addr=\"";
  put(out, address);
  out += address.is_v4() ? "\" addrtype=\"ipv4\"/>" : "\" addrtype=\"ipv6\"/>";
}

void append_xml_mac(std::string& out, const addr::MacAddress& mac) {
  out += "<address addr=\"";
  put(out, mac);
  out += "\" addrtype=\"mac\"/>";
}

std::string stylesheet_line(const std::string& stylesheet) {
  if (stylesheet.empty()) return {};
  std::string reference;
  for (const char c : stylesheet) {
    if (c == '&') {
      reference += "&amp;";
    } else if (c == '<') {
      reference += "&lt;";
    } else if (c == '"') {
      reference += "&quot;";
    } else if (static_cast<uint8_t>(c) >= 0x20) {
      reference.push_back(c);
    }
  }
  // "?>" would end the instruction.
  for (size_t at = 0; (at = reference.find("?>", at)) != std::string::npos;) reference.replace(at, 2, "%3F%3E");
  return fmt::format("<?xml-stylesheet href=\"{}\" type=\"text/xsl\"?>", reference);
}

void append_xml(std::string& out, const result::Observation& o) {
  open_record(out, o.target, o.wall);
  if (o.has_mac) append_xml_mac(out, o.mac);
  open_port(out, o.target.service);
  out += "<state state=\"";
  out += result::status_word(o);
  out += "\" reason=\"";
  out += result::reason_text(o);
  out += "\" reason_ttl=\"";
  put(out, o.ttl);
  out += "\"/></port></ports></host>\r\n";
}

void append_xml_banner(std::string& out, const result::Banner& b) {
  open_record(out, b.target, b.wall);
  open_port(out, b.target.service);
  out += "<state state=\"open\" reason=\"response\" reason_ttl=\"";
  put(out, b.ttl);
  out += "\" /><service name=\"";
  append_xml_text(out, name(b.application));
  out += "\" banner=\"";
  append_xml_text(out, base::as_text(b.text));
  out += "\"></service></port></ports></host>\r\n";
}

const DocumentFormat kXml{header, "", append_xml, append_xml_banner, closing, kind, "<nmaprun", "addr=\"", true};

}  // namespace portolan::output
