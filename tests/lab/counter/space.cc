// SPDX-License-Identifier: Apache-2.0
#include "space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace portolan::lab {
namespace {

constexpr std::array<const char*, 7> kProtoNames = {"tcp", "udp", "sctp", "icmp", "arp", "ndp", "ip"};
constexpr uint32_t kTimeMask = (1u << 24) - 1;

[[noreturn]] void refuse(const std::string& text) { throw std::runtime_error(fmt::format("not a space: {}", text)); }

bool proto_matches(Proto wanted, const Packet& p) {
  switch (wanted) {
    case Proto::kTcp:
      return p.kind == Kind::kTcpSyn;
    case Proto::kUdp:
      return p.kind == Kind::kUdp;
    case Proto::kSctp:
      return p.kind == Kind::kSctp;
    case Proto::kIcmp:
      return p.kind == Kind::kIcmp;
    case Proto::kArp:
      return p.kind == Kind::kArp;
    case Proto::kNdp:
      return p.kind == Kind::kNdp;
    case Proto::kIp:
      return p.kind < Kind::kArp || p.kind == Kind::kOtherIp;
  }
  return false;
}

uint16_t port_of(Proto wanted, const Packet& p) { return wanted == Proto::kIp ? p.protocol : p.port; }

unsigned long number(const std::string& text, unsigned long most) {
  size_t used = 0;
  unsigned long n = 0;
  try {
    n = std::stoul(text, &used);
  } catch (const std::exception&) {
    refuse(text);
  }
  if (used != text.size() || n > most) refuse(text);
  return n;
}

// Network bits of the base that must agree: all but the last four bytes, which are compared as a number.
bool same_upper(const Address& a, const Address& b) {
  return a.v6 == b.v6 && std::memcmp(a.bytes.data(), b.bytes.data(), a.size() - 4) == 0;
}

}  // namespace

bool parse_proto(const std::string& text, Proto* out) {
  const auto* found = std::find(kProtoNames.begin(), kProtoNames.end(), text);
  *out = static_cast<Proto>(found - kProtoNames.begin());
  return found != kProtoNames.end();
}

Space Space::block(const std::string& text) {
  Space s;
  const size_t slash = text.find('/'), comma = text.find(','), second = text.find(',', comma + 1);
  if (slash == text.npos || comma == text.npos || second == text.npos || slash > comma) refuse(text);
  if (!Address::parse(text.substr(0, slash), &s.base_)) refuse(text);
  const unsigned long bits = s.base_.size() * 8, length = number(text.substr(slash + 1, comma - slash - 1), bits);
  if (bits - length > 24) refuse(text);
  s.addresses_ = 1u << (bits - length);
  const std::string ports = text.substr(comma + 1, second - comma - 1);
  const size_t dash = ports.find('-');
  s.first_port_ = static_cast<uint32_t>(number(ports.substr(0, dash), 65535));
  const auto last = dash == ports.npos ? s.first_port_ : static_cast<uint32_t>(number(ports.substr(dash + 1), 65535));
  if (last < s.first_port_ || !parse_proto(text.substr(second + 1), &s.proto_)) refuse(text);
  s.ports_ = last - s.first_port_ + 1;
  s.cells_.assign(size_t{s.addresses_} * s.ports_, 0);
  return s;
}

Space Space::list(const std::string& path) {
  Space s;
  std::ifstream file(path);
  if (!file) refuse(path);
  for (std::string line; std::getline(file, line);) {
    const size_t slash = line.rfind('/'), colon = line.rfind(':');
    if (slash == line.npos || colon == line.npos || colon > slash) refuse(line);
    std::string host = line.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    Key key;
    auto& [address, port, proto] = key;
    if (!Address::parse(host, &address) || !parse_proto(line.substr(slash + 1), &proto)) refuse(line);
    port = static_cast<uint16_t>(number(line.substr(colon + 1, slash - colon - 1), 65535));
    s.listed_.emplace(key, s.listed_.size());
  }
  s.cells_.assign(s.listed_.size(), 0);
  return s;
}

bool Space::find(const Packet& packet, size_t* cell) const {
  if (ports_ == 0) {
    for (const Proto proto : {Proto::kTcp, Proto::kUdp, Proto::kSctp, Proto::kIcmp, Proto::kArp, Proto::kNdp}) {
      if (!proto_matches(proto, packet)) continue;
      const auto found = listed_.find(Key{packet.target, packet.port, proto});
      if (found == listed_.end()) return false;
      *cell = found->second;
      return true;
    }
    return false;
  }
  if (!proto_matches(proto_, packet) || !same_upper(base_, packet.target)) return false;
  const uint32_t address = packet.target.low32() - base_.low32();
  const uint32_t port = port_of(proto_, packet) - first_port_;
  *cell = size_t{address} * ports_ + port;
  return address < addresses_ && port < ports_;
}

bool Space::count(const Packet& packet, uint64_t ms) {
  size_t index = 0;
  if (!find(packet, &index)) return false;
  uint32_t& cell = cells_[index];
  const uint32_t seen = cell >> 24, now = static_cast<uint32_t>(ms) & kTimeMask;
  if (seen != 0) {
    const uint64_t spacing = (now - cell) & kTimeMask;
    least_spacing_ms_ = std::min(least_spacing_ms_, spacing);
    greatest_spacing_ms_ = std::max(greatest_spacing_ms_, spacing);
  }
  cell = std::min(seen + 1, 255u) << 24 | now;
  return true;
}

void Space::add_to(std::array<uint64_t, 256>* histogram) const {
  for (const uint32_t cell : cells_) ++(*histogram)[cell >> 24];
}

}  // namespace portolan::lab
