// SPDX-License-Identifier: Apache-2.0
#include "proto/http/request.h"

#include <algorithm>

#include "proto/text.h"

namespace portolan::proto::http {

namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_token_char(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || kTokenMarks.find(c) != std::string_view::npos;
}

bool is_control(char c) { return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f'; }

// The next line without its end, LF or CRLF; moves `at` behind it. nullopt: there is no whole line.
std::optional<std::string_view> next_line(std::string_view text, size_t& at) {
  const size_t end = text.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(at, end - at);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  at = end + 1;
  return line;
}

Verdict parse_version(std::string_view version, Request& out) {
  if (head_of(version, "HTTP/") != Head::kWhole) return Verdict::kMalformed;
  version.remove_prefix(5);
  const size_t dot = version.find('.');
  const auto major = number_of(version.substr(0, dot));
  const auto minor = dot == std::string_view::npos ? std::nullopt : number_of(version.substr(dot + 1));
  if (!major || !minor || *major == 0) return Verdict::kMalformed;
  out.major = *major;
  out.minor = *minor;
  return *major == 1 ? Verdict::kGood : Verdict::kVersion;
}

Verdict parse_request_line(std::string_view line, Request& out) {
  const size_t first = line.find(' ');
  out.method = line.substr(0, first);
  if (first == std::string_view::npos || !is_token(out.method)) return Verdict::kMalformed;
  const std::string_view rest = line.substr(first + 1);
  const size_t second = rest.find(' ');
  out.target = rest.substr(0, second);
  if (out.target.empty() || std::any_of(rest.begin(), rest.end(), is_control)) return Verdict::kMalformed;
  if (second != std::string_view::npos) return parse_version(rest.substr(second + 1), out);
  out.old = true;
  out.major = 0;
  out.minor = 9;
  return out.method == "GET" ? Verdict::kGood : Verdict::kMalformed;
}

Verdict take_length(std::string_view value, Request& out) {
  const auto length = number_of(value);
  if (!length || (out.has_length && out.content_length != *length)) return Verdict::kMalformed;
  out.has_length = true;
  out.content_length = *length;
  return Verdict::kGood;
}

Verdict take_coding(std::string_view value, Request& out) {
  if (!same_ignoring_case(value, "chunked")) return Verdict::kMalformed;
  out.chunked = true;
  return Verdict::kGood;
}

Verdict take_header(std::string_view line, Request& out) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) return Verdict::kMalformed;
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), is_control)) return Verdict::kMalformed;
  const auto is = [&](std::string_view known) { return same_ignoring_case(name, known); };
  if (is("Content-Length")) return take_length(value, out);
  if (is("Transfer-Encoding")) return take_coding(value, out);
  if (is("Host")) {
    if (out.has_host) return Verdict::kMalformed;
    out.has_host = true;
    out.host = value;
  } else if (is("User-Agent")) {
    out.user_agent = value;
  } else if (is("Authorization")) {
    out.authorization = value;
  } else if (is("Connection")) {
    out.connection = value;
  } else if (is("Expect")) {
    out.expects = same_ignoring_case(value, "100-continue");
  }
  return Verdict::kGood;
}

// What only the whole head tells.
Verdict judge(const Request& request) {
  const bool needs_host = request.minor >= 1 && !request.old;
  if (needs_host && !request.has_host) return Verdict::kMalformed;
  // Two lengths for one body are how requests are smuggled (RFC 9112, 6.1).
  return request.chunked && request.has_length ? Verdict::kMalformed : Verdict::kGood;
}

Parsed parse_lines(std::string_view text) {
  Parsed parsed;
  const size_t start = text.find_first_not_of("\r\n");
  if (start == std::string_view::npos) return parsed;
  size_t at = start;
  const auto request_line = next_line(text, at);
  if (!request_line) return parsed;
  const Verdict first = parse_request_line(*request_line, parsed.request);
  if (first != Verdict::kGood || parsed.request.old) {
    parsed.verdict = first;
    parsed.request.size = at;
    return parsed;
  }
  Verdict headers = Verdict::kGood;
  while (const auto line = next_line(text, at)) {
    if (line->empty()) {
      parsed.verdict = headers == Verdict::kGood ? judge(parsed.request) : headers;
      parsed.request.size = at;
      return parsed;
    }
    if (headers == Verdict::kGood) headers = take_header(*line, parsed.request);
  }
  return parsed;
}

}  // namespace

bool is_token(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_token_char); }

Parsed parse_request(base::Bytes bytes) {
  const std::string_view text = text_of(bytes.first(std::min(bytes.size(), kMostHead)));
  Parsed parsed = parse_lines(text);
  if (parsed.verdict == Verdict::kMore && bytes.size() >= kMostHead) {
    parsed.verdict = parsed.request.method.empty() ? Verdict::kTargetTooLong : Verdict::kHeadTooLong;
    parsed.request.size = kMostHead;
  }
  return parsed;
}

}  // namespace portolan::proto::http
