// SPDX-License-Identifier: Apache-2.0
// Sum: the Internet checksum (RFC 1071) of pieces, whole or changed in place (RFC 1624).
//
// A Sum is an unfolded one's complement sum of big-endian 16-bit words. It is kept as the words lie in memory (the sum
// does not care about byte order, RFC 1071 section 2 B). Pieces may be added in any order; each but the last must have
// an even length, and the last is padded with a zero byte if it is odd. All pieces together must stay below 4 GiB:
// until then no carry can leave the 64 bits, so none is looked for. Not for SCTP: see crc32c.h. Values and pure
// functions: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "addr/ip_address.h"
#include "base/bytes.h"

namespace portolan::wire {

// Both ends of a packet, for the pseudo header. Of one family.
struct Endpoints {
  addr::IpAddress source;
  addr::IpAddress destination;
};

class Sum {
 public:
  constexpr Sum() = default;

  // Big-endian words, given as host-order numbers.
  constexpr Sum& add16(uint16_t v) { return plus(base::to_be(v)); }
  constexpr Sum& add32(uint32_t v) { return plus(base::to_be(v)); }
  constexpr Sum& add64(uint64_t v) { return plus(halves(base::to_be(v))); }
  constexpr Sum& add(Sum other) { return plus(other.v_); }
  Sum& add(base::Bytes bytes);
  Sum& add(const addr::IpAddress& a) { return a.is_v4() ? add32(a.v4_bits()) : add64(a.hi()).add64(a.lo()); }

  // The sum folded to 16 bits, host order.
  constexpr uint16_t fold() const { return base::to_be(folded()); }
  // What stands in the checksum field, host order: the complement of the sum.
  constexpr uint16_t checksum() const { return static_cast<uint16_t>(~fold()); }
  // True for a sum over data that includes its own right checksum.
  constexpr bool ok() const { return folded() == 0xffff; }
  // Writes checksum() at p. REQUIRES: 2 bytes at p.
  void store_checksum(uint8_t* p) const {
    const uint16_t v = static_cast<uint16_t>(~folded());
    std::memcpy(p, &v, 2);
  }
  // The same for UDP, where a computed 0 is sent as 0xffff (RFC 768), because 0 says that there is none.
  void store_udp_checksum(uint8_t* p) const {
    const uint16_t folded_sum = folded();
    const uint16_t v = folded_sum == 0xffff ? uint16_t{0xffff} : static_cast<uint16_t>(~folded_sum);
    std::memcpy(p, &v, 2);
  }

 private:
  constexpr Sum& plus(uint64_t memory_order) {
    v_ += memory_order;
    return *this;
  }
  static constexpr uint64_t halves(uint64_t v) { return (v >> 32) + (v & 0xffffffff); }
  constexpr uint16_t folded() const {
    uint64_t v = halves(v_);
    v = (v >> 16) + (v & 0xffff);
    v = (v >> 16) + (v & 0xffff);
    return static_cast<uint16_t>((v >> 16) + (v & 0xffff));
  }

  uint64_t v_ = 0;
};

// The pseudo header of TCP, UDP and ICMPv6 (RFC 9293 3.1, RFC 8200 8.1). `length` is that of the upper-layer packet.
inline Sum pseudo_header(const Endpoints& ends, uint8_t protocol, uint32_t length) {
  return Sum().add(ends.source).add(ends.destination).add32(protocol).add32(length);
}

// RFC 1624, equation 3: the checksum after a 16-bit (32-bit) word that it covers went from `before` to `after`.
// Equals the full computation for every packet that has a nonzero byte. All in host order.
constexpr uint16_t update_checksum(uint16_t checksum, uint16_t before, uint16_t after) {
  const uint32_t sum = uint32_t{static_cast<uint16_t>(~checksum)} + static_cast<uint16_t>(~before) + after;
  const uint32_t once = (sum >> 16) + (sum & 0xffff);
  return static_cast<uint16_t>(~((once >> 16) + once));
}
constexpr uint16_t update_checksum32(uint16_t checksum, uint32_t before, uint32_t after) {
  checksum = update_checksum(checksum, static_cast<uint16_t>(before >> 16), static_cast<uint16_t>(after >> 16));
  return update_checksum(checksum, static_cast<uint16_t>(before), static_cast<uint16_t>(after));
}

inline Sum& Sum::add(base::Bytes bytes) {
  const auto load = []<class Word>(const uint8_t* from, Word v) {
    std::memcpy(&v, from, sizeof v);
    return uint64_t{v};
  };
  const uint8_t* p = bytes.data();
  size_t n = bytes.size();
  uint64_t sum = 0;
  for (; n >= 16; p += 16, n -= 16) sum += halves(load(p, uint64_t{})) + halves(load(p + 8, uint64_t{}));
  if ((n & 8) != 0) sum += halves(load(p, uint64_t{})), p += 8;
  if ((n & 4) != 0) sum += load(p, uint32_t{}), p += 4;
  if ((n & 2) != 0) sum += load(p, uint16_t{}), p += 2;
  if ((n & 1) != 0) sum += *p;
  return plus(sum);
}

}  // namespace portolan::wire
