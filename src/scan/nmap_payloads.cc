// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "options/value.h"
#include "scan/payload_files.h"

namespace portolan::scan {
namespace {

using Fault = std::optional<PayloadError>;
constexpr std::string_view kBlank = " \t\r\n\f\v";
constexpr std::string_view kShape = "write udp PORTS \"bytes\", as udp 53,5353 \"\\x00\\x01\"";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Reader {
 public:
  Reader(std::string_view text, OwnPayloads& into) : rest_(text), into_(into) {}

  tl::expected<NmapPayloads, PayloadError> read() {
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      if (Fault f = entry()) return tl::unexpected(std::move(*f));
      ++found_.entries;
    }
    return std::move(found_);
  }

 private:
  struct Range {
    uint16_t first, last;
  };

  PayloadError error(std::string what, std::string_view cure) const {
    return {line_, std::move(what), std::string(cure)};
  }

  void drop(size_t n) {
    line_ += static_cast<size_t>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(n), '\n'));
    rest_.remove_prefix(n);
  }

  // Comments too.
  void skip_blanks() {
    while (true) {
      drop(std::min(rest_.find_first_not_of(kBlank), rest_.size()));
      if (!rest_.starts_with('#')) return;
      drop(std::min(rest_.find('\n'), rest_.size()));
    }
  }

  std::string_view peek_word() const {
    return rest_.substr(0, std::min(rest_.find_first_of(" \t\r\n\f\v#\""), rest_.size()));
  }
  std::string_view word() {
    const std::string_view w = peek_word();
    drop(w.size());
    skip_blanks();
    return w;
  }

  Fault entry() {
    const std::string_view protocol = peek_word();
    if (protocol != "udp") return error(fmt::format("'{}' does not begin an entry", shown(protocol)), kShape);
    word();
    if (Fault f = ports()) return f;
    if (Fault f = strings()) return f;
    if (peek_word() == "source") {
      if (Fault f = source()) return f;
    }
    return store();
  }

  // What stands here, when it is no word: its first character.
  std::string shown(std::string_view word) const { return std::string(word.empty() ? rest_.substr(0, 1) : word); }

  static std::optional<uint16_t> port_of(std::string_view text) {
    const auto n = options::parse_number(text);
    if (!n || *n == 0 || *n > UINT16_MAX) return std::nullopt;
    return static_cast<uint16_t>(*n);
  }

  Fault ports() {
    ports_.clear();
    const size_t at_line = line_;
    const std::string text(word());
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      const std::string_view part = std::string_view(text).substr(at, comma - at);
      const size_t dash = part.find('-');
      const auto first = port_of(part.substr(0, dash));
      const auto last = dash == std::string_view::npos ? first : port_of(part.substr(dash + 1));
      if (!first || !last || *first > *last) {
        return PayloadError{at_line, fmt::format("'{}' is not a list of ports", text),
                            "write ports from 1 to 65535, as 53 or 53,5353 or 1000-1003"};
      }
      ports_.push_back({*first, *last});
      at = comma + 1;
    }
    return std::nullopt;
  }

  Fault strings() {
    payload_.clear();
    if (!rest_.starts_with('"')) return error("the entry has no payload", kShape);
    while (rest_.starts_with('"')) {
      if (Fault f = string()) return f;
      skip_blanks();
    }
    if (payload_.size() <= OwnPayloads::kMaxBytes) return std::nullopt;
    return error(fmt::format("the payload that ends here has {} bytes", payload_.size()),
                 fmt::format("shorten it to {} bytes, which every network carries", OwnPayloads::kMaxBytes));
  }

  Fault string() {
    drop(1);
    while (!rest_.empty() && rest_[0] != '"' && rest_[0] != '\n') {
      if (rest_[0] == '\\') {
        if (Fault f = escape()) return f;
      } else {
        payload_.push_back(static_cast<uint8_t>(rest_[0]));
        rest_.remove_prefix(1);
      }
    }
    if (!rest_.starts_with('"')) return error("the string does not end on its line", "close it by \"");
    drop(1);
    return std::nullopt;
  }

  Fault escape() {
    constexpr std::string_view kLetters = "abfnrtv\\\"'?";
    constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\\"'?";
    const char c = rest_.size() > 1 ? rest_[1] : '\n';
    if (c == 'x') return hex();
    if (c >= '0' && c <= '7') return octal();
    const size_t at = kLetters.find(c);
    if (at == std::string_view::npos) {
      return error(c == '\n' ? std::string("a backslash ends the line") : fmt::format("'\\{}' is not an escape", c),
                   "write a byte as \\x and two digits, and a backslash as \\\\");
    }
    payload_.push_back(static_cast<uint8_t>(kBytes[at]));
    rest_.remove_prefix(2);
    return std::nullopt;
  }

  // Two digits always: with more or fewer, C and nmap would differ.
  Fault hex() {
    const int high = rest_.size() > 2 ? hex_value(rest_[2]) : -1;
    const int low = rest_.size() > 3 ? hex_value(rest_[3]) : -1;
    if (high < 0 || low < 0) return error("\\x has not two digits behind it", "write the byte 7 as \\x07");
    payload_.push_back(static_cast<uint8_t>(high << 4 | low));
    rest_.remove_prefix(4);
    return std::nullopt;
  }

  Fault octal() {
    unsigned value = 0;
    size_t n = 1;
    for (; n < 4 && n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '7'; ++n) {
      value = value * 8 + static_cast<unsigned>(rest_[n] - '0');
    }
    if (value > 255) return error(fmt::format("'{}' is more than a byte", rest_.substr(0, n)), "write up to \\377");
    payload_.push_back(static_cast<uint8_t>(value));
    rest_.remove_prefix(n);
    return std::nullopt;
  }

  Fault source() {
    const size_t at_line = line_;
    word();
    const std::string_view number = peek_word();
    if (!port_of(number)) return error(fmt::format("'{}' is not a source port", shown(number)), "write source 500");
    word();
    found_.lines_with_source.push_back(at_line);
    return std::nullopt;
  }

  Fault store() {
    for (const Range& r : ports_) {
      if (into_.set(r.first, r.last, payload_)) continue;
      return error(fmt::format("there are more than {} payloads", OwnPayloads::kMaxPayloads), "leave some out");
    }
    return std::nullopt;
  }

  std::string_view rest_;
  size_t line_ = 1;
  OwnPayloads& into_;
  NmapPayloads found_;
  std::vector<Range> ports_;
  std::vector<uint8_t> payload_;
};

}  // namespace

tl::expected<NmapPayloads, PayloadError> read_nmap_payloads(std::string_view text, OwnPayloads& into) {
  return Reader(text, into).read();
}

}  // namespace portolan::scan
