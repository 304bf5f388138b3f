// SPDX-License-Identifier: Apache-2.0
// TokenPlace: where a UDP payload carries the token (a DNS transaction identifier, an ISAKMP cookie ...).
//
// Two bytes take the token's low half, four the token, eight the token twice; all big-endian. The answer is tested with
// the same place, at the offset where its protocol brings it back. Values: any thread.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace portolan::wire {

struct TokenPlace {
  uint16_t offset = 0;  // from the payload's first byte
  uint8_t width = 4;    // bytes: 2, 4 or 8

  constexpr bool operator==(const TokenPlace&) const = default;

  // The number that stands there, `width` bytes wide.
  constexpr uint64_t image(uint32_t token) const {
    return width == 2 ? token & 0xffff : width == 4 ? token : uint64_t{token} << 32 | token;
  }
  // REQUIRES: the place lies in the payload.
  void store(uint8_t* payload, uint32_t token) const {
    uint8_t* const p = payload + offset;
    if (width == 2) return base::store_be16(p, static_cast<uint16_t>(token));
    if (width == 4) return base::store_be32(p, token);
    base::store_be64(p, image(token));
  }
  // False also when the payload ends before the place does.
  bool holds(base::Bytes payload, uint32_t token) const {
    if (payload.size() < size_t{offset} + width) return false;
    const uint8_t* const p = payload.data() + offset;
    const uint64_t found = width == 2 ? base::load_be16(p) : width == 4 ? base::load_be32(p) : base::load_be64(p);
    return found == image(token);
  }
};

}  // namespace portolan::wire
