// SPDX-License-Identifier: Apache-2.0
#include "output/read_lines.h"

#include <algorithm>
#include <array>

namespace portolan::output {
namespace {

constexpr std::array<std::string_view, 6> kListWords = {"open ",   "closed ",     "filtered ",
                                                        "banner ", "unfiltered ", "up "};

// Up to `separator`, which goes too.
std::string_view cut(std::string_view& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_list(std::string_view line) {
  return std::any_of(kListWords.begin(), kListWords.end(), [&](std::string_view w) { return line.starts_with(w); });
}

bool is_grepable(std::string_view line) { return line.starts_with("Timestamp: ") || line.starts_with("Host: "); }

// "TCP open<TAB>            http[   80]<TAB><TAB>from 192.0.2.10  ttl 55 "
bool is_unicornscan(std::string_view line) {
  const size_t blank = line.find(' ');
  if (blank == line.npos || blank == 0 || line.find("\t\tfrom ") == line.npos) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(blank),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

bool is_pair(std::string_view line) {
  const size_t colon = line.rfind(':');
  if (colon == line.npos || !read_number(line.substr(colon + 1))) return false;
  const std::string_view host = line.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  return (bracketed || host.find(':') == host.npos) && read_address(host).has_value();
}

}  // namespace

bool LinesReader::knows(std::string_view line) {
  return is_list(line) || is_grepable(line) || is_unicornscan(line) || is_pair(trimmed(line));
}

size_t LinesReader::read(std::string_view bytes, bool last, result::Sink& into) {
  size_t at = 0;
  for (;;) {
    const size_t end = bytes.find('\n', at);
    if (end == bytes.npos) break;
    const std::string_view wrong = line(bytes.substr(at, end - at), into);
    if (!wrong.empty()) {
      damage_ = wrong;
      return at;
    }
    at = end + 1;
  }
  torn_ = last && at < bytes.size() && bytes[at] != '#' && !trimmed(bytes.substr(at)).empty();
  return at;
}

std::string_view LinesReader::line(std::string_view text, result::Sink& into) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.empty() || text[0] == '#') return {};
  if (is_list(text)) return list(text, into);
  if (is_grepable(text)) return grepable(text, into);
  if (is_unicornscan(text)) return unicornscan(text, into);
  text = trimmed(text);
  if (text.empty()) return {};
  return is_pair(text) ? pair(text, into) : "this line is no result";
}

// "open tcp 80 192.0.2.10 1700000000", "banner tcp 80 192.0.2.10 1700000002 http TEXT"
std::string_view LinesReader::list(std::string_view text, result::Sink& into) {
  Said said;
  said.status = cut(text, ' ');
  said.protocol = cut(text, ' ');
  said.port = cut(text, ' ');
  said.ip = cut(text, ' ');
  said.seconds = cut(text, ' ');
  if (said.seconds.empty()) return "there are too few words in this line";
  if (said.status != "banner") return maker_.tell(said, into);
  said.service = cut(text, ' ');
  return banner(said, text, into);
}

std::string_view LinesReader::grepable(std::string_view text, result::Sink& into) {
  Said said;
  std::string_view ports;
  while (!text.empty()) {
    std::string_view value = cut(text, '\t');
    const std::string_view key = cut(value, ':');
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (key == "Timestamp") said.seconds = value;
    if (key == "Host") said.ip = value.substr(0, value.find(' '));
    if (key == "Port") said.port = value;
    if (key == "Service") said.service = value;
    if (key == "Ports") ports = value;
    if (key == "Status") {
      // It does not say which probe was answered.
      if (!read_address(said.ip)) return "its address cannot be read";
      ++maker_.counts.left_out;
      return {};
    }
    if (key == "Banner") {
      said.protocol = "tcp";  // masscan's line has no room for it
      return banner(said, value, into);
    }
  }
  return ports.empty() ? "there are no ports in this line" : grepable_ports(ports, said, into);
}

// "22/open/tcp//ssh//OpenSSH 9/, 80/open/tcp//http///"
std::string_view LinesReader::grepable_ports(std::string_view ports, Said said, result::Sink& into) {
  while (!ports.empty()) {
    const std::string_view wrong = grepable_port(trimmed(cut(ports, ',')), said, into);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string_view LinesReader::grepable_port(std::string_view port, Said said, result::Sink& into) {
  said.port = cut(port, '/');
  said.status = cut(port, '/');
  said.protocol = cut(port, '/');
  cut(port, '/');  // owner
  said.service = cut(port, '/');
  cut(port, '/');  // RPC
  const std::string_view version = cut(port, '/');
  const std::string_view wrong = maker_.tell(said, into);
  if (!wrong.empty() || version.empty()) return wrong;
  return banner(said, version, into);
}

std::string_view LinesReader::unicornscan(std::string_view text, result::Sink& into) {
  std::string protocol(cut(text, ' '));
  for (char& c : protocol) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  Said said;
  said.protocol = protocol;
  said.status = cut(text, '\t');
  cut(text, '[');
  said.port = trimmed(cut(text, ']'));
  const size_t from = text.find("from ");
  if (from == text.npos) return "there is no address in it";
  text.remove_prefix(from + 5);
  said.ip = cut(text, ' ');
  const size_t ttl = text.find("ttl ");
  if (ttl != text.npos) said.ttl = trimmed(text.substr(ttl + 4));
  return maker_.tell(said, into);
}

std::string_view LinesReader::pair(std::string_view text, result::Sink& into) {
  const size_t colon = text.rfind(':');
  Said said;
  said.ip = text.substr(0, colon);
  said.port = text.substr(colon + 1);
  said.protocol = "tcp";
  said.status = "open";
  return maker_.tell(said, into);
}

std::string_view LinesReader::banner(Said& said, std::string_view text, result::Sink& into) {
  text_.clear();
  append_unescaped(text_, text);
  said.banner = text_;
  said.is_banner = true;
  return maker_.tell(said, into);
}

}  // namespace portolan::output
