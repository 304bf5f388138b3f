// SPDX-License-Identifier: Apache-2.0
// The XML format in nmap's form (--xml-dialect nmap), valid by nmap's DTD. docs/formats/xml.md
//
// While a scan runs each record is a <host> element of its own, in the order of arrival: that is valid and can be
// written without remembering anything. When the file is closed, regroup_hosts() makes one element of each host, in the
// order of addresses; to standard output it stays as it was. Constants and a function on one file: the writer's thread.
#pragma once

#include <string>

#include "output/document_sink.h"

namespace portolan::output {

extern const DocumentFormat kXmlNmap;

void append_xml_nmap(std::string& out, const result::Observation& o);  // with its newline
void append_xml_nmap_banner(std::string& out, const result::Banner& b);

// Reads the file, writes it anew beside it and puts that in its place, so that it is whole at every moment; in a fixed
// amount of memory (ExternalSort). Where that cannot be done the file stays as it is, and the error says why. REQUIRES:
// written by us.
tl::expected<void, std::string> regroup_hosts(const std::string& path);

}  // namespace portolan::output
