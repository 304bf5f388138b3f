// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/client_hello.h"

#include <algorithm>

#include "base/cursor.h"

namespace portolan::proto::tls {
namespace {

constexpr size_t kMessageHeader = 4;
constexpr size_t kRandom = 32;
constexpr size_t kMostSessionId = 32;
constexpr uint8_t kHostName = 0;

HelloBytes bad() { return {HelloBytes::State::kBad, {}}; }

// The record at the head of `stream`: its fragment as far as it is there.
struct Record {
  bool bad = false;
  size_t size = 0;  // of the whole fragment
  base::Bytes fragment{};
  bool whole() const { return size != 0 && fragment.size() == size; }
};
Record record_at(base::Bytes stream) {
  const bool foreign = (!stream.empty() && stream[0] != kHandshakeRecord) || (stream.size() > 1 && stream[1] != 3);
  if (foreign) return {.bad = true};
  if (stream.size() < kRecordHeader) return {};
  const size_t size = base::load_be16(stream.data() + 3);
  if (size == 0 || size > kMostFragment) return {.bad = true};
  stream = stream.subspan(kRecordHeader);
  return {.size = size, .fragment = stream.first(std::min(size, stream.size()))};
}

// What a handshake's bytes are so far, if a message may have `most`.
HelloBytes judge(base::Bytes message, size_t most) {
  if (!message.empty() && message[0] != kClientHelloMessage) return bad();
  if (message.size() < kMessageHeader) return {};
  const size_t size = kMessageHeader + (base::load_be32(message.data()) & 0xffffff);
  if (size > most) return bad();
  if (message.size() < size) return {};
  return {HelloBytes::State::kWhole, message.first(size).subspan(kMessageHeader)};
}

// Bytes behind a length of 16 bits that must be all there is; empty when it is not.
base::Bytes whole_list16(base::Bytes body) {
  base::Reader r(body);
  const base::Bytes list = r.take(r.be16());
  return r.ok() && r.left() == 0 ? list : base::Bytes{};
}
base::Bytes whole_list8(base::Bytes body) {
  base::Reader r(body);
  const base::Bytes list = r.take(r.u8());
  return r.ok() && r.left() == 0 ? list : base::Bytes{};
}
base::Bytes even(base::Bytes list) { return list.size() % 2 == 0 ? list : base::Bytes{}; }

std::string_view first_host_name(base::Bytes body) {
  base::Reader r(whole_list16(body));
  while (r.left() != 0 && r.ok()) {
    const uint8_t type = r.u8();
    const base::Bytes name = r.take(r.be16());
    if (r.ok() && type == kHostName) return {reinterpret_cast<const char*>(name.data()), name.size()};
  }
  return {};
}

base::Bytes protocol_names(base::Bytes body) {
  const base::Bytes list = whole_list16(body);
  base::Reader r(list);
  while (r.left() != 0) r.skip(r.u8());
  return r.ok() ? list : base::Bytes{};
}

}  // namespace

HelloBytes assemble_hello(base::Bytes stream, base::MutableBytes room) {
  for (size_t have = 0;;) {
    const Record record = record_at(stream);
    if (record.bad) return bad();
    const size_t fitting = std::min(record.fragment.size(), room.size() - have);
    if (fitting != 0) std::memcpy(room.data() + have, record.fragment.data(), fitting);
    have += fitting;
    // Where one record holds it, as usual, the view is into the stream.
    const HelloBytes hello = judge(have == fitting ? record.fragment : room.first(have), room.size());
    if (hello.state != HelloBytes::State::kMore || !record.whole()) return hello;
    stream = stream.subspan(kRecordHeader + record.size);
  }
}

std::optional<ClientHello> ClientHello::check(base::Bytes body) {
  ClientHello hello;
  base::Reader r(body);
  hello.version_ = r.be16();
  r.skip(kRandom);
  const size_t session_id = r.u8();
  r.skip(session_id);
  hello.ciphers_ = r.take(r.be16());
  const base::Bytes compressions = r.take(r.u8());
  if (!r.ok() || session_id > kMostSessionId || hello.ciphers_.size() % 2 != 0 || compressions.empty()) {
    return std::nullopt;
  }
  if (r.left() != 0) {
    hello.extensions_ = r.take(r.be16());
    if (!r.ok() || r.left() != 0 || !hello.walk_extensions()) return std::nullopt;
  }
  return hello;
}

bool ClientHello::walk_extensions() {
  base::Reader r(extensions_);
  while (r.left() != 0 && r.ok()) {
    const uint16_t type = r.be16();
    const base::Bytes body = r.take(r.be16());
    if (r.ok()) look_into(type, body);
  }
  return r.ok();
}

void ClientHello::look_into(uint16_t type, base::Bytes body) {
  const auto keep_first = [](base::Bytes& place, base::Bytes found) {
    if (place.empty()) place = found;
  };
  switch (type) {
    case extension::kServerName:
      if (!has_server_name_) server_name_ = first_host_name(body);
      has_server_name_ = true;
      break;
    case extension::kGroups:
      keep_first(groups_, even(whole_list16(body)));
      break;
    case extension::kPointFormats:
      keep_first(point_formats_, whole_list8(body));
      break;
    case extension::kSignatureAlgorithms:
      keep_first(signature_algorithms_, even(whole_list16(body)));
      break;
    case extension::kAlpn:
      keep_first(alpn_, protocol_names(body));
      break;
    case extension::kSupportedVersions:
      keep_first(supported_versions_, even(whole_list8(body)));
      break;
    default:
      break;
  }
}

std::vector<uint16_t> numbers(base::Bytes list) {
  std::vector<uint16_t> all;
  all.reserve(list.size() / 2);
  for (size_t i = 0; i + 2 <= list.size(); i += 2) {
    if (const uint16_t v = base::load_be16(list.data() + i); !is_grease(v)) all.push_back(v);
  }
  return all;
}

}  // namespace portolan::proto::tls
