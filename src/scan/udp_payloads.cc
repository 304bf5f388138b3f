// SPDX-License-Identifier: Apache-2.0
#include "scan/udp_payloads.h"

#include <algorithm>
#include <array>

namespace portolan::scan {
namespace {

constexpr uint16_t kDnsPorts[] = {53, 5353};
constexpr uint16_t kNtpPorts[] = {123};
constexpr uint16_t kNetbiosPorts[] = {137};
constexpr uint16_t kSnmpPorts[] = {161};
constexpr uint16_t kIsakmpPorts[] = {500};
constexpr uint16_t kRpcPorts[] = {111, 2049};
constexpr uint16_t kStunPorts[] = {3478, 3479, 19302};
constexpr uint16_t kCoapPorts[] = {5683};
constexpr uint16_t kMemcachedPorts[] = {11211};

// RFC 1035, 4.1: id, RD, one question: version.bind TXT CH.
constexpr uint8_t kDns[] = {0,   0,   1,   0,   0,   1, 0,   0,   0,   0,   0, 0, 7,  'v', 'e',
                            'r', 's', 'i', 'o', 'n', 4, 'b', 'i', 'n', 'd', 0, 0, 16, 0,   3};

// RFC 5905, 7.3: version 4, client; the transmit timestamp comes back as the origin timestamp.
constexpr std::array<uint8_t, 48> kNtp = [] {
  std::array<uint8_t, 48> p{};
  p[0] = 0x23;
  return p;
}();

// RFC 1002, 4.2.17: node status of "*", padded as a first-level encoded name.
constexpr std::array<uint8_t, 50> kNetbios = [] {
  std::array<uint8_t, 50> p{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 32, 'C', 'K'};
  for (size_t i = 15; i < 45; ++i) p[i] = 'A';
  p[47] = 0x21;
  p[49] = 1;
  return p;
}();

// RFC 1157: version 1, community "public", GetRequest sysDescr.0. The request-id is 4 bytes, 4a .. .. 01, so that
// no agent shortens it (BER wants the shortest form) and the token's 2 bytes stay whole.
constexpr uint8_t kSnmp[] = {0x30, 0x29, 2,    1,    0, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c',  0xa0, 0x1c,
                             2,    4,    0x4a, 0,    0, 1, 2, 1,   0,   2,   1,   0,   0x30, 0x0e, 0x30,
                             0x0c, 6,    8,    0x2b, 6, 1, 2, 1,   1,   1,   0,   5,   0};
constexpr uint8_t kSnmpMarker[] = {2, 4, 0x4a};

// RFC 2408 and 2409: main mode, one proposal: 3DES, SHA-1, pre-shared key, group 2. The initiator's cookie comes back.
constexpr std::array<uint8_t, 80> kIsakmp = [] {
  constexpr uint8_t kAfterCookies[] = {
      1,    0x10, 2, 0,  0,    0, 0, 0, 0,    0, 0, 80,  // header from next payload on
      0,    0,    0, 52, 0,    0, 0, 1, 0,    0, 0, 1,   // security association
      0,    0,    0, 40, 1,    1, 0, 1,                  // proposal 1
      0,    0,    0, 32, 1,    1, 0, 0,                  // transform 1
      0x80, 1,    0, 5,  0x80, 2, 0, 2, 0x80, 3, 0, 1,  0x80, 4, 0, 2, 0x80, 11, 0, 1, 0x80, 12, 0x70, 0x80};
  static_assert(sizeof kAfterCookies == 64);
  std::array<uint8_t, 80> p{};
  for (size_t i = 0; i < 64; ++i) p[16 + i] = kAfterCookies[i];
  p[4] = 'p', p[5] = 'o', p[6] = 'r', p[7] = 't';  // the rest of the initiator's cookie
  return p;
}();

// RFC 5531 and 1833: call, RPC 2, program 100000 (portmapper) version 2, procedure 0, no credentials.
constexpr uint8_t kRpc[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa0, 0, 0, 0, 2,
                            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0};

// RFC 8489, 5: binding request; the transaction id comes back.
constexpr uint8_t kStun[] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 'p', 'o', 'r', 't', 'o', 'l', 'a', 'n'};

// RFC 7252, 4.3: an empty confirmable message ("CoAP ping"); a reset with its message id comes back.
constexpr uint8_t kCoap[] = {0x40, 0, 0, 0};

// The memcached UDP frame header (request id, sequence, datagrams, reserved), then a command.
constexpr uint8_t kMemcached[] = {0, 0, 0, 0, 0, 1, 0, 0, 'v', 'e', 'r', 's', 'i', 'o', 'n', '\r', '\n'};

constexpr UdpPayload kPayloads[] = {
    {"none", {}, {}, {}, {}},
    {"dns-version", kDnsPorts, kDns, wire::TokenPlace{0, 2}, wire::TokenPlace{0, 2}},
    {"ntp-client", kNtpPorts, kNtp, wire::TokenPlace{40, 4}, wire::TokenPlace{24, 4}},
    {"netbios-status", kNetbiosPorts, kNetbios, wire::TokenPlace{0, 2}, wire::TokenPlace{0, 2}},
    {"snmp-sysdescr", kSnmpPorts, kSnmp, wire::TokenPlace{18, 2}, wire::TokenPlace{0, 2}, kSnmpMarker},
    {"isakmp-main-mode", kIsakmpPorts, kIsakmp, wire::TokenPlace{0, 4}, wire::TokenPlace{0, 4}},
    {"rpc-null", kRpcPorts, kRpc, wire::TokenPlace{0, 4}, wire::TokenPlace{0, 4}},
    {"stun-binding", kStunPorts, kStun, wire::TokenPlace{8, 4}, wire::TokenPlace{8, 4}},
    {"coap-ping", kCoapPorts, kCoap, wire::TokenPlace{2, 2}, wire::TokenPlace{2, 2}},
    {"memcached-version", kMemcachedPorts, kMemcached, wire::TokenPlace{0, 2}, wire::TokenPlace{0, 2}},
};

constexpr std::array<uint8_t, 65536> kByPort = [] {
  std::array<uint8_t, 65536> table{};
  for (size_t i = 1; i < std::size(kPayloads); ++i) {
    for (const uint16_t port : kPayloads[i].ports) table[port] = static_cast<uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::span<const UdpPayload> udp_payloads() { return kPayloads; }

uint8_t udp_payload_for(uint16_t port) { return kByPort[port]; }

bool token_fits(const UdpPayload& p, base::Bytes answer, uint32_t token) {
  if (p.marker.empty()) return p.in_answer->holds(answer, token);
  const base::Bytes head = answer.first(std::min<size_t>(answer.size(), 96));
  const auto at = std::search(head.begin(), head.end(), p.marker.begin(), p.marker.end());
  if (at == head.end()) return false;
  return p.in_answer->holds(answer.subspan(static_cast<size_t>(at - head.begin()) + p.marker.size()), token);
}

}  // namespace portolan::scan
