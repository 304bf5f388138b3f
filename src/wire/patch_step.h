// SPDX-License-Identifier: Apache-2.0
// The places of a prebuilt probe that differ from target to target, and how they are filled: plain C, so that C++, C
// and a kernel program (BPF) compile the same lines. Use wire::Template (template.h) in C++, which says what goes
// where and makes the layouts; this header is for those who cannot.
//
// The frame has been copied already; what varies is zero in it, and so are the checksums over it. They are not computed
// but patched: Internet checksums by adding (RFC 1071), SCTP's CRC-32C by its linearity: the CRC of a packet is that of
// the packet with zeros, exclusive-or one number from a table for each byte that is not zero now.
// Sums are kept as the words lie in memory. Values are in host order. Pure functions, any thread.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
#define PORTOLAN_PATCH [[gnu::always_inline]] inline
namespace portolan::wire {
#else
#define PORTOLAN_PATCH static inline __attribute__((always_inline))
#endif

enum PatchBody {
  kPatchPlain,  // nothing behind the IP header
  kPatchTcp,
  kPatchUdp,
  kPatchIcmp,
  kPatchSctp,
  kPatchArp,  // only Template patches these two
  kPatchNeighbor,
};

// All numbers, so that it can be a part of a BPF map's value as it is.
struct PatchLayout {
  uint64_t network_sum;    // of the IPv4 header, 16 bits
  uint64_t transport_sum;  // of the transport and its pseudo header, 16 bits
  uint32_t sctp_crc;       // of the whole SCTP packet
  uint32_t size;           // of the frame
  uint32_t network_at;     // from the frame's beginning
  uint32_t transport_at;
  uint32_t body;  // PatchBody
  uint32_t is_v4;
  uint32_t ethernet;      // there is a destination MAC address at the frame's beginning
  uint32_t place_offset;  // of the token in a UDP payload
  uint32_t place_width;   // 2, 4 or 8; 0: nowhere
  uint32_t unused;
};

struct PatchValues {
  uint64_t hi, lo;  // the destination as addr::IpAddress keeps it
  uint32_t ports;   // ours << 16 | theirs
  uint32_t token;
  uint32_t ip_id;
};

// What byte b at each place that varies in an SCTP INIT adds to its CRC: ports (4 bytes), initiate tag (4 bytes).
enum { kPatchedSctpBytes = 8 };
struct PatchCrc {
  uint32_t of[kPatchedSctpBytes][256];
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
PORTOLAN_PATCH uint16_t patch_be16(uint16_t v) { return __builtin_bswap16(v); }
PORTOLAN_PATCH uint32_t patch_be32(uint32_t v) { return __builtin_bswap32(v); }
PORTOLAN_PATCH uint64_t patch_be64(uint64_t v) { return __builtin_bswap64(v); }
#else
PORTOLAN_PATCH uint16_t patch_be16(uint16_t v) { return v; }
PORTOLAN_PATCH uint32_t patch_be32(uint32_t v) { return v; }
PORTOLAN_PATCH uint64_t patch_be64(uint64_t v) { return v; }
#endif

// For a kernel program a copy to an unknown address is made byte by byte, and the verifier must see every bound.
#ifdef __bpf__
PORTOLAN_PATCH void patch_store16(uint8_t* p, uint16_t v) { *(uint16_t*)p = v; }
PORTOLAN_PATCH void patch_store32(uint8_t* p, uint32_t v) { *(uint32_t*)p = v; }
PORTOLAN_PATCH void patch_store64(uint8_t* p, uint64_t v) { *(uint64_t*)p = v; }
#define PORTOLAN_PATCH_ENDS(p, n, end) ((const uint8_t*)(p) + (n) > (const uint8_t*)(end))
#define PORTOLAN_PATCH_NEAR(offset) ((offset)&0x7ff)
#else
PORTOLAN_PATCH void patch_store16(uint8_t* p, uint16_t v) { __builtin_memcpy(p, &v, 2); }
PORTOLAN_PATCH void patch_store32(uint8_t* p, uint32_t v) { __builtin_memcpy(p, &v, 4); }
PORTOLAN_PATCH void patch_store64(uint8_t* p, uint64_t v) { __builtin_memcpy(p, &v, 8); }
#define PORTOLAN_PATCH_ENDS(p, n, end) 0
#define PORTOLAN_PATCH_NEAR(offset) (offset)
#endif

// To 16 bits. REQUIRES: v < 2^36.
PORTOLAN_PATCH uint16_t patch_fold(uint64_t v) {
#ifdef __bpf__
  // Fewer instructions: with the carries of the first line gone, the product's word from bit 32 on is the sum of both
  // 16-bit halves, and what the word below carries into it is that sum's own carry.
  v = (v & 0xffffffffu) + (v >> 32);
  return ((v * 0x100010001ull) >> 32) & 0xffff;
#else
  v = (v >> 16) + (v & 0xffff);
  v = (v >> 16) + (v & 0xffff);
  v = (v >> 16) + (v & 0xffff);
  return v & 0xffff;
#endif
}

PORTOLAN_PATCH uint64_t patch_halves(uint64_t v) { return (v >> 32) + (v & 0xffffffffu); }

PORTOLAN_PATCH void patch_checksum(uint8_t* p, uint64_t sum) {
  const uint16_t checksum = ~patch_fold(sum) & 0xffff;
  patch_store16(p, checksum);
}

// Where a computed 0 is sent as 0xffff (RFC 768), because 0 says that there is none.
PORTOLAN_PATCH void patch_udp_checksum(uint8_t* p, uint64_t sum) {
  const uint16_t folded = patch_fold(sum);
  const uint16_t checksum = folded == 0xffff ? folded : ~folded & 0xffff;
  patch_store16(p, checksum);
}

// Two bytes take the token's low half, four the token, eight the token twice.
PORTOLAN_PATCH void patch_place(uint8_t* p, uint32_t width, uint32_t token, const uint8_t* end) {
  const uint16_t low = patch_be16(token & 0xffff);
  const uint32_t word = patch_be32(token);
  (void)end;
  if (PORTOLAN_PATCH_ENDS(p, 2, end)) return;
  if (width == 2) {
    patch_store16(p, low);
    return;
  }
  if (PORTOLAN_PATCH_ENDS(p, 4, end)) return;
  patch_store32(p, word);
  if (width == 4 || PORTOLAN_PATCH_ENDS(p, 8, end)) return;
  patch_store32(p + 4, word);
}

// What the token adds to the payload's sum. At an odd offset its bytes stand the other way round in the words.
PORTOLAN_PATCH uint64_t patch_place_sum(uint32_t offset, uint32_t width, uint32_t token) {
  const uint64_t word = patch_be32(token);
  const uint64_t sum = width == 2 ? patch_be16(token & 0xffff) : width == 4 ? word : word + word;
  return offset % 2 == 0 ? sum : __builtin_bswap16(patch_fold(sum));
}

PORTOLAN_PATCH uint32_t patch_crc4(const struct PatchCrc* crc, uint32_t first, uint32_t word) {
  return crc->of[first][word >> 24] ^ crc->of[first + 1][(word >> 16) & 0xff] ^ crc->of[first + 2][(word >> 8) & 0xff] ^
         crc->of[first + 3][word & 0xff];
}

// REQUIRES: `body` is the layout's, and neither kPatchArp nor kPatchNeighbor. Best if the compiler knows it.
PORTOLAN_PATCH void patch_transport(uint8_t* transport, const struct PatchLayout* layout, uint32_t body, uint64_t sum,
                                    const struct PatchValues* v, const struct PatchCrc* crc, const uint8_t* end) {
  const uint32_t ports = patch_be32(v->ports);
  const uint32_t token = patch_be32(v->token);
  if (body == kPatchTcp) {
    patch_store32(transport, ports);
    patch_store32(transport + 4, token);
    patch_checksum(transport + 16, sum + ports + token);
  } else if (body == kPatchUdp) {
    patch_store32(transport, ports);
    sum += ports;
    if (layout->place_width != 0) {
      patch_place(transport + 8 + PORTOLAN_PATCH_NEAR(layout->place_offset), layout->place_width, v->token, end);
      sum += patch_place_sum(layout->place_offset, layout->place_width, v->token);
    }
    patch_udp_checksum(transport + 6, sum);
  } else if (body == kPatchIcmp) {
    patch_store32(transport + 4, token);
    patch_checksum(transport + 2, sum + token);
  } else if (body == kPatchSctp) {
    const uint32_t tag_host = v->token == 0 ? 1 : v->token;  // zero is not a legal tag (RFC 9260, 3.3.2)
    const uint32_t tag = patch_be32(tag_host);
    // Least significant byte first.
    const uint32_t checksum =
        __builtin_bswap32(patch_be32(layout->sctp_crc ^ patch_crc4(crc, 0, v->ports) ^ patch_crc4(crc, 4, tag_host)));
    patch_store32(transport, ports);
    patch_store32(transport + 8, checksum);
    patch_store32(transport + 16, tag);
  }
}

PORTOLAN_PATCH void patch_ipv4(uint8_t* network, const struct PatchLayout* layout, uint32_t body,
                               const struct PatchValues* v, const struct PatchCrc* crc, const uint8_t* end) {
  const uint32_t to = patch_be32(v->lo & 0xffffffffu);
  const uint16_t id = patch_be16(v->ip_id & 0xffff);
  patch_store16(network + 4, id);
  patch_store32(network + 16, to);
  patch_checksum(network + 10, layout->network_sum + id + to);
  // ICMP has no pseudo header.
  patch_transport(network + 20, layout, body, layout->transport_sum + (body == kPatchIcmp ? 0 : to), v, crc, end);
}

PORTOLAN_PATCH void patch_ipv6(uint8_t* network, const struct PatchLayout* layout, uint32_t body,
                               const struct PatchValues* v, const struct PatchCrc* crc, const uint8_t* end) {
  const uint64_t hi = patch_be64(v->hi), lo = patch_be64(v->lo);
  const uint32_t flow = patch_be32(0x60000000u | (v->ip_id & 0xf) << 16 | (v->ip_id & 0xffff));
  patch_store32(network, flow);
  patch_store64(network + 24, hi);
  patch_store64(network + 32, lo);
  patch_transport(network + 40, layout, body, layout->transport_sum + patch_halves(hi) + patch_halves(lo), v, crc, end);
}

#ifdef __cplusplus
}  // namespace portolan::wire
#endif
