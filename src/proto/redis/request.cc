// SPDX-License-Identifier: Apache-2.0
#include "proto/redis/request.h"

#include "proto/text.h"

namespace portolan::proto::redis {

namespace {

constexpr size_t kMostInline = 4096;
constexpr size_t kMostNumber = 16;  // bytes of a line that holds a count
constexpr size_t kMostElements = 1024;

constexpr std::string_view kBadCount = "-ERR Protocol error: invalid multibulk length\r\n";
constexpr std::string_view kBadBulk = "-ERR Protocol error: invalid bulk length\r\n";
constexpr std::string_view kNoBulk = "-ERR Protocol error: expected '$'\r\n";
constexpr std::string_view kBigInline = "-ERR Protocol error: too big inline request\r\n";

}  // namespace

Request::Request(base::Bytes pending) {
  const std::string_view text = text_of(pending);
  if (text.empty()) return;
  text[0] == '*' ? read_array(text) : read_inline(text);
}

void Request::bad(std::string_view error) {
  state_ = State::kBad;
  error_ = error;
}

// The number behind a '*' or '$' at size_, and its CRLF.
bool Request::read_count(std::string_view text, size_t most, size_t* count) {
  const std::string_view error = text[size_] == '*' ? kBadCount : kBadBulk;
  const std::string_view rest = text.substr(size_ + 1);
  const size_t end = rest.substr(0, kMostNumber).find('\n');
  if (end == std::string_view::npos) {
    if (rest.size() >= kMostNumber) bad(error);
    return false;
  }
  std::string_view digits = rest.substr(0, end);
  if (digits.ends_with('\r')) digits.remove_suffix(1);
  // "*-1" and "*0" are requests without words.
  const bool none = digits == "-1" && text[size_] == '*';
  const auto number = none ? std::optional<uint64_t>(0) : number_of(digits);
  if (!number || *number > most) {
    bad(error);
    return false;
  }
  *count = static_cast<size_t>(*number);
  size_ += 1 + end + 1;
  return true;
}

bool Request::read_bulk(std::string_view text) {
  if (size_ == text.size()) return false;
  if (text[size_] != '$') {
    bad(kNoBulk);
    return false;
  }
  size_t length = 0;
  if (!read_count(text, kMostBytes, &length)) return false;
  if (size_ + length + 2 > kMostBytes) {
    bad(kBadBulk);
    return false;
  }
  if (text.size() - size_ < length + 2) return false;
  if (words_ < kMostWords) kept_[words_] = text.substr(size_, length);
  ++words_;
  size_ += length + 2;
  return true;
}

void Request::read_array(std::string_view text) {
  size_t count = 0;
  if (!read_count(text, kMostElements, &count)) return;
  while (words_ < count) {
    if (!read_bulk(text)) return;
  }
  state_ = State::kWhole;
}

void Request::read_inline(std::string_view text) {
  const size_t end = text.substr(0, kMostInline).find('\n');
  if (end == std::string_view::npos) {
    if (text.size() >= kMostInline) bad(kBigInline);
    return;
  }
  std::string_view line = text.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (!(line = trimmed(line)).empty()) {
    const size_t stop = std::min(line.find(' '), line.size());
    if (words_ < kMostWords) kept_[words_] = line.substr(0, stop);
    ++words_;
    line.remove_prefix(stop);
  }
  size_ = end + 1;
  state_ = State::kWhole;
}

}  // namespace portolan::proto::redis
