// SPDX-License-Identifier: Apache-2.0
// TCP sequence numbers: 32 bits that wrap (RFC 9293, section 3.4). Comparison is circular, so it is not a total order
// and these must never be keys of a sorted container.
#pragma once

#include <cstdint>

namespace portolan::base {

class SeqNum {
 public:
  constexpr SeqNum() = default;
  constexpr explicit SeqNum(uint32_t v) : v_(v) {}

  constexpr uint32_t value() const { return v_; }
  constexpr bool operator==(const SeqNum&) const = default;
  constexpr bool before(SeqNum other) const { return static_cast<int32_t>(v_ - other.v_) < 0; }
  // True when this lies in [first, first + size).
  constexpr bool in_window(SeqNum first, uint32_t size) const { return v_ - first.v_ < size; }
  constexpr SeqNum operator+(uint32_t n) const { return SeqNum(v_ + n); }
  constexpr uint32_t operator-(SeqNum other) const { return v_ - other.v_; }

 private:
  uint32_t v_ = 0;
};

}  // namespace portolan::base
