// SPDX-License-Identifier: Apache-2.0
#include "output/ndjson_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "addr/grammar.h"

namespace portolan::output {
namespace {

using result::State;

constexpr int kDeepest = 32;

std::optional<State> state_of(std::string_view word) {
  for (const State s : {State::kOpen, State::kClosed, State::kFiltered, State::kUp}) {
    if (result::name(s) == word) return s;
  }
  return std::nullopt;
}

// Plain dotted quads, which nearly all are, without the grammar's care for messages.
std::optional<uint32_t> quad_of(std::string_view text) {
  uint32_t value = 0, part = 0;
  int digits = 0, dots = 0;
  for (const char c : text) {
    if (c == '.') {
      if (digits == 0 || ++dots > 3) return std::nullopt;
      value = value << 8 | part, part = 0, digits = 0;
    } else if (c < '0' || c > '9' || ++digits > 3 || (digits == 2 && part == 0)) {
      return std::nullopt;
    } else if ((part = part * 10 + static_cast<uint32_t>(c - '0')) > 255) {
      return std::nullopt;
    }
  }
  if (dots != 3 || digits == 0) return std::nullopt;
  return value << 8 | part;
}

std::optional<addr::IpAddress> address_of(std::string_view text) {
  if (const auto quad = quad_of(text)) return addr::IpAddress::v4(*quad);
  const auto address = addr::parse_address(text);
  return address ? std::optional(*address) : std::nullopt;
}

std::optional<uint16_t> port_of(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// What one line says so far. Empty: not said.
struct Said {
  std::string_view ip, port, protocol, status, kind;
};

class JsonLine {
 public:
  JsonLine(std::string_view text, std::vector<ReadResult>& into) : text_(text), into_(into), before_(into.size()) {}

  LineKind read() {
    skip_blanks();
    if (!object(said_, 0)) return bad();
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ',') ++at_;
    skip_blanks();
    if (at_ != text_.size()) return bad();
    const bool is_status = said_.kind.empty() || said_.kind == "status";
    if (!is_status || said_.ip.empty()) return LineKind::kOther;
    if (!said_.port.empty() && !add(said_)) return bad();
    for (const Said& port : ports_) {
      if (!add(port)) return bad();
    }
    return into_.size() > before_ ? LineKind::kResult : LineKind::kOther;
  }

 private:
  LineKind bad() {
    into_.resize(before_);
    return LineKind::kBad;
  }

  // True also for one without a status, which is no result (a banner).
  bool add(const Said& said) {
    if (said.status.empty()) return true;
    const auto ip = address_of(said_.ip);
    const auto port = port_of(said.port);
    const auto protocol = addr::protocol_from_name(said.protocol);
    const auto state = state_of(said.status);
    if (!ip || !port || !protocol || !state) return false;
    into_.push_back({{*ip, {*protocol, *port}}, *state});
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  // The text between quotes, escapes as they stand: none of the words we look for has any.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    out = text_.substr(begin, at_++ - begin);
    return true;
  }

  // A number, true, false or null.
  bool word(std::string_view& out) {
    skip_blanks();
    const size_t begin = at_;
    while (at_ < text_.size() && text_.substr(at_).find_first_of(",}] \t\r") != 0) ++at_;
    out = text_.substr(begin, at_ - begin);
    return !out.empty() && out.find_first_of("\"{[:") == out.npos;
  }

  bool object(Said& said, int depth) {
    if (depth > kDeepest || !take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!string(name) || !take(':') || !member(name, said, depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool member(std::string_view name, Said& said, int depth) {
    if (name == "ports" && depth == 0 && peek() == '[') return ports();
    if (name == "data" && depth == 0 && peek() == '{') return object(said, depth + 1);
    // Deeper inside data the names mean something else.
    std::string_view* const wanted = depth > 1 ? nullptr : place_of(name, said, depth);
    if (peek() == '"') {
      std::string_view text;
      if (!string(text)) return false;
      if (wanted != nullptr) *wanted = text;
      return true;
    }
    if (peek() == '{' || peek() == '[') return skip_group(depth);
    std::string_view value;
    if (!word(value)) return false;
    if (wanted != nullptr) *wanted = value;
    return true;
  }

  static std::string_view* place_of(std::string_view name, Said& said, int depth) {
    if (name == "status") return &said.status;
    if (depth > 0) return nullptr;
    if (name == "ip") return &said.ip;
    if (name == "port") return &said.port;
    if (name == "proto") return &said.protocol;
    return name == "rec_type" ? &said.kind : nullptr;
  }

  bool ports() {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      Said said;
      if (!object(said, 0)) return false;
      ports_.push_back(said);
    } while (take(','));
    return take(']');
  }

  bool skip_group(int depth) {
    if (depth > kDeepest) return false;
    Said ignored;
    if (peek() == '{') return object(ignored, depth + 2);
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!member({}, ignored, depth + 2)) return false;
    } while (take(','));
    return take(']');
  }

  std::string_view text_;
  std::vector<ReadResult>& into_;
  const size_t before_;
  size_t at_ = 0;
  Said said_;
  std::vector<Said> ports_;  // of masscan's array
};

// "open tcp 80 10.0.0.1 1700000000"
LineKind read_list_line(std::string_view line, std::vector<ReadResult>& into) {
  std::array<std::string_view, 5> fields;
  size_t count = 0;
  for (size_t at = 0; at < line.size() && count < fields.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    fields[count++] = line.substr(at, end - at);
    at = end + 1;
  }
  if (fields[0] == "banner") return LineKind::kOther;
  const auto state = state_of(fields[0]);
  const auto protocol = addr::protocol_from_name(fields[1]);
  const auto port = port_of(fields[2]);
  const auto ip = address_of(fields[3]);
  if (count < 4 || !state || !protocol || !port || !ip) return LineKind::kBad;
  into.push_back({{*ip, {*protocol, *port}}, *state});
  return LineKind::kResult;
}

}  // namespace

LineKind read_result_line(std::string_view line, std::vector<ReadResult>& into) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  // masscan's brackets and commas on lines of their own, and how its older versions end a file.
  if (line.empty() || line[0] == '#' || line == "[" || line == "]" || line == "," || line == "{finished: 1}") {
    return LineKind::kOther;
  }
  return line[0] == '{' ? JsonLine(line, into).read() : read_list_line(line, into);
}

}  // namespace portolan::output
