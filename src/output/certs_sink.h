// SPDX-License-Identifier: Apache-2.0
// Certificates: a PEM block (RFC 7468) for each banner that is one, and nothing else. docs/formats/certs.md
//
// Banners of the applications X509 and X509CA hold a certificate in base64, or its DER bytes. What is neither is left
// out, so that every block in the file can be read. The file begins with no header: openssl reads it as it is, and
// pieces can be joined. Constants: any thread.
#pragma once

#include "output/line_sink.h"

namespace portolan::output {

extern const LineFormat kCerts;

void append_certificate(std::string& out, const result::Banner& b);  // several lines, or nothing

}  // namespace portolan::output
