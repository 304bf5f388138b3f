// SPDX-License-Identifier: Apache-2.0
// IpAddress: an IPv4 or IPv6 address as one 16-byte value.
//
// IPv4 is kept in its IPv4-mapped form (RFC 4291, 2.5.5.2: ::ffff:a.b.c.d), so one type, one order and one hash serve
// both families; a mapped address never stands for itself (it may not appear on a wire) and the text grammar refuses
// it. No zone: a link-local address needs its interface beside it. A value: any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/int128.h"

namespace portolan::addr {

enum class Family : uint8_t { kIpv4 = 4, kIpv6 = 6 };

class IpAddress {
 public:
  constexpr IpAddress() = default;  // ::

  static constexpr IpAddress v4(uint32_t host_order) { return {0, kMapped | host_order}; }
  static constexpr IpAddress v6(base::u128 host_order) { return {base::hi64(host_order), base::lo64(host_order)}; }
  // The family is that of the word, for what is written once for both.
  static constexpr IpAddress of_word(uint32_t host_order) { return v4(host_order); }
  static constexpr IpAddress of_word(base::u128 host_order) { return v6(host_order); }
  static IpAddress from_v4_bytes(const uint8_t* p) { return v4(base::load_be32(p)); }  // REQUIRES: 4 bytes at p
  static IpAddress from_v6_bytes(const uint8_t* p) {                                   // REQUIRES: 16 bytes at p
    return {base::load_be64(p), base::load_be64(p + 8)};
  }

  constexpr bool is_v4() const { return hi_ == 0 && (lo_ >> 32) == 0xffff; }
  constexpr Family family() const { return is_v4() ? Family::kIpv4 : Family::kIpv6; }

  constexpr uint32_t v4_bits() const { return static_cast<uint32_t>(lo_); }  // REQUIRES: is_v4()
  constexpr base::u128 v6_bits() const { return base::make_u128(hi_, lo_); }
  constexpr uint64_t hi() const { return hi_; }
  constexpr uint64_t lo() const { return lo_; }

  void store_v4(uint8_t* p) const { base::store_be32(p, v4_bits()); }  // REQUIRES: is_v4(), 4 bytes at p
  void store_v6(uint8_t* p) const {                                    // REQUIRES: 16 bytes at p
    base::store_be64(p, hi_);
    base::store_be64(p + 8, lo_);
  }

  // Dotted quad, or RFC 5952 text ("2001:db8::1"), without brackets.
  std::string to_string() const;

  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  static constexpr uint64_t kMapped = uint64_t{0xffff} << 32;
  constexpr IpAddress(uint64_t hi, uint64_t lo) : hi_(hi), lo_(lo) {}

  uint64_t hi_ = 0;
  uint64_t lo_ = 0;
};

}  // namespace portolan::addr

template <>
struct std::hash<portolan::addr::IpAddress> {
  size_t operator()(const portolan::addr::IpAddress& a) const noexcept {
    return static_cast<size_t>((a.hi() * 0x9e3779b97f4a7c15u) ^ (a.lo() * 0xc2b2ae3d27d4eb4fu));
  }
};
