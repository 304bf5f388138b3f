// SPDX-License-Identifier: Apache-2.0
#include "output/read_csv.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::output {
namespace {

using Column = std::pair<std::string_view, std::string_view Said::*>;

constexpr std::array kColumns = {
    Column{"ip", &Said::ip},
    Column{"address", &Said::ip},
    Column{"port", &Said::port},
    Column{"proto", &Said::protocol},
    Column{"protocol", &Said::protocol},
    Column{"status", &Said::status},
    Column{"state", &Said::status},
    Column{"reason", &Said::reason},
    Column{"ttl", &Said::ttl},
    Column{"time", &Said::time},
    Column{"timestamp", &Said::seconds},
    Column{"proof", &Said::proof},
    Column{"rtt_us", &Said::rtt_us},
    Column{"from", &Said::from},
    Column{"mac", &Said::mac},
    Column{"icmp_type", &Said::icmp_type},
    Column{"icmp_code", &Said::icmp_code},
    Column{"window", &Said::window},
    Column{"mss", &Said::mss},
    Column{"window_scale", &Said::window_scale},
    Column{"tcp_options", &Said::tcp_options},
    Column{"service", &Said::service},
    Column{"service_name", &Said::service},
    Column{"banner", &Said::banner},
};

std::string_view Said::*column_of(std::string_view name) {
  while (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  const auto found = std::find_if(kColumns.begin(), kColumns.end(), [&](const Column& c) { return c.first == name; });
  return found == kColumns.end() ? nullptr : found->second;
}

// The end of the field that begins at `at`: of its comma, its line feed, or of the text. Quoted ones may hold both.
size_t end_of_field(std::string_view text, size_t at) {
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
      } else {
        break;
      }
    }
  }
  while (at < text.size() && text[at] != ',' && text[at] != '\n') ++at;
  return at;
}

bool says_banner(const Said& said) { return !said.banner.empty() || said.reason == "banner"; }

}  // namespace

bool CsvReader::is_header(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.find(',') == line.npos) return false;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(',', at), line.size());
    if (column_of(line.substr(at, end - at)) == &Said::ip) return true;
    at = end + 1;
  }
  return false;
}

void CsvReader::split(std::string_view bytes) {
  row_.fields.clear();
  row_.whole = false;
  size_t at = 0;
  for (;;) {
    const size_t end = end_of_field(bytes, at);
    std::string_view field = bytes.substr(at, end - at);
    if (!field.empty() && field.back() == '\r') field.remove_suffix(1);
    row_.fields.push_back(field);
    if (end == bytes.size() || bytes[end] == '\n') {
      row_.whole = end < bytes.size();
      row_.size = std::min(end + 1, bytes.size());
      return;
    }
    at = end + 1;
  }
}

size_t CsvReader::read(std::string_view bytes, bool last, result::Sink& into) {
  size_t at = 0;
  while (at < bytes.size()) {
    split(bytes.substr(at));
    if (!row_.whole) {
      torn_ = last;
      break;
    }
    if (columns_.empty()) {
      for (const std::string_view name : row_.fields) columns_.push_back(column_of(name));
    } else if (row_.fields.size() > 1 || !row_.fields[0].empty()) {
      const std::string_view wrong = tell(into);
      if (!wrong.empty()) {
        damage_ = wrong;
        return at;
      }
    }
    at += row_.size;
  }
  return at;
}

std::string_view CsvReader::tell(result::Sink& into) {
  // A file that was appended to by another program may have its header again.
  if (column_of(row_.fields[0]) != nullptr && column_of(row_.fields[0]) == columns_[0]) return {};
  if (row_.fields.size() != columns_.size()) return "this row has not as many fields as the first line has names";
  Said said;
  text_.clear();
  for (size_t i = 0; i < columns_.size(); ++i) {
    std::string_view field = row_.fields[i];
    if (columns_[i] == nullptr) continue;
    const bool quoted = field.size() >= 2 && field.front() == '"' && field.back() == '"';
    if (quoted) field = field.substr(1, field.size() - 2);
    said.*columns_[i] = field;
    if (columns_[i] != &Said::banner) continue;
    std::string once;
    for (size_t k = 0; k < field.size(); ++k) {
      once.push_back(field[k]);
      if (quoted && field[k] == '"') ++k;
    }
    append_unescaped(text_, once);
  }
  said.is_banner = says_banner(said);
  said.banner = text_;
  return maker_.tell(said, into);
}

}  // namespace portolan::output
