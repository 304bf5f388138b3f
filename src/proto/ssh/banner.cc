// SPDX-License-Identifier: Apache-2.0
#include "proto/ssh/banner.h"

#include <algorithm>

#include "proto/text.h"

namespace portolan::proto::ssh {

namespace {

constexpr std::string_view kHead = "SSH-";
constexpr size_t kMost = 255;

// REQUIRES: it begins with kHead. Empty: no version stands there.
std::string_view version_of(std::string_view line) {
  const std::string_view rest = line.substr(kHead.size());
  const size_t dash = rest.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view version = rest.substr(0, dash);
  const bool fits = std::all_of(version.begin(), version.end(), [](char c) { return is_digit(c) || c == '.'; });
  return fits ? version : std::string_view();
}

Banner banner_of(std::string_view line, size_t size) {
  const std::string_view version = version_of(line);
  return {version.empty() ? Banner::Kind::kBad : Banner::Kind::kWhole, line, version, size};
}

}  // namespace

Banner parse_banner(base::Bytes bytes) {
  const std::string_view text = text_of(bytes.first(std::min(bytes.size(), kMost)));
  const Head head = head_of(text, kHead);
  if (head == Head::kNo) return {.kind = Banner::Kind::kBad, .line = {}, .version = {}};
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return {.kind = text.size() == kMost ? Banner::Kind::kBad : Banner::Kind::kMore, .line = {}, .version = {}};
  }
  std::string_view line = text.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return head == Head::kPart ? Banner{.kind = Banner::Kind::kBad, .line = {}, .version = {}} : banner_of(line, end + 1);
}

Banner parse_masscanned_banner(base::Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const Head head = head_of(text, kHead);
  if (head == Head::kNo) return {.kind = Banner::Kind::kBad, .line = {}, .version = {}};
  const size_t end = text.find("\r\n");
  if (head == Head::kPart || end == std::string_view::npos) return {};
  return banner_of(text.substr(0, end), end + 2);
}

}  // namespace portolan::proto::ssh
