// SPDX-License-Identifier: Apache-2.0
#include "packet.h"

#include <arpa/inet.h>

#include <cstring>

namespace portolan::lab {
namespace {

constexpr size_t kEthernet = 14;
constexpr uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kSctp = 132;
using Bytes = std::span<const uint8_t>;

uint16_t be16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }

Address address(const uint8_t* p, bool v6) {
  Address a;
  a.v6 = v6;
  std::memcpy(a.bytes.data(), p, a.size());
  return a;
}

bool sum_is_bad(const Packet& p, Bytes bytes) {
  return folded(internet_sum(bytes, pseudo_header_sum(p.source, p.target, p.protocol, bytes.size()))) != 0xffff;
}

void read_ports(Packet* p) {
  p->source_port = be16(&p->transport[0]);
  p->port = be16(&p->transport[2]);
}

void read_tcp(Packet* p) {
  if (p->transport.size() < 20) return;
  read_ports(p);
  const uint8_t flags = p->transport[13];
  p->kind = flags == 0x02 ? Kind::kTcpSyn : (flags & 0x04) != 0 ? Kind::kTcpReset : Kind::kTcpOther;
  p->checksum_bad = sum_is_bad(*p, p->transport);
}

void read_udp(Packet* p) {
  if (p->transport.size() < 8) return;
  read_ports(p);
  p->kind = Kind::kUdp;
  const size_t length = be16(&p->transport[4]);
  const bool absent = be16(&p->transport[6]) == 0;  // allowed in IPv4 only
  if (length < 8 || length > p->transport.size()) {
    p->checksum_bad = true;
  } else {
    p->checksum_bad = absent ? p->target.v6 : sum_is_bad(*p, p->transport.first(length));
  }
}

void read_icmp4(Packet* p) {
  p->kind = Kind::kIcmp;
  p->checksum_bad = folded(internet_sum(p->transport)) != 0xffff;
}

void read_icmp6(Packet* p) {
  if (p->transport.size() < 4) return;
  const uint8_t type = p->transport[0];
  p->checksum_bad = sum_is_bad(*p, p->transport);
  p->kind = type == 143 || type == 131 || type == 133 ? Kind::kHousekeeping : Kind::kIcmp;
  if (type == 135 && p->transport.size() >= 24) {
    p->kind = Kind::kNdp;
    p->target = address(&p->transport[8], true);
  }
}

void read_sctp(Packet* p) {
  if (p->transport.size() < 12) return;
  read_ports(p);
  p->kind = Kind::kSctp;
  uint32_t carried;
  std::memcpy(&carried, &p->transport[8], 4);
  p->checksum_bad = carried != crc32c(p->transport, 8, 4);  // stored least significant byte first (RFC 9260, A)
}

void read_transport(Packet* p) {
  p->kind = Kind::kOtherIp;
  switch (p->protocol) {
    case kTcp:
      return read_tcp(p);
    case kUdp:
      return read_udp(p);
    case kSctp:
      return read_sctp(p);
    case kIcmp:
      return p->target.v6 ? void() : read_icmp4(p);
    case kIcmp6:
      return p->target.v6 ? read_icmp6(p) : void();
    default:
      return;
  }
}

void read_ipv4(Packet* p, Bytes ip) {
  if (ip.size() < 20) return;
  const size_t header = (ip[0] & 15u) * 4;
  const size_t total = be16(&ip[2]);
  if (header < 20 || total < header || total > ip.size()) return;
  p->protocol = ip[9];
  p->hop_limit = ip[8];
  p->source = address(&ip[12], false);
  p->target = address(&ip[16], false);
  p->transport = ip.subspan(header, total - header);
  p->header_checksum_bad = folded(internet_sum(ip.first(header))) != 0xffff;
  read_transport(p);
}

void read_ipv6(Packet* p, Bytes ip) {
  if (ip.size() < 40) return;
  const size_t length = be16(&ip[4]);
  if (40 + length > ip.size()) return;
  p->hop_limit = ip[7];
  p->source = address(&ip[8], true);
  p->target = address(&ip[24], true);
  p->protocol = ip[6];
  p->transport = ip.subspan(40, length);
  if (p->protocol == 0 && length >= 8) {  // hop-by-hop options: MLD reports carry them
    const size_t skip = 8 + p->transport[1] * size_t{8};
    if (skip > length) return;
    p->protocol = p->transport[0];
    p->transport = p->transport.subspan(skip);
  }
  read_transport(p);
}

void read_arp(Packet* p, Bytes arp) {
  if (arp.size() < 28 || be16(&arp[6]) != 1) return;  // requests only
  p->kind = Kind::kArp;
  p->source = address(&arp[14], false);
  p->target = address(&arp[24], false);
}

}  // namespace

uint32_t Address::low32() const {
  const uint8_t* p = &bytes[size() - 4];
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
}

bool Address::parse(const std::string& text, Address* out) {
  *out = Address{};
  out->v6 = text.find(':') != std::string::npos;
  return inet_pton(out->v6 ? AF_INET6 : AF_INET, text.c_str(), out->bytes.data()) == 1;
}

Packet read_packet(Bytes frame) {
  Packet p;
  p.frame = frame;
  if (frame.size() < kEthernet) return p;
  const Bytes rest = frame.subspan(kEthernet);
  switch (be16(&frame[12])) {
    case 0x0800:
      read_ipv4(&p, rest);
      break;
    case 0x86dd:
      read_ipv6(&p, rest);
      break;
    case 0x0806:
      read_arp(&p, rest);
      break;
    default:
      break;
  }
  return p;
}

uint32_t internet_sum(Bytes bytes, uint32_t sum) {
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += be16(&bytes[i]);
  return i < bytes.size() ? sum + (uint32_t{bytes[i]} << 8) : sum;
}

uint16_t folded(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

uint32_t pseudo_header_sum(const Address& source, const Address& target, uint8_t protocol, size_t length) {
  const uint32_t sum = internet_sum(Bytes(source.bytes).first(source.size()));
  return internet_sum(Bytes(target.bytes).first(target.size()), sum) + protocol + static_cast<uint32_t>(length);
}

uint32_t crc32c(Bytes bytes, size_t zero_from, size_t zero_count) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < bytes.size(); ++i) {
    crc ^= i - zero_from < zero_count ? 0u : bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0x82f63b78u & (0u - (crc & 1u)));
  }
  return ~crc;
}

}  // namespace portolan::lab
