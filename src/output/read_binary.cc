// SPDX-License-Identifier: Apache-2.0
#include "output/read_binary.h"

#include <fmt/format.h>

#include <array>

#include "base/cursor.h"

namespace portolan::output {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::Observation;
using result::Reason;
using result::State;

constexpr uint8_t kTcp = 6, kUdp = 17, kSctp = 132, kIcmp = 1, kIcmp6 = 58;

struct Form {
  BinaryType type;
  size_t least;  // bytes of a body
};

constexpr std::array kForms = {
    Form{BinaryType::kOldOpen, 12},           Form{BinaryType::kOldClosed, 12},
    Form{BinaryType::kOldBanner, 12},         Form{BinaryType::kOldBannerShort, 13},
    Form{BinaryType::kOldBannerProtocol, 13}, Form{BinaryType::kOpen4, 13},
    Form{BinaryType::kClosed4, 13},           Form{BinaryType::kNeighbor4, 13},
    Form{BinaryType::kBanner4, 14},           Form{BinaryType::kOpen6, 26},
    Form{BinaryType::kClosed6, 26},           Form{BinaryType::kNeighbor6, 26},
    Form{BinaryType::kBanner6, 27},           Form{BinaryType::kFrame, 0},
};

std::string what_is_wrong(uint32_t type, size_t body) {
  for (const Form& form : kForms) {
    if (static_cast<uint32_t>(form.type) == type) {
      return fmt::format("a record of type {} has {} bytes and needs {}", type, body, form.least);
    }
  }
  return fmt::format("there is no record type {}", type);
}

base::Nanos time_of(base::Reader& r) { return static_cast<base::Nanos>(r.be32()) * base::kSecond; }

IpAddress address4(base::Reader& r) { return IpAddress::v4(r.be32()); }

// A version byte, which is 6, and 16 bytes.
IpAddress address6(base::Reader& r) {
  r.u8();
  const base::Bytes bytes = r.take(16);
  return bytes.empty() ? IpAddress() : IpAddress::from_v6_bytes(bytes.data());
}

// Old records have no protocol: masscan knew these ports.
uint8_t old_protocol(uint16_t port) {
  if (port == 53 || port == 123 || port == 137 || port == 161) return kUdp;
  return port == 36412 || port == 36422 || port == 2905 ? kSctp : kTcp;
}

addr::ProtoPort service_of(uint8_t protocol, uint16_t port) {
  switch (protocol) {
    case kTcp:
      return {Protocol::kTcp, port};
    case kUdp:
      return {Protocol::kUdp, port};
    case kSctp:
      return {Protocol::kSctp, port};
    case kIcmp:
    case kIcmp6:
      return {Protocol::kIcmpEcho, 0};
    default:
      return {Protocol::kIp, protocol};
  }
}

}  // namespace

