// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include <algorithm>
#include <cstring>

namespace portolan::lab {
namespace {

using Frame = std::vector<uint8_t>;
using Bytes = std::span<const uint8_t>;

// A locally administered address: all that the far side pretends to be has it.
constexpr std::array<uint8_t, 6> kOurMac = {0x02, 0x77, 0, 0, 0, 1};

void put16(uint8_t* p, uint16_t v) {
  p[0] = static_cast<uint8_t>(v >> 8);
  p[1] = static_cast<uint8_t>(v);
}

void put32(uint8_t* p, uint32_t v) {
  put16(p, static_cast<uint16_t>(v >> 16));
  put16(p + 2, static_cast<uint16_t>(v));
}

uint32_t get32(const uint8_t* p) { return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3]; }

// Never 0, which would say "no checksum" in UDP; 0xffff is the same number to every receiver.
void put_checksum(uint8_t* at, uint32_t sum) {
  const auto checksum = static_cast<uint16_t>(~folded(sum));
  put16(at, checksum == 0 ? 0xffff : checksum);
}

// Ethernet and IP headers from `source` back to who asked, around `transport` (its checksum field at `checksum_at`
// still zero).
Frame wrap(const Packet& p, const Address& source, uint8_t protocol, Bytes transport, size_t checksum_at) {
  const size_t header = source.v6 ? 40 : 20;
  Frame f(14 + header + transport.size());
  std::memcpy(&f[0], &p.frame[6], 6);
  std::memcpy(&f[6], kOurMac.data(), 6);
  put16(&f[12], source.v6 ? 0x86dd : 0x0800);
  uint8_t* ip = &f[14];
  if (source.v6) {
    ip[0] = 0x60;
    put16(ip + 4, static_cast<uint16_t>(transport.size()));
    ip[6] = protocol, ip[7] = 255;
    std::memcpy(ip + 8, source.bytes.data(), 16);
    std::memcpy(ip + 24, p.source.bytes.data(), 16);
  } else {
    ip[0] = 0x45, ip[8] = 64, ip[9] = protocol;
    put16(ip + 2, static_cast<uint16_t>(20 + transport.size()));
    std::memcpy(ip + 12, source.bytes.data(), 4);
    std::memcpy(ip + 16, p.source.bytes.data(), 4);
    put_checksum(ip + 10, internet_sum({ip, 20}));
  }
  std::copy(transport.begin(), transport.end(), f.begin() + static_cast<ptrdiff_t>(14 + header));
  uint8_t* out = &f[14 + header];
  const bool plain = protocol == 1;  // ICMP for IPv4 has no pseudo-header
  const uint32_t pseudo = plain ? 0 : pseudo_header_sum(source, p.source, protocol, transport.size());
  put_checksum(out + checksum_at, internet_sum({out, transport.size()}, pseudo));
  return f;
}

Frame tcp_answer(const Packet& p, bool open) {
  std::array<uint8_t, 24> tcp{};
  put16(&tcp[0], p.port);
  put16(&tcp[2], p.source_port);
  put32(&tcp[8], get32(&p.transport[4]) + 1);
  if (open) put32(&tcp[4], p.target.low32() ^ p.port);
  tcp[12] = open ? 0x60 : 0x50;
  tcp[13] = open ? 0x12 : 0x14;
  put16(&tcp[14], open ? 64240 : 0);
  put32(&tcp[20], 0x020405b4);  // MSS 1460
  return wrap(p, p.target, 6, Bytes(tcp).first(open ? 24 : 20), 16);
}

Frame udp_answer(const Packet& p) {
  std::vector<uint8_t> udp(p.transport.begin(), p.transport.end());
  put16(&udp[0], p.port);
  put16(&udp[2], p.source_port);
  put16(&udp[6], 0);
  return wrap(p, p.target, 17, udp, 6);
}

std::optional<Frame> echo_answer(const Packet& p) {
  std::vector<uint8_t> icmp(p.transport.begin(), p.transport.end());
  if (icmp.size() < 8 || icmp[0] != (p.target.v6 ? 128 : 8)) return std::nullopt;
  icmp[0] = p.target.v6 ? 129 : 0;
  put16(&icmp[2], 0);
  return wrap(p, p.target, p.protocol, icmp, 2);
}

Frame arp_answer(const Packet& p) {
  Frame f(p.frame.begin(), p.frame.begin() + 42);
  std::memcpy(&f[0], &p.frame[6], 6);
  std::memcpy(&f[6], kOurMac.data(), 6);
  f[21] = 2;  // reply
  std::memcpy(&f[22], kOurMac.data(), 6);
  std::memcpy(&f[28], p.target.bytes.data(), 4);
  std::memcpy(&f[32], &p.frame[22], 10);  // who asked, hardware and protocol address
  return f;
}

std::optional<Frame> ndp_answer(const Packet& p) {
  if (p.source == Address{true, {}}) return std::nullopt;  // duplicate address detection
  std::array<uint8_t, 32> na{};
  na[0] = 136;
  na[4] = 0x60;  // solicited, override
  std::memcpy(&na[8], p.target.bytes.data(), 16);
  na[24] = 2, na[25] = 1;  // target link-layer address
  std::memcpy(&na[26], kOurMac.data(), 6);
  return wrap(p, p.target, 58, na, 2);
}

}  // namespace

std::optional<Frame> answer(const AnswerRule& rule, const Packet& p) {
  switch (p.kind) {
    case Kind::kArp:
      if (!rule.neighbors || p.source == p.target) return std::nullopt;
      return arp_answer(p);
    case Kind::kNdp:
      return rule.neighbors ? ndp_answer(p) : std::nullopt;
    case Kind::kTcpSyn:
      if (rule.open(p)) return tcp_answer(p, true);
      return rule.reset ? std::optional(tcp_answer(p, false)) : std::nullopt;
    case Kind::kUdp:
      return rule.open(p) ? std::optional(udp_answer(p)) : std::nullopt;
    case Kind::kIcmp:
      return rule.open(p) ? echo_answer(p) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace portolan::lab
