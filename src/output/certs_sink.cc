// SPDX-License-Identifier: Apache-2.0
#include "output/certs_sink.h"

#include <algorithm>

#include "output/base64.h"

namespace portolan::output {
namespace {

constexpr uint16_t kX509 = 15, kX509Ca = 16;
constexpr size_t kColumns = 64;  // RFC 7468, section 2

void no_header(std::string&, const result::RunManifest&) {}
void no_record(std::string&, const result::Observation&) {}
void no_trailer(std::string&, const result::RunSummary&) {}

bool is_base64(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  const size_t padding = text.size() - std::min(text.find('='), text.size());
  if (text.empty() || text.size() % 4 != 0 || padding > 2) return false;
  const std::string_view fill = text.substr(text.size() - padding);
  return std::all_of(text.begin(), text.end() - static_cast<std::ptrdiff_t>(padding), letter) &&
         fill.find_first_not_of('=') == std::string_view::npos;
}

}  // namespace

void append_certificate(std::string& out, const result::Banner& b) {
  if (b.application.number != kX509 && b.application.number != kX509Ca) return;
  const bool der = b.text.size() > 4 && b.text[0] == 0x30 && b.text[1] >= 0x80;  // a SEQUENCE of more than 127 bytes
  std::string text;
  if (der) {
    append_base64(text, b.text);
  } else {
    text = base::as_text(b.text);
  }
  if (!is_base64(text)) return;
  out += "-----BEGIN CERTIFICATE-----\n";
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(kColumns, rest.size()))) {
    out += rest.substr(0, kColumns);
    out.push_back('\n');
  }
  out += "-----END CERTIFICATE-----\n";
}

const LineFormat kCerts{no_header, no_record, append_certificate, no_trailer};

}  // namespace portolan::output
