// SPDX-License-Identifier: Apache-2.0
// SASL as clients of mail servers send it: base64 (RFC 4648), and the message of PLAIN (RFC 4616).
//
// Only for reading credentials; nothing is ever verified. No allocation. Pure functions, any thread.
#pragma once

#include <array>
#include <string_view>

#include "proto/answer.h"

namespace portolan::proto {

// A decoded text in a buffer of its own.
class Decoded {
 public:
  static constexpr size_t kMost = 512;  // bytes; what is longer is cut

  // Stops at the first character that is no base64.
  explicit Decoded(std::string_view base64);
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMost> bytes_;
  size_t size_ = 0;
};

// The facts of a PLAIN message in base64: authorization NUL user NUL password.
void tell_plain(Answer& out, std::string_view base64, std::string_view user_fact, std::string_view password_fact);

}  // namespace portolan::proto
