// SPDX-License-Identifier: Apache-2.0
// BasicAuth: user and password of an Authorization header (RFC 7617). Pure, any thread, no allocation.
#pragma once

#include <optional>
#include <string_view>

#include "proto/sasl.h"

namespace portolan::proto::http {

// user() and password() are views into the value. What is longer than Decoded::kMost is cut.
class BasicAuth {
 public:
  // nullopt: another scheme, or not base64 of "user:password".
  static std::optional<BasicAuth> parse(std::string_view header);
  std::string_view user() const { return text_.text().substr(0, colon_); }
  std::string_view password() const { return text_.text().substr(colon_ + 1); }

 private:
  explicit BasicAuth(std::string_view base64) : text_(base64), colon_(text_.text().find(':')) {}
  Decoded text_;
  size_t colon_;
};

}  // namespace portolan::proto::http
