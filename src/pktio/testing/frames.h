// SPDX-License-Identifier: Apache-2.0
// Frames for the tests of ports: whole UDP datagrams that carry a number, on Ethernet or bare.
//
// For tests only. Checksums are right, so kernel ports may carry them. Addresses are of RFC 5737's 192.0.2.0/24.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "wire/link.h"

namespace portolan::pktio::testing {

using Frame = std::vector<uint8_t>;

inline constexpr uint32_t kNear = 0xc0000201;  // 192.0.2.1, the address of the port under test
inline constexpr uint32_t kFar = 0xc0000202;   // 192.0.2.2
inline constexpr uint16_t kOurPort = 61000;

struct FrameShape {
  uint32_t source = kFar;
  uint32_t destination = kNear;
  uint16_t source_port = 53;
  uint16_t destination_port = kOurPort;
  size_t payload = 32;  // bytes, at least 4
};

inline uint16_t internet_checksum(base::Bytes bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? uint32_t{bytes[i]} << 8 : bytes[i];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

inline Frame make_ip(uint32_t number, const FrameShape& shape = {}) {
  Frame f(28 + shape.payload, 0xa5);
  uint8_t* p = f.data();
  const uint8_t head[12] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0};
  std::memcpy(p, head, sizeof head);
  base::store_be16(p + 2, static_cast<uint16_t>(f.size()));
  base::store_be32(p + 12, shape.source);
  base::store_be32(p + 16, shape.destination);
  base::store_be16(p + 10, internet_checksum(base::Bytes(p, 20)));
  base::store_be16(p + 20, shape.source_port);
  base::store_be16(p + 22, shape.destination_port);
  base::store_be16(p + 24, static_cast<uint16_t>(8 + shape.payload));
  base::store_be16(p + 26, 0);  // no UDP checksum: allowed over IPv4
  base::store_be32(p + 28, number);
  return f;
}

inline Frame make_frame(wire::LinkType link, uint32_t number, const FrameShape& shape = {}) {
  Frame ip = make_ip(number, shape);
  if (link == wire::LinkType::kRawIp) return ip;
  Frame f = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x08, 0x00};
  f.insert(f.end(), ip.begin(), ip.end());
  return f;
}

// The number in a frame that make_frame() made; nothing when it is another frame.
inline std::optional<uint32_t> number_of(wire::LinkType link, base::Bytes frame) {
  const size_t ip = link == wire::LinkType::kEthernet ? 14 : 0;
  if (frame.size() < ip + 32 || frame[ip] != 0x45 || frame[ip + 9] != 17) return std::nullopt;
  return base::load_be32(frame.data() + ip + 28);
}

}  // namespace portolan::pktio::testing
