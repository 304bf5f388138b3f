// SPDX-License-Identifier: Apache-2.0
// The Internet checksum as the benchmark's programs write it: plain, and not the product's own code.
//
// Words are summed as they lie in memory, which is little-endian here: an odd last byte is a low one.
#pragma once

#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace portolan::bench {

inline uint64_t sum_of(const uint8_t* p, size_t bytes) {
  uint64_t sum = 0;
  for (; bytes > 1; p += 2, bytes -= 2) {
    uint16_t word;
    std::memcpy(&word, p, sizeof word);
    sum += word;
  }
  return bytes == 0 ? sum : sum + *p;
}

// Of TCP and its like over IPv4, whose addresses are at `ends`.
inline uint64_t pseudo_sum(const uint8_t* ends, uint8_t protocol, size_t length) {
  return sum_of(ends, 8) + htons(protocol) + htons(static_cast<uint16_t>(length));
}

inline void store_checksum(uint8_t* where, uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffff);
  const auto checksum = static_cast<uint16_t>(~sum);
  std::memcpy(where, &checksum, sizeof checksum);
}

}  // namespace portolan::bench
