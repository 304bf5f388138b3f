// SPDX-License-Identifier: Apache-2.0
#include "output/binary_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace portolan::output {
namespace {

using addr::Protocol;
using result::Reason;
using result::State;

constexpr uint8_t kTcpSyn = 0x02, kTcpRst = 0x04, kTcpAck = 0x10;

// Without the text of a banner: time 4, protocol 1, port 2, application 2, TTL 1, and the address 4, or 1 and 16.
constexpr size_t kBannerFields4 = 14;
constexpr size_t kBannerFields6 = 27;

// Numbers of masscan 1.3 are one less from "title" on, since its table has no X509CA; its one number for VNC is 22.
constexpr uint16_t kX509 = 15, kX509Ca = 16, kTitle = 17, kVncOld = 23, kHttpServer = 31, kVnc = 33, kVncInfo = 34;
constexpr uint16_t kVnc13 = 22;

void put8(std::string& out, uint8_t v) { out.push_back(static_cast<char>(v)); }
void put16(std::string& out, uint16_t v) {
  put8(out, static_cast<uint8_t>(v >> 8));
  put8(out, static_cast<uint8_t>(v));
}
void put32(std::string& out, uint32_t v) {
  put16(out, static_cast<uint16_t>(v >> 16));
  put16(out, static_cast<uint16_t>(v));
}

void put_varint(std::string& out, size_t v) {
  int shift = 0;
  while (v >> (shift + 7) != 0) shift += 7;
  for (; shift > 0; shift -= 7) put8(out, static_cast<uint8_t>(0x80 | (v >> shift & 0x7f)));
  put8(out, static_cast<uint8_t>(v & 0x7f));
}

uint32_t seconds(base::Nanos wall) {
  return static_cast<uint32_t>(std::clamp<base::Nanos>(wall / base::kSecond, 0, 0xffffffff));
}

// The IP protocol number; 0 for neighbours, which speak no IP.
uint8_t protocol_byte(const addr::Target& t) {
  switch (t.service.protocol) {
    case Protocol::kTcp:
      return 6;
    case Protocol::kUdp:
      return 17;
    case Protocol::kSctp:
      return 132;
    case Protocol::kIcmpEcho:
    case Protocol::kIcmpTimestamp:
      return t.address.is_v4() ? 1 : 58;
    case Protocol::kIp:
      return static_cast<uint8_t>(t.service.port);
    case Protocol::kArp:
    case Protocol::kNdp:
      break;
  }
  return 0;
}

uint16_t port_of(const addr::Target& t) { return t.service.protocol == Protocol::kIp ? 0 : t.service.port; }

// The TCP flags of the answer, as they are when a SYN is answered; 0 for what is no TCP.
uint8_t reason_byte(const result::Observation& o) {
  if (o.reason == Reason::kSynAck) return kTcpSyn | kTcpAck;
  return o.reason == Reason::kRst ? kTcpRst | kTcpAck : 0;
}

void put_address6(std::string& out, const addr::IpAddress& address) {
  uint8_t bytes[16];
  address.store_v6(bytes);
  put8(out, 6);
  out.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

std::string padded(std::string_view text) {
  std::string frame(kBinaryFrameSize, '\0');
  text.copy(frame.data(), frame.size());
  return frame;
}

}  // namespace

uint16_t banner_number(result::Application a, BannerNumbers numbers) {
  if (numbers == BannerNumbers::kCurrent) return a.number;
  if (a.number < kX509Ca) return a.number;
  if (a.number == kX509Ca) return kX509;
  if (a.number <= kHttpServer) return static_cast<uint16_t>(a.number - 1);
  return a.number == kVnc || a.number == kVncInfo ? kVnc13 : 0;
}

result::Application banner_application(uint16_t number, BannerNumbers numbers) {
  if (numbers == BannerNumbers::kCurrent || number < kTitle - 1 || number >= kHttpServer) return {number};
  const auto renumbered = static_cast<uint16_t>(number + 1);
  return {renumbered == kVncOld ? kVnc : renumbered};
}

std::string binary_header(uint64_t started) { return padded(fmt::format("{}\ns:{}\n", kBinaryMagic, started)); }

std::string binary_trailer() { return padded(kBinaryMagic); }

bool append_binary(std::string& out, const result::Observation& o) {
  if (o.state == State::kFiltered) return false;
  const bool v4 = o.target.address.is_v4();
  const Protocol p = o.target.service.protocol;
  const bool neighbor = p == Protocol::kArp || p == Protocol::kNdp;
  BinaryType type = v4 ? BinaryType::kOpen4 : BinaryType::kOpen6;
  if (o.state == State::kClosed) type = v4 ? BinaryType::kClosed4 : BinaryType::kClosed6;
  if (neighbor) type = v4 ? BinaryType::kNeighbor4 : BinaryType::kNeighbor6;
  put8(out, static_cast<uint8_t>(type));
  put8(out, v4 ? 13 : 26);
  put32(out, seconds(o.wall));
  if (v4) put32(out, o.target.address.v4_bits());
  put8(out, protocol_byte(o.target));
  put16(out, port_of(o.target));
  put8(out, reason_byte(o));
  put8(out, o.ttl);
  if (!v4) put_address6(out, o.target.address);
  return true;
}

void append_binary_banner(std::string& out, const result::Banner& b, BannerNumbers numbers) {
  const bool v4 = b.target.address.is_v4();
  const size_t fields = v4 ? kBannerFields4 : kBannerFields6;
  const base::Bytes text = b.text.first(std::min(b.text.size(), kBinaryMaxBody - fields));
  put8(out, static_cast<uint8_t>(v4 ? BinaryType::kBanner4 : BinaryType::kBanner6));
  put_varint(out, fields + text.size());
  put32(out, seconds(b.wall));
  if (v4) put32(out, b.target.address.v4_bits());
  put8(out, protocol_byte(b.target));
  put16(out, port_of(b.target));
  put16(out, banner_number(b.application, numbers));
  put8(out, b.ttl);
  if (!v4) put_address6(out, b.target.address);
  out += base::as_text(text);
}

Varint read_varint(base::Bytes bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 5; ++i) {
    if (i == bytes.size()) return {};
    value = value << 7 | (bytes[i] & 0x7f);
    if ((bytes[i] & 0x80) != 0) continue;
    if (value > 0xffffffff) break;
    return {Varint::Kind::kGood, static_cast<uint32_t>(value), i + 1};
  }
  return {Varint::Kind::kBad, 0, 0};
}

RecordFrame frame_binary(base::Bytes bytes) {
  const Varint type = read_varint(bytes);
  if (type.kind != Varint::Kind::kGood) return {type.kind};
  const Varint length = read_varint(bytes.subspan(type.size));
  if (length.kind != Varint::Kind::kGood) return {length.kind, type.value};
  RecordFrame frame{Varint::Kind::kGood, type.value, type.size + length.size, length.value};
  if (type.value == static_cast<uint32_t>(BinaryType::kOldBannerShort)) ++frame.body;
  if (frame.body > kBinaryMaxBody) {
    frame.kind = Varint::Kind::kBad;
  } else if (bytes.size() - frame.head < frame.body) {
    frame.kind = Varint::Kind::kShort;
  }
  return frame;
}

}  // namespace portolan::output
