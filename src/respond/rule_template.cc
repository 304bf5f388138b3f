// SPDX-License-Identifier: Apache-2.0
#include "respond/rule_template.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "proto/http/date.h"

namespace portolan::respond {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

base::Bytes bytes_of(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

// Reads the escape that begins at text[at], a backslash, into `out` and moves `at` behind it.
tl::expected<void, addr::TextError> take_escape(std::string_view text, size_t& at, std::string& out) {
  static constexpr std::pair<char, char> kSimple[] = {{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'0', '\0'}, {'\\', '\\'}};
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  for (const auto& [letter, byte] : kSimple) {
    if (kind != letter || at + 1 >= text.size()) continue;
    out += byte;
    at += 2;
    return {};
  }
  const int high = at + 2 < text.size() ? digit_of(text[at + 2]) : -1;
  const int low = at + 3 < text.size() ? digit_of(text[at + 3]) : -1;
  if (kind == 'x' && high >= 0 && low >= 0) {
    out += static_cast<char>(high << 4 | low);
    at += 4;
    return {};
  }
  return tl::unexpected(addr::TextError{at, 1, fmt::format("'{}' is no escape", text.substr(at, kind == 'x' ? 4 : 2)),
                                        "use \\r \\n \\t \\0 \\\\ or \\xHH, in TOML best between single quotes"});
}

std::string variable_names() {
  std::string all;
  for (const auto& v : kVariables) all += fmt::format("{{{}}} ", v.name);
  return all + "{0} to {9}";
}

}  // namespace

tl::expected<std::string, addr::TextError> parse_escapes(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
    } else if (auto taken = take_escape(text, at, out); !taken) {
      return tl::unexpected(std::move(taken).error());
    }
  }
  return out;
}

tl::expected<std::string, addr::TextError> parse_hex(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\n' || text[at] == '\t') {
      ++at;
      continue;
    }
    const int high = digit_of(text[at]);
    const int low = at + 1 < text.size() ? digit_of(text[at + 1]) : -1;
    if (high < 0 || low < 0) {
      return tl::unexpected(addr::TextError{at, 1, fmt::format("'{}' is no byte in hexadecimal", text.substr(at, 2)),
                                            "write two digits of 0-9 and a-f for each, as in \"16 03 01\""});
    }
    out += static_cast<char>(high << 4 | low);
    at += 2;
  }
  return out;
}

AnswerTemplate AnswerTemplate::literal(std::string bytes) {
  AnswerTemplate t;
  if (!bytes.empty()) t.pieces_.push_back({Variable::kLiteral, 0, std::move(bytes)});
  return t;
}

namespace {

struct Named {
  Variable what;
  uint8_t group;
};

tl::expected<Named, addr::TextError> variable_of(std::string_view name, size_t at, int groups) {
  for (const auto& v : kVariables) {
    if (v.name == name) return Named{v.which, 0};
  }
  if (name.size() != 1 || name[0] < '0' || name[0] > '9') {
    return tl::unexpected(addr::TextError{at, 1, fmt::format("there is no variable '{{{}}}'", name),
                                          fmt::format("use {}; a brace is written {{{{", variable_names())});
  }
  const int group = name[0] - '0';
  if (group > groups) {
    return tl::unexpected(addr::TextError{
        at, 3, fmt::format("{{{}}} stands for nothing: the pattern has {} groups", group, std::max(groups, 0)),
        groups < 0 ? "add a pattern" : "put the part that you mean in parentheses"});
  }
  return Named{Variable::kGroup, static_cast<uint8_t>(group)};
}

}  // namespace

tl::expected<AnswerTemplate, addr::TextError> AnswerTemplate::parse(std::string_view text, int groups) {
  AnswerTemplate t;
  std::string literal;
  size_t literal_size = 0;
  const auto flush = [&] {
    literal_size += literal.size();
    if (!literal.empty()) t.pieces_.push_back({Variable::kLiteral, 0, std::exchange(literal, {})});
  };
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool doubled = at + 1 < text.size() && text[at + 1] == c;
    if (c == '\\') {
      if (auto taken = take_escape(text, at, literal); !taken) return tl::unexpected(std::move(taken).error());
    } else if ((c == '{' || c == '}') && doubled) {
      literal += c;
      at += 2;
    } else if (c == '{') {
      const size_t close = text.find('}', at);
      if (close == std::string_view::npos) {
        return tl::unexpected(addr::TextError{at, 1, "a brace is not closed", "write }, or {{ for a brace itself"});
      }
      const auto named = variable_of(text.substr(at + 1, close - at - 1), at, groups);
      if (!named) return tl::unexpected(named.error());
      flush();
      t.pieces_.push_back({named->what, named->group, {}});
      at = close + 1;
    } else {
      literal += c;
      ++at;
    }
  }
  flush();
  if (literal_size > kMostLiteral) {
    return tl::unexpected(addr::TextError{0, text.size(), fmt::format("{} bytes are too long an answer", literal_size),
                                          fmt::format("at most {} can be said", kMostLiteral)});
  }
  return t;
}

namespace {

void write_address(const addr::IpAddress& address, base::Writer& out) {
  std::array<uint8_t, 16> raw;
  std::array<char, INET6_ADDRSTRLEN> text;
  if (address.is_v4()) {
    address.store_v4(raw.data());
  } else {
    address.store_v6(raw.data());
  }
  const char* shown = inet_ntop(address.is_v4() ? AF_INET : AF_INET6, raw.data(), text.data(), text.size());
  if (shown != nullptr) out.bytes(bytes_of(shown));
}

void write_number(int64_t n, base::Writer& out) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
  out.bytes(bytes_of({text.data(), static_cast<size_t>(end - text.data())}));
}

}  // namespace

void AnswerTemplate::write(const Situation& s, base::Writer& out) const {
  for (const Piece& p : pieces_) {
    switch (p.what) {
      case Variable::kLiteral:
        out.bytes(bytes_of(p.text));
        break;
      case Variable::kClient:
        write_address(s.ends.client, out);
        break;
      case Variable::kClientPort:
        write_number(s.ends.client_port, out);
        break;
      case Variable::kServer:
        write_address(s.ends.server, out);
        break;
      case Variable::kServerPort:
        write_number(s.ends.server_port, out);
        break;
      case Variable::kHost:
        out.bytes(bytes_of(s.host));
        break;
      case Variable::kTimeRfc1123:
        out.bytes(bytes_of(proto::http::DateText::http(s.wall).text()));
        break;
      case Variable::kTimeUnix:
        write_number(s.wall / base::kSecond, out);
        break;
      case Variable::kGroup:
        out.bytes(s.groups[p.group]);
        break;
    }
  }
}

}  // namespace portolan::respond
