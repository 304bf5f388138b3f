// SPDX-License-Identifier: Apache-2.0
// The XML format (-oX) in masscan's form: a <host> element a record, lines that end in CR LF. docs/formats/xml.md
//
// nmap's form is nmap_xml.h. Here addrtype is what the address is, hosts are counted as hosts, and <scaninfo> says
// what was asked. Text of others: bytes outside printable ASCII and < > & " ' \ as \xHH. Constants: any thread.
#pragma once

#include "output/document_sink.h"

namespace portolan::output {

extern const DocumentFormat kXml;

void append_xml(std::string& out, const result::Observation& o);
void append_xml_banner(std::string& out, const result::Banner& b);

// What both dialects share: text of others, <address>, and the line that names a stylesheet (or nothing).
void append_xml_text(std::string& out, std::string_view text);
void append_xml_address(std::string& out, const addr::IpAddress& address);
void append_xml_mac(std::string& out, const addr::MacAddress& mac);
std::string stylesheet_line(const std::string& stylesheet);

}  // namespace portolan::output
