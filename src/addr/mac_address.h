// SPDX-License-Identifier: Apache-2.0
// MacAddress: a 48-bit IEEE 802 address. A value: any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::addr {

struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  static constexpr MacAddress broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  static MacAddress from_bytes(const uint8_t* p) {  // REQUIRES: 6 bytes at p
    MacAddress m;
    std::memcpy(m.bytes.data(), p, 6);
    return m;
  }
  void store(uint8_t* p) const { std::memcpy(p, bytes.data(), 6); }  // REQUIRES: 6 bytes at p

  constexpr bool is_group() const { return (bytes[0] & 1) != 0; }  // broadcast or multicast

  // Accepts 00:11:22:aa:bb:cc, 00-11-22-aa-bb-cc and 0011.22aa.bbcc, in any case.
  static std::optional<MacAddress> parse(std::string_view text);
  std::string to_string() const;  // 00:11:22:aa:bb:cc

  constexpr auto operator<=>(const MacAddress&) const = default;
};

}  // namespace portolan::addr
