// SPDX-License-Identifier: Apache-2.0
// Dates as text protocols write them. Pure functions, any thread.
#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"

namespace portolan::proto::http {

// The text lives as long as the value.
class DateText {
 public:
  // "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
  static DateText http(base::Nanos wall);
  // "Sun, 6 Nov 1994 08:49:37 +0000" (RFC 2822, 3.3).
  static DateText mail(base::Nanos wall);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 48> text_{};
  size_t size_ = 0;
};

}  // namespace portolan::proto::http
