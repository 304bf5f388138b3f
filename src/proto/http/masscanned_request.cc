// SPDX-License-Identifier: Apache-2.0
#include "proto/http/masscanned_request.h"

#include <algorithm>

#include "proto/text.h"

namespace portolan::proto::http {

namespace {

constexpr Parsed kBad{Verdict::kMalformed, {}};

// "HTTP/", digits, ".", digits; any number of digits, none as well.
bool is_version(std::string_view s) {
  if (head_of(s, "HTTP/") != Head::kWhole) return false;
  s.remove_prefix(5);
  const auto* const dot = std::find_if_not(s.begin(), s.end(), is_digit);
  return dot != s.end() && *dot == '.' && std::all_of(dot + 1, s.end(), is_digit);
}

bool take_header(std::string_view line, Request& out) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  if (name.find('\r') != std::string_view::npos) return false;
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_ignoring_case(name, "Host")) out.host = value;
  if (same_ignoring_case(name, "User-Agent")) out.user_agent = value;
  if (same_ignoring_case(name, "Authorization")) out.authorization = value;
  return true;
}

// The line that begins at `at`, without its end; nullopt: it is not whole.
std::optional<std::string_view> line_at(std::string_view text, size_t at, size_t& next) {
  const size_t end = text.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  next = end + 1;
  std::string_view line = text.substr(at, end - at);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

Parsed parse_masscanned_request(base::Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const size_t start = text.find_first_not_of("\r\n");
  if (start == std::string_view::npos) return {};
  const size_t first = text.find(' ', start);
  if (first == std::string_view::npos) return {};
  const size_t second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return {};
  Parsed parsed;
  parsed.request.method = text.substr(start, first - start);
  parsed.request.target = text.substr(first + 1, second - first - 1);
  size_t at = 0;
  const auto version = line_at(text, second + 1, at);
  if (!version) return {};
  if (!is_token(parsed.request.method) || !is_version(*version)) return kBad;
  while (const auto line = line_at(text, at, at)) {
    if (line->empty()) {
      parsed.verdict = Verdict::kGood;
      parsed.request.size = at;
      return parsed;
    }
    if (!take_header(*line, parsed.request)) return kBad;
  }
  return {};
}

}  // namespace portolan::proto::http