size_t BinaryReader::read(std::string_view bytes, bool last, result::Sink& into) {
  const base::Bytes all{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  size_t at = 0;
  while (at < all.size()) {
    const RecordFrame f = frame_binary(all.subspan(at));
    if (f.kind == Varint::Kind::kBad) {
      damage_ = "the length of a record is out of all bounds";
      return at;
    }
    if (f.kind == Varint::Kind::kShort) {
      torn_ = last;
      break;
    }
    if (!record(f.type, all.subspan(at + f.head, f.body), into)) return at;
    at += f.head + f.body;
  }
  return at;
}

bool BinaryReader::record(uint32_t type, base::Bytes body, result::Sink& into) {
  for (const Form& form : kForms) {
    if (static_cast<uint32_t>(form.type) != type || body.size() < form.least) continue;
    switch (form.type) {
      case BinaryType::kFrame:
        frame(body);
        return true;
      case BinaryType::kOldOpen:
      case BinaryType::kOldClosed:
        old_status(form.type, body, into);
        return true;
      case BinaryType::kOldBanner:
      case BinaryType::kOldBannerShort:
      case BinaryType::kOldBannerProtocol:
        old_banner(form.type, body, into);
        return true;
      case BinaryType::kBanner4:
      case BinaryType::kBanner6:
        banner(form.type, body, into);
        return true;
      default:
        status(form.type, body, into);
        return true;
    }
  }
  damage_ = what_is_wrong(type, body.size());
  return false;
}

// "sscan/1.1.2\ns:1700000000\n": the first two letters are type and length.
void BinaryReader::frame(base::Bytes body) {
  std::string_view text = base::as_text(body);
  const size_t at = text.find("\ns:");
  if (started_ || at == text.npos) return;
  text.remove_prefix(at + 3);
  started_ = read_time(text.substr(0, text.find('\n')));
}

void BinaryReader::old_status(BinaryType type, base::Bytes body, result::Sink& into) {
  base::Reader r(body);
  Observation o;
  o.wall = time_of(r);
  o.target.address = address4(r);
  o.target.service.port = r.be16();
  const uint8_t flags = r.u8();
  o.ttl = r.u8();
  o.state = type == BinaryType::kOldOpen ? State::kOpen : State::kClosed;
  give(o, old_protocol(o.target.service.port), flags, into);
}

void BinaryReader::old_banner(BinaryType type, base::Bytes body, result::Sink& into) {
  base::Reader r(body);
  const base::Nanos wall = time_of(r);
  const IpAddress address = address4(r);
  const uint8_t protocol = type == BinaryType::kOldBanner ? kTcp : r.u8();
  const uint16_t port = r.be16();
  const uint16_t application = r.be16();
  give(wall, address, protocol, port, application, 0, r.rest(), into);
}

void BinaryReader::status(BinaryType type, base::Bytes body, result::Sink& into) {
  const bool v4 = type < BinaryType::kOpen6;
  base::Reader r(body);
  Observation o;
  o.wall = time_of(r);
  if (v4) o.target.address = address4(r);
  const uint8_t protocol = r.u8();
  o.target.service.port = r.be16();
  const uint8_t flags = r.u8();
  o.ttl = r.u8();
  if (!v4) o.target.address = address6(r);
  o.state = type == BinaryType::kClosed4 || type == BinaryType::kClosed6 ? State::kClosed : State::kOpen;
  if (type != BinaryType::kNeighbor4 && type != BinaryType::kNeighbor6) return give(o, protocol, flags, into);
  o.target.service = {v4 ? Protocol::kArp : Protocol::kNdp, 0};
  complete(o, false);
  ++maker_.counts.observations;
  into.write(o);
}

void BinaryReader::banner(BinaryType type, base::Bytes body, result::Sink& into) {
  const bool v4 = type == BinaryType::kBanner4;
  base::Reader r(body);
  const base::Nanos wall = time_of(r);
  IpAddress address;
  if (v4) address = address4(r);
  const uint8_t protocol = r.u8();
  const uint16_t port = r.be16();
  const uint16_t application = r.be16();
  const uint8_t ttl = r.u8();
  if (!v4) address = address6(r);
  give(wall, address, protocol, port, application, ttl, r.rest(), into);
}

void BinaryReader::give(Observation& o, uint8_t protocol, uint8_t flags, result::Sink& into) {
  o.target.service = service_of(protocol, o.target.service.port);
  // TCP answers have flags: this is the IP protocol 6, which answered somehow.
  if (protocol == kTcp && flags == 0 && o.target.service.port == 0) o.target.service = {Protocol::kIp, kTcp};
  complete(o, false);
  ++maker_.counts.observations;
  into.write(o);
}

void BinaryReader::give(base::Nanos wall, const IpAddress& address, uint8_t protocol, uint16_t port,
                        uint16_t application, uint8_t ttl, base::Bytes text, result::Sink& into) {
  ++maker_.counts.banners;
  into.banner({wall, {address, service_of(protocol, port)}, ttl, banner_application(application, numbers_), text});
}

}  // namespace portolan::output
