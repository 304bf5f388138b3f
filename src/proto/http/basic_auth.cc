// SPDX-License-Identifier: Apache-2.0
#include "proto/http/basic_auth.h"

#include "proto/text.h"

namespace portolan::proto::http {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Bytes decoded (RFC 4648, section 4); nullopt: a character is foreign, or there is no room.
std::optional<size_t> decode_base64(std::string_view in, base::MutableBytes out) {
  while (!in.empty() && in.back() == '=') in.remove_suffix(1);
  uint32_t bits = 0;
  int held = 0;
  size_t size = 0;
  for (const char c : in) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    if (size == out.size()) return std::nullopt;
    out[size++] = static_cast<uint8_t>(bits >> held);
  }
  return size;
}

}  // namespace

std::optional<BasicAuth> BasicAuth::parse(std::string_view header) {
  const size_t space = header.find(' ');
  if (space == std::string_view::npos || !same_ignoring_case(header.substr(0, space), "Basic")) return std::nullopt;
  BasicAuth auth;
  const auto size =
      decode_base64(trimmed(header.substr(space)), {reinterpret_cast<uint8_t*>(auth.text_.data()), auth.text_.size()});
  if (!size) return std::nullopt;
  const size_t colon = std::string_view(auth.text_.data(), *size).find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auth.size_ = *size;
  auth.colon_ = colon;
  return auth;
}

}  // namespace portolan::proto::http
