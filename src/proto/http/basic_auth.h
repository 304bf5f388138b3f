// SPDX-License-Identifier: Apache-2.0
// BasicAuth: user and password of an Authorization header (RFC 7617). Pure, any thread, no allocation.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace portolan::proto::http {

// Decoded into itself: user() and password() are views into the value.
class BasicAuth {
 public:
  static constexpr size_t kMost = 768;  // bytes of "user:password"; what is longer is not read

  // nullopt: another scheme, or not base64 of "user:password".
  static std::optional<BasicAuth> parse(std::string_view header);
  std::string_view user() const { return {text_.data(), colon_}; }
  std::string_view password() const { return {text_.data() + colon_ + 1, size_ - colon_ - 1}; }

 private:
  std::array<char, kMost> text_;
  size_t size_ = 0;
  size_t colon_ = 0;
};

}  // namespace portolan::proto::http
