// SPDX-License-Identifier: Apache-2.0
#include "proto/sasl.h"

namespace portolan::proto {

namespace {

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

Decoded::Decoded(std::string_view base64) {
  uint32_t held = 0;
  int bits = 0;
  for (const char c : base64) {
    const int value = sextet(c);
    if (value < 0) return;
    held = held << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    if (size_ == kMost) return;
    bytes_[size_++] = static_cast<char>(held >> bits & 0xff);
  }
}

void tell_plain(Answer& out, std::string_view base64, std::string_view user_fact, std::string_view password_fact) {
  const Decoded decoded(base64);
  std::string_view rest = decoded.text();
  const size_t user = rest.find('\0');
  if (user == std::string_view::npos) return;
  rest.remove_prefix(user + 1);
  const size_t password = rest.find('\0');
  if (password == std::string_view::npos) return;
  out.fact(user_fact, rest.substr(0, password));
  out.fact(password_fact, rest.substr(password + 1));
}

}  // namespace portolan::proto
